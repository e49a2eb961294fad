"""Reads MJML into tags, texts and comments, strictly, in one pass over the text.

No recursion and no backtracking: whatever a template wrote, reading takes time in proportion to
its length. What is not well-formed is an error at the nearest marked tag, and says what to look
for, so that the line itself can be found in the author's file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from digest.rendering.elements import VOID
from digest.rendering.entities import plain_ampersands

#: More than any attribute needs; a picture belongs into a file, not into its address.
MAX_ATTRIBUTE = 10_000

_NAME = r"[A-Za-z][A-Za-z0-9:_-]*"
_TAG = re.compile(rf"<(/?)({_NAME})(?:@(\d+):(\d+)@)?((?:[^\"'<>]++|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(
    r"\s*+(?P<name>[^\s=\"'<>/]++)(?:\s*+=\s*+(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'))?+"
)
_MARK = re.compile(rf"(</?{_NAME})@\d+:\d+@")
_BREAKS = re.compile(r"[\r\n\t]+")
_STYLE_END = re.compile(r"</(?:mj-)?style[\s@>]")
_UNQUOTED = re.compile(r"\s*([^\s=\"'<>/]+)\s*=\s*([^\s\"'<>]*)")


class Place(NamedTuple):
    """Where a tag stands in its author's template: the number of the file, and the line."""

    file: int
    line: int


NOWHERE = Place(-1, 0)


class MarkupError(ValueError):
    """What is wrong; the place is that of the tag, or of the last marked tag before it."""

    def __init__(self, place: Place, what: str, hint: str = "", sought: str = "") -> None:
        """Keep place, sentence and hint; `sought` is written in the wrong line, at or below it."""
        super().__init__(what)
        self.place = place
        self.what = what
        self.hint = hint
        self.sought = sought


class Part(Enum):
    """What a token is."""

    OPEN = "open"
    CLOSE = "close"
    EMPTY = "empty"
    TEXT = "text"
    COMMENT = "comment"


class Token(NamedTuple):
    """A piece of markup. `text` is a tag's name, or the text or comment itself."""

    part: Part
    text: str
    attributes: tuple[tuple[str, str | None], ...] = ()
    place: Place = NOWHERE
    html: str = ""
    """A tag as HTML has it: read once, written into every edition."""


def tokens(source: str) -> Iterator[Token]:
    """Yield the pieces of a marked MJML text in order.

    Raises:
        MarkupError: a stray `<`, an unclosed tag, comment or quote, an attribute without quotes.
    """
    position, place, in_style, end = 0, NOWHERE, False, len(source)
    while position < end:
        start = _style_end(source, position) if in_style else source.find("<", position)
        start = end if start < 0 else start
        if start > position:
            yield Token(Part.TEXT, source[position:start], (), place)
        if start == end:
            return
        match = _TAG.match(source, start)
        if match is not None:
            token = _placed(match[0], place)
            position, place = match.end(), token.place
            in_style = token.part is Part.OPEN and token.text in ("mj-style", "style")
        else:
            token, position = _comment(source, start, place)
        yield token


def unmarked(text: str) -> str:
    """Return a text without the marks of tags that turned out to be no tags."""
    return _MARK.sub(r"\1", text) if "@" in text else text


def _style_end(source: str, position: int) -> int:
    """Return where CSS ends: only with its own closing tag."""
    match = _STYLE_END.search(source, position)
    return match.start() if match else -1


def _comment(source: str, start: int, place: Place) -> tuple[Token, int]:
    if not source.startswith("<!--", start):
        raise _unreadable(source, start, place)
    end = source.find("-->", start + 4)
    if end < 0:
        raise MarkupError(place, "a comment is never closed", "Close it with -->.", "<!--")
    return Token(Part.COMMENT, unmarked(source[start : end + 3]), (), place), end + 3


def _unreadable(source: str, start: int, place: Place) -> MarkupError:
    """Return the error for a `<` that begins nothing."""
    written = unmarked(source[start : start + 200])
    snippet = " ".join(written.split())[:30]
    sought = written.split("\n")[0][:30].rstrip()
    for begin, what, hint in _KNOWN_MISTAKES:
        if written.lower().startswith(begin):
            return MarkupError(place, what, hint, sought)
    mark = re.match(rf"</?({_NAME})@(\d+):(\d+)@", source[start : start + 200])
    if mark:
        where = Place(int(mark[2]), int(mark[3]))
        what = f"<{mark[1]}> is not closed with >, or a quote in it stays open"
        return MarkupError(where, what, "Close the quotes of its attributes, and the tag itself.")
    hint = "Write &lt; for a plain <; close quotes."
    return MarkupError(place, f"no tag can be read at '{snippet}'", hint, sought)


_KNOWN_MISTAKES = (
    ("<![cdata[", "CDATA means nothing in a mail", "Write the text itself, with &lt; for <."),
    ("<!doctype", "a doctype has no place in a template", "Take it out: the compiler writes it."),
    ("<?", "<? ... ?> has no place in a mail", "Take it out."),
    ("<![endif]", "<![endif] closes no conditional comment", "Write <!--[if mso]> before it."),
    ("<![if", "Outlook alone reads <![if ...]>", "Write <!--[if !mso]><!--> ... <!--<![endif]-->."),
)


def _placed(text: str, before: Place) -> Token:
    """Return a tag; one without a mark of its own stands where the tag before it stood."""
    try:
        token = _tag(text)
    except MarkupError as error:
        if error.place is NOWHERE:
            error.place = before
        raise
    if token.place is not NOWHERE:
        return token
    return Token(token.part, token.text, token.attributes, before, token.html)


@lru_cache(maxsize=8192)  # the same templates write the same tags into every edition
def _tag(text: str) -> Token:
    match = _TAG.fullmatch(text)
    assert match
    close, name, file, line, written = match.groups()
    place = Place(int(file), int(line)) if file else NOWHERE
    if close:
        if written.strip():
            raise MarkupError(place, f"</{name}> has attributes", "Write them into the first tag.")
        return Token(Part.CLOSE, name, (), place, f"</{name}>")
    attributes, empty, what, hint, sought = _attributes(written)
    if what:
        raise MarkupError(place, f"<{name}>: {what}", hint, sought)
    void = name.lower() in VOID
    html = _written(name, attributes, empty=empty, void=void)
    return Token(Part.EMPTY if empty or void else Part.OPEN, name, attributes, place, html)


def _written(
    name: str, attributes: tuple[tuple[str, str | None], ...], *, empty: bool, void: bool
) -> str:
    """Return a tag as HTML; one that closes itself gets the closing tag that browsers want."""
    said = "".join(
        f" {key}" if value is None else f' {key}="{quoted(value)}"' for key, value in attributes
    )
    if void:
        return f"<{name}{said} />"
    return f"<{name}{said}></{name}>" if empty else f"<{name}{said}>"


def quoted(value: str) -> str:
    """Return an attribute's value as it stands between double quotes, on one line."""
    return plain_ampersands(_BREAKS.sub(" ", value)).replace('"', "&quot;")


def _attributes(
    written: str,
) -> tuple[tuple[tuple[str, str | None], ...], bool, str, str, str]:
    """Return the attributes, whether the tag closes itself; and what is wrong, hint, sought."""
    text = written.rstrip()
    empty = text.endswith("/")
    text = unmarked(text.removesuffix("/").rstrip())
    if text and not text[0].isspace():
        what = f"its name cannot be read at '{text[:20]}'"
        return (), empty, what, "A name is made of letters, digits and -.", ""
    position, found = 0, dict[str, str | None]()
    while position < len(text):
        match = _ATTRIBUTE.match(text, position)
        if match is None or text[match.end() : match.end() + 1] in ("=", '"', "'"):
            return (), empty, *_broken(text[position:])
        name = match["name"]
        value = match["single"] if match["double"] is None else match["double"]
        if name in found:
            return (), empty, f"'{name}' stands there twice", "Delete one of them.", name
        if value is not None and len(value) > MAX_ATTRIBUTE:
            what = f"'{name}' has more than {MAX_ATTRIBUTE:,} characters"
            return (), empty, what, "A picture belongs into a file of its own.", name
        found[name] = value
        position = match.end()
    return tuple(found.items()), empty, "", "", ""


def _broken(rest: str) -> tuple[str, str, str]:
    """Return what is wrong with an attribute that cannot be read."""
    if match := _UNQUOTED.match(rest):
        value = match[2][:40]
        hint = f'Write it as {match[1]}="{value}".' if value else 'Write it as name="value".'
        what = f"the attribute cannot be read: the value of '{match[1]}' has no quotes"
        return what, hint, match[1]
    return "an attribute cannot be read", 'Write it as name="value".', rest.strip()[:20]
