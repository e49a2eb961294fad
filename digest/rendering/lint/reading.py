"""Reads HTML into tags, texts and comments, as a mail client does: nothing is an error here.

The standard library's parser is not used: before 3.13.6 it takes quadratic time for markup made to
hurt (CVE-2025-6069), and it costs three times as much. What must stay true: one pass, no
backtracking, and an end where a browser ends (an unclosed tag or comment swallows the rest).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

#: What stands inside of these is text to the end of the element, whatever it looks like.
RAW = frozenset(("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"))
#: Of these, the ones whose character references are read.
_DECODED = frozenset(("title", "textarea"))

_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][^\s/>]*+)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^\"'>])*+)>"
)
_ATTRIBUTE = re.compile(
    r"[\s/]*+(?P<name>[^\s=/>][^\s=/>]*+)"
    r"(?:\s*+=\s*+(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s>]++)|))?+"
)
_RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in RAW}
#: `html.unescape` makes an integer of the digits, and Python refuses to for thousands of them.
_HUGE = re.compile(r"&#(?:[0-9]{9,}+|[xX][0-9a-fA-F]{9,}+);?")


class Part(Enum):
    """What a token is."""

    OPEN = "open"
    CLOSE = "close"
    TEXT = "text"
    COMMENT = "comment"
    BOGUS = "bogus"
    """`<!doctype html>`, `<![endif]>` and whatever else a client reads over."""


class Token(NamedTuple):
    """A piece of HTML. `text` is a tag's name in lower case, or the text or comment itself."""

    part: Part
    text: str
    attributes: tuple[tuple[str, str], ...] = ()
    empty: bool = False
    """True where a tag ends in `/>`."""


def decode(text: str) -> str:
    """Return a text with its character references read."""
    if "&" not in text:
        return text
    return html.unescape(_HUGE.sub("\ufffd", text))


def tokens(source: str) -> Iterator[Token]:
    """Yield the pieces of an HTML text in order; it takes any text and raises nothing."""
    return (token for _, token in placed_tokens(source))


def placed_tokens(source: str) -> Iterator[tuple[int, Token]]:
    """Yield (where it begins, the piece) of an HTML text, in order."""
    position, length = 0, len(source)
    while position < length:
        start = source.find("<", position)
        if start < 0:
            yield position, Token(Part.TEXT, decode(source[position:]))
            return
        token, end = _read(source, start)
        if token is None:  # a plain <
            end = source.find("<", start + 1)
            end = length if end < 0 else end
            yield position, Token(Part.TEXT, decode(source[position:end]))
            position = end
            continue
        if start > position:
            yield position, Token(Part.TEXT, decode(source[position:start]))
        yield start, token
        position = end
        if token.part is Part.OPEN and token.text in RAW and not token.empty:
            position = _raw_end(source, end, token.text)
            raw = source[end:position]
            if raw:
                yield end, Token(Part.TEXT, decode(raw) if token.text in _DECODED else raw)


def _raw_end(source: str, start: int, name: str) -> int:
    found = _RAW_END[name].search(source, start)
    return found.start() if found else len(source)


def _read(source: str, start: int) -> tuple[Token | None, int]:
    """Return the token that begins at a `<` and where it ends; None: it is only a `<`."""
    if source.startswith("<!--", start):
        return _comment(source, start)
    following = source[start + 1 : start + 2]
    if following in ("!", "?"):
        return _bogus(source, start)
    match = _TAG.match(source, start)
    if match:
        return _tag(match), match.end()
    letter = source[start + 2 : start + 3] if following == "/" else following
    if letter.isascii() and letter.isalpha():
        return Token(Part.BOGUS, source[start : start + 80]), len(source)  # a tag that never ends
    return _bogus(source, start) if following == "/" and letter else (None, start)


def _comment(source: str, start: int) -> tuple[Token, int]:
    end = source.find("-->", start + 4)
    if source.startswith(("<!-->", "<!--->"), start):
        end = source.index(">", start)
        return Token(Part.COMMENT, ""), end + 1
    if end < 0:
        return Token(Part.COMMENT, source[start + 4 :]), len(source)
    return Token(Part.COMMENT, source[start + 4 : end]), end + 3


def _bogus(source: str, start: int) -> tuple[Token, int]:
    end = source.find(">", start)
    end = len(source) if end < 0 else end
    return Token(Part.BOGUS, source[start + 1 : end]), end + 1


def _tag(match: re.Match[str]) -> Token:
    name = match["name"].lower()
    if match["close"]:
        return Token(Part.CLOSE, name)
    rest = match["rest"]
    return Token(Part.OPEN, name, _attributes(rest), rest.endswith("/"))


@lru_cache(maxsize=8192)  # a mail repeats the same few tags over and over
def _attributes(text: str) -> tuple[tuple[str, str], ...]:
    """Return a tag's attributes; of one that stands there twice, the first counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = match["double"] or match["single"] or match["bare"] or ""
        found.setdefault(match["name"].lower(), decode(value))
    return tuple(found.items())
