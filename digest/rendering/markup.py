"""Reads MJML into tags, texts and comments, strictly, in one pass over the text.

No recursion and no backtracking: whatever a template wrote, reading takes time in proportion to
its length. What is not well-formed is an error at the nearest marked tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

_NAME = r"[A-Za-z][A-Za-z0-9:_-]*"
_TAG = re.compile(
    rf"<(?P<close>/?)(?P<name>{_NAME})(?:@(?P<file>\d+):(?P<line>\d+)@)?"
    r"(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^\"'<>])*+)>"
)
_ATTRIBUTE = re.compile(
    r"\s*+(?P<name>[^\s=\"'<>/]++)(?:\s*+=\s*+(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'))?+"
)
_STYLE_END = re.compile(r"</mj-style[\s@>]")


class Place(NamedTuple):
    """Where a tag stands in its author's template: the number of the file, and the line."""

    file: int
    line: int


NOWHERE = Place(-1, 0)


class MarkupError(ValueError):
    """What is not well-formed; the place is that of the last marked tag before it."""

    def __init__(self, place: Place, what: str, hint: str = "") -> None:
        """Keep place, sentence and hint."""
        super().__init__(what)
        self.place = place
        self.what = what
        self.hint = hint


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


def tokens(source: str) -> Iterator[Token]:
    """Yield the pieces of a marked MJML text in order.

    Raises:
        MarkupError: a stray `<`, an unclosed tag, comment or quote, an attribute without quotes.
    """
    position, place, in_style = 0, NOWHERE, False
    while position < len(source):
        end = _text_end(source, position, in_style=in_style)
        if end > position:
            yield Token(Part.TEXT, source[position:end], place=place)
        if end == len(source):
            return
        token, position = _read(source, end, place)
        place = token.place
        in_style = token.part is Part.OPEN and token.text == "mj-style"
        yield token


def _text_end(source: str, position: int, *, in_style: bool) -> int:
    """Return where text ends; CSS ends only with its own closing tag."""
    if in_style:
        match = _STYLE_END.search(source, position)
        return match.start() if match else len(source)
    end = source.find("<", position)
    return len(source) if end < 0 else end


def _read(source: str, start: int, place: Place) -> tuple[Token, int]:
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        if end < 0:
            raise MarkupError(place, "a comment is never closed", "Close it with -->.")
        return Token(Part.COMMENT, source[start : end + 3], place=place), end + 3
    match = _TAG.match(source, start)
    if match is None:
        snippet = " ".join(source[start : start + 30].split())
        raise MarkupError(
            place, f"no tag can be read at '{snippet}'", "Write &lt; for a plain <; close quotes."
        )
    return _tag(match, place), match.end()


def _tag(match: re.Match[str], before: Place) -> Token:
    place = Place(int(match["file"]), int(match["line"])) if match["file"] else before
    rest = match["attributes"].rstrip()
    empty = rest.endswith("/")
    name = match["name"]
    if match["close"]:
        return Token(Part.CLOSE, name, place=place)
    attributes, what, hint = _attributes(rest.removesuffix("/").rstrip())
    if what:
        raise MarkupError(place, f"<{name}>: {what}", hint)
    return Token(Part.EMPTY if empty else Part.OPEN, name, attributes, place)


@lru_cache(maxsize=4096)  # a mail repeats the same few styles over and over
def _attributes(text: str) -> tuple[tuple[tuple[str, str | None], ...], str, str]:
    """Return the attributes of a tag, or none and what is wrong and what to do."""
    position, found = 0, dict[str, str | None]()
    end = len(text)
    while position < end:
        match = _ATTRIBUTE.match(text, position)
        if match is None or text[match.end() : match.end() + 1] in ("=", '"', "'"):
            return (), "an attribute cannot be read", 'Write it as name="value".'
        if match["name"] in found:
            return (), f"'{match['name']}' stands there twice", "Delete one of them."
        found[match["name"]] = match["single"] if match["double"] is None else match["double"]
        position = match.end()
    return tuple(found.items()), "", ""
