"""Markers: where a rendered edition is cut open for what is personal.

A marker is letters and digits only, so nothing on the way through templates escapes it, and its
nonce makes it unforgeable by content. What must stay true: every marker given is found, in one
piece, and no trace of one is left over; and a value is filled in by one pass over the template, so
that nothing in a value is ever taken for a marker.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.errors import DigestError, RecipientError
from digest.message.headers import is_plainly_safe, refuse_unsafe
from digest.model.edition import Personal, Placeholder, Rendered

#: Shorter than this, a marker could stand in ordinary text.
MIN_LENGTH = 12
# Looked up once: values are collected for every message.
_GREETING, _NAME, _ADDRESS = Placeholder.GREETING, Placeholder.NAME, Placeholder.ADDRESS
_MARKER = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_BREAKS = re.compile(r"<[^<>]{0,200}>|[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Cut:
    """A template cut at its markers: `statics[0]`, a hole, `statics[1]`, a hole ... the last."""

    statics: tuple[str, ...]
    holes: tuple[Placeholder, ...]

    def fill(self, values: Mapping[Placeholder, str]) -> str:
        """Return the template with its holes filled by values that are escaped already."""
        joints = zip(self.holes, self.statics[1:], strict=True)
        return self.statics[0] + "".join(values[hole] + static for hole, static in joints)


def cut(template: str, markers: Mapping[str, Placeholder]) -> Cut:
    """Cut a subject, text or HTML at its markers."""
    if not markers:
        return Cut((template,), ())
    pieces = re.split(f"({'|'.join(map(re.escape, markers))})", template)
    return Cut(tuple(pieces[::2]), tuple(markers[piece] for piece in pieces[1::2]))


def refuse_altered(rendered: Rendered) -> None:
    """Let an edition pass whose markers are whole.

    Raises:
        DigestError: a marker is missing, or what is left of one stands in the subject, the text or
            the HTML: cut in two, in another case, written as references, or belonging to nobody.
    """
    markers = rendered.markers
    _refuse_unusable(markers)
    cuts = {
        "subject": cut(rendered.subject, markers),
        "text": cut(rendered.text, markers),
        "HTML": cut(rendered.html, markers),
    }
    whole = "\0".join((rendered.subject, rendered.text, rendered.html))
    if missing := [markers[marker] for marker in markers if marker not in whole]:
        raise DigestError("", f"a marker was altered: that of {missing[0]} is nowhere", _HINT)
    traces = _traces(markers)
    for part, found in cuts.items():
        for static in found.statics:
            _refuse_traces(static, traces, part)


def greeting(rendered: Rendered, name: str) -> str:
    """Return the salutation in the edition's language; the plain one where a name is blank."""
    shown = name.strip()
    # A name of spaces and invisible characters only would greet nobody.
    visible = shown.isprintable() and shown
    if not (visible or any(each.isprintable() and not each.isspace() for each in shown)):
        return rendered.greeting_plain
    return rendered.greeting_named.replace("{name}", shown)


def plain_values(rendered: Rendered, personal: Personal) -> dict[Placeholder, str]:
    """Return the value of every placeholder that this reader has one for, as plain text.

    Raises:
        RecipientError: the name, the address or a link cannot stand in a message.
    """
    return checked_values(rendered, personal.name, personal.address, personal.links)


def checked_values(
    rendered: Rendered, name: str, address: str, links: Mapping[Placeholder, str]
) -> dict[Placeholder, str]:
    """Return the same of values that stand alone: a mailing makes no `Personal` for each reader.

    Raises:
        RecipientError: as `plain_values` says.
    """
    refuse_unsafe(name, "name")
    refuse_unsafe(address, "address")
    values = {_GREETING: greeting(rendered, name), _NAME: name, _ADDRESS: address}
    for placeholder, link in links.items():
        if not is_plainly_safe(link):
            refuse_unsafe(link, f"link {placeholder}")
        values[placeholder] = link
    return values


def fill_subject(rendered: Rendered, personal: Personal) -> str:
    """Return the subject as this reader sees it (RecipientError as `plain_values` says)."""
    return _fill(rendered.subject, rendered, personal, str)


def fill_text(rendered: Rendered, personal: Personal) -> str:
    """Return the text part as this reader sees it (RecipientError as `plain_values` says)."""
    return _fill(rendered.text, rendered, personal, str)


def fill_html(rendered: Rendered, personal: Personal) -> str:
    """Return the HTML part as this reader sees it (RecipientError as `plain_values` says)."""
    return _fill(rendered.html, rendered, personal, html.escape)


def refuse_missing(holes: tuple[Placeholder, ...], values: Mapping[Placeholder, object]) -> None:
    """Let a reader pass who has a value for every hole (else RecipientError)."""
    for hole in holes:
        if hole not in values:
            raise RecipientError(
                "",
                f"the edition has a place for {hole}, and this reader has none",
                "Links need [site] base_url; answers need an invitation.",
            )


_HINT = "A template or filter changed it; placeholders must reach the mail as they were given."


def _fill(
    template: str, rendered: Rendered, personal: Personal, escape: Callable[[str], str]
) -> str:
    values = plain_values(rendered, personal)
    opened = cut(template, rendered.markers)
    refuse_missing(opened.holes, values)
    return opened.fill({hole: escape(values[hole]) for hole in opened.holes})


def _refuse_unusable(markers: Mapping[str, Placeholder]) -> None:
    for marker in markers:
        if not _MARKER.fullmatch(marker) or len(marker) < MIN_LENGTH:
            raise DigestError(
                "",
                f"{marker!r} cannot be a marker",
                f"Use {MIN_LENGTH} or more letters and digits.",
            )
        if any(marker in other for other in markers if other != marker):
            raise DigestError("", f"the marker {marker!r} is part of another", "Use one length.")


def _traces(markers: Mapping[str, Placeholder]) -> frozenset[str]:
    """Return what betrays a marker that was altered: any half of one, in lower case.

    A half is long enough not to stand in ordinary text, and of a marker that was cut in two
    one piece has at least a half.
    """
    halves: set[str] = set()
    for marker in markers:
        length = (len(marker) + 1) // 2
        starts = range(len(marker) - length + 1)
        halves.update(marker[start : start + length].lower() for start in starts)
    return frozenset(halves)


def _refuse_traces(static: str, traces: frozenset[str], part: str) -> None:
    lowered = static.lower()
    # Once more without tags, references, spaces and soft hyphens: what a reader would see joined.
    joined = _BREAKS.sub("", html.unescape(lowered))
    for trace in traces:
        if trace in lowered or trace in joined:
            raise DigestError(
                "", f"a marker was altered: a part of one is left in the {part}", _HINT
            )
