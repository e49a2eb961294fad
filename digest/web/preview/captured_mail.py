"""The HTML of a captured mail, as it can be shown: hostile, and sent by anybody.

What must stay true: a picture of the mail's own is shown from the mail, and only if it is one;
every other picture is named as blocked and never fetched; no script, no form, no outside request,
whatever the HTML says. The policy of the answer holds all of that, the rewriting only makes it
visible. No HTML takes more than a moment.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from urllib.parse import unquote

from digest.message.reading import MessagePart, ReadMessage
from digest.rendering.inboxes import dress, with_tag
from digest.web.preview.captured_state import LIST, MailState

#: Larger HTML is shown as it is: no inbox shows so much of it.
LARGEST_DRESSED = 500_000
_HEAVIEST = 100_000_000

_CID = re.compile(r"cid:([^\s\"'<>)]{1,300})", re.IGNORECASE)
_REMOTE = re.compile(
    r"(\s(?:src|srcset)=)([\"']?)(?:https?:)?//([^\s\"'<>/?#]{1,200})[^\s\"'<>]{0,4000}",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"<img(?=[\s/])", re.IGNORECASE)
_LONGEST_TAG = 20_000
_SHEET = re.compile(r"<style\b[^>]{0,500}>", re.IGNORECASE)
_PICTURES = """
image/png image/jpeg image/gif image/webp image/avif image/bmp image/svg+xml image/x-icon
"""
#: Shown as pictures; nothing runs in an SVG that is one.
PICTURES = frozenset(_PICTURES.split())
_CROSS = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><path fill="#ddd" '
    b'd="M0 0h60v40H0z"/><path stroke="#777" d="M0 0l60 40M60 0L0 40"/></svg>'
)
#: A grey ground with a cross: somebody else's picture would be here.
_BLOCKED = f"data:image/svg+xml;base64,{base64.b64encode(_CROSS).decode()}"
#: A click on a link would leave the frame; to a new window it does nothing: a sandbox opens none.
_NOWHERE = '<base target="_blank">'


def shown_html(message: ReadMessage, state: MailState) -> str:
    """Return what the stage frames: the mail as the chosen inbox shows it."""
    html = with_own_pictures(message.html, state.id, message)
    if not is_dressable(html):
        return _NOWHERE + html
    images, styles = state.images == "on", state.styles == "on"
    return with_tag(dress(html, state.scheme, images=images, styles=styles), _NOWHERE)


def with_own_pictures(html: str, mail_id: str, message: ReadMessage) -> str:
    """Return HTML with the mail's own pictures at our addresses and all others crossed out."""

    def own(found: re.Match[str]) -> str:
        known = message.by_content_id
        part = known.get(found[1]) or known.get(unquote(found[1]))
        return f"{LIST}/{mail_id}/part/{part.number}" if part and is_picture(part) else found[0]

    def crossed(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}{_BLOCKED}"

    return _in_images(_CID.sub(own, html), lambda tag: _REMOTE.sub(crossed, tag))


def blocked_hosts(html: str) -> dict[str, int]:
    """Return the hosts whose pictures a mail would fetch, and how many of each."""
    hosts: dict[str, int] = {}

    def noted(tag: str) -> str:
        for found in _REMOTE.finditer(tag):
            host = found[3].lower()
            hosts[host] = hosts.get(host, 0) + 1
        return tag

    _in_images(html, noted)
    return hosts


def is_picture(part: MessagePart) -> bool:
    """Return whether a part may be shown as a picture."""
    return part.content_type in PICTURES


def is_dressable(html: str) -> bool:
    """Return whether a mail can be changed in a moment: it is no monster, by size or by shape.

    What looks for the end of something looks as far as there is none, each time that it begins.
    """
    if len(html) > LARGEST_DRESSED:
        return False
    small = html.lower()
    pairs = (("<style", "</style"), ("<", ">"), ("url(", ")"), ("@media", "{"))
    if any(small.count(begin) * _longest(small, end) > _HEAVIEST for begin, end in pairs):
        return False
    sheets = [piece.partition("</style")[0] for piece in _SHEET.split(small)[1:]]
    return all(
        _longest(sheet, "{") ** 2 + _longest(sheet, "}") ** 2 < _HEAVIEST for sheet in sheets
    )


def _longest(text: str, end: str) -> int:
    return max(map(len, text.split(end)))


def _in_images(html: str, change: Callable[[str], str]) -> str:
    """Return HTML with each picture's tag changed, in one pass."""
    pieces: list[str] = []
    at = 0
    for found in _IMAGE.finditer(html):
        if found.start() < at:
            continue
        end = html.find(">", found.end()) + 1
        if not end:
            break
        tag = html[found.start() : end]
        pieces += [html[at : found.start()], change(tag) if len(tag) < _LONGEST_TAG else tag]
        at = end
    return "".join([*pieces, html[at:]])
