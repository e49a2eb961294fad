"""Links and pictures of a text, and whether they lead anywhere.

A mail has no folder of its own, so a link is either a whole address or a file under the
newsletter's `assets/`. Such a file has to exist when an issue is built, and must not lie outside
the newsletter's folder, or a link could carry a private file into the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

ASSETS = "assets/"
SCHEMES = ("https", "http", "mailto", "tel")

_DESTINATION = r"(<[^<>\n]{0,2000}>|(?:[^\s()<>]|\([^\s()]*\))*)"
_INLINE = re.compile(rf"(?<!\\)\]\([ \t]*{_DESTINATION}")
_REFERENCE = re.compile(rf"^ {{0,3}}\[[^\[\]\n]{{1,300}}\]:[ \t]*{_DESTINATION}", re.MULTILINE)
_PICTURE = re.compile(r"(?<!\\)!\[(?P<alt>[^\[\]]{0,1000})\](?:\((?P<file>[^\s()]{0,300})|(?=\[))")
# The bounds keep a text of nothing but backticks from costing the square of its length.
_CODE_SPAN = re.compile(r"(?<!`)(`{1,9})(?!`)[^\n]{0,500}?(?<!`)\1(?!`)")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def links(body: str) -> Iterator[tuple[int, str]]:
    """Yield (line from 0, destination) of each link and picture of a Markdown text, unordered."""
    for pattern in (_INLINE, _REFERENCE):
        for line, found in _places(pattern, body):
            yield line, found[1].removeprefix("<").removesuffix(">")


def pictures(body: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line from 0, what it shows in words, file) of each picture of a Markdown text."""
    for line, found in _places(_PICTURE, body):
        yield line, found["alt"].strip(), found["file"] or ""


def _places(pattern: re.Pattern[str], body: str) -> Iterator[tuple[int, re.Match[str]]]:
    prose = without_code(body)
    line = counted = 0
    for found in pattern.finditer(prose):
        # Counted on from the last place: from the start each time, many links cost their square.
        line += prose.count("\n", counted, found.start())
        counted = found.start()
        yield line, found


def complaint(link: str, folder: Path) -> tuple[str, str] | None:
    """Return (what, hint) about a link of a newsletter that lies in a folder; None: it is good."""
    if link.startswith(ASSETS):
        return _asset_complaint(link, folder)
    if scheme := _SCHEME.match(link):
        return _address_complaint(link, scheme[1].lower())
    what = f"'{link}' leads nowhere from a mail"
    return what, f"Write a whole address (https://...), or a file as {ASSETS}name."


def _address_complaint(link: str, scheme: str) -> tuple[str, str] | None:
    if scheme not in SCHEMES:
        return f"'{link}' is not a link for a mail", f"Begin it with {', '.join(SCHEMES)}."
    try:
        host = urlsplit(link).hostname
    except ValueError:
        host = None
    if re.search(r"[\s<>\"]", link) or (scheme.startswith("http") and not host):
        return f"'{link}' is not a whole address", "Write it as https://example.org/page."
    return None


def _asset_complaint(link: str, folder: Path) -> tuple[str, str] | None:
    name = unquote(re.split(r"[?#]", link, maxsplit=1)[0])
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve())
        exists = inside and path.is_file()
    except (ValueError, OSError, RuntimeError):  # a NUL, an endless name, links in a circle
        inside, exists = True, False
    if not inside:
        return f"'{link}' lies outside the newsletter's folder", f"Put the file under {ASSETS}."
    if not exists:
        return f"the file '{name}' does not exist", f"Put it under {ASSETS}, or mend its name."
    return None


def without_code(body: str) -> str:
    """Return a Markdown text without what it quotes as code; the lines stay where they are."""
    lines = body.split("\n")
    fence = ""
    for place, line in enumerate(lines):
        found = _FENCE.match(line)
        if fence or found:
            lines[place] = ""
        if found and not fence:
            fence = found[1]
        elif found and found[1] == fence:
            fence = ""
    return "\n".join(_CODE_SPAN.sub("", line) for line in lines)
