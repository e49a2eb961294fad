"""Wraps plain text at 72 columns, counted in cells, with the line-breaking rules of Japanese and
Chinese: no closing mark begins a line, no opening bracket ends one (basic kinsoku, JIS X 4051).

A word of narrow characters, so also a link or a marker, is never broken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

COLUMNS = 72

_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ー）〕］｝〉》」』】’”…‥々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ％℃‰~〜"
    ",.:;?!)]}%"
)
_NOT_LAST = frozenset("（〔［｛〈《「『【‘“￥＄([{")
_BREAKS = re.compile("[ \t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
#: Nothing outside of these is two cells wide, and only beside a wide character may a line break
#: without a space.
_PERHAPS_WIDE = re.compile("[\u1100-\u1fff\u2300-\U0010ffff\t]")
_BULLET = re.compile(r"(?P<indent> *)(?P<bullet>(?:[-*>·] |\d{1,3}\. )?)(?P<text>.*)")


def one_line(text: str) -> str:
    """Return a text on one line, runs of breaks and spaces as one space; a wide space stays."""
    return _BREAKS.sub(" ", text).strip(" ")


def cells(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_width, text))


def clip(text: str, columns: int) -> str:
    """Return a text of at most `columns` cells, cut between words where it has any, with an …."""
    if cells(text) <= columns:
        return text
    taken, width = 0, 1
    while width + _width(text[taken]) <= columns:
        width += _width(text[taken])
        taken += 1
    while taken and not _width(text[taken]):
        taken -= 1  # a combining mark or joiner stays with its character, or both go
    kept = text[:taken]
    space = kept.rfind(" ")
    if space > taken * 2 // 3 and not text[taken].isspace():
        kept = kept[:space]
    return kept.rstrip(" \u200d,.;:、。，") + "…"


def wrap(text: str, columns: int = COLUMNS) -> str:
    """Return a text whose every line is a paragraph, wrapped; bullets hang."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.extend(_wrap_line(line.rstrip(), columns))
    joined = re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines))
    return joined.strip("\n") + "\n"


def _wrap_line(line: str, columns: int) -> list[str]:
    match = _BULLET.fullmatch(line)
    assert match  # every part of the pattern may be empty
    first = match["indent"] + match["bullet"]
    rest = first if "> " in first else " " * len(first)
    rows: list[str] = []
    row, width = first, len(first)
    empty = True
    for space, piece in _pieces(match["text"]):
        size = cells(piece)
        gap = 0 if empty else len(space)
        if not empty and width + gap + size > columns:
            rows.append(row)
            row, width, gap = rest, len(rest), 0
        row += (space if gap else "") + piece
        width += gap + size
        empty = False
    rows.append(row.rstrip())
    return rows


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield (white space before, piece that stays together) of a line."""
    if not _PERHAPS_WIDE.search(text):
        yield from ((" ", word) for word in text.split(" ") if word)
        return
    space, piece = "", ""
    for character in text:
        if character in " \t":
            if piece:
                yield space, piece
                space, piece = "", ""
            space = " "
            continue
        if piece and _may_break(piece[-1], character):
            yield space, piece
            space, piece = "", ""
        piece += character
    if piece:
        yield space, piece


def _may_break(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST or not _width(after) or before == "\u200d":
        return False
    return _width(before) == 2 or _width(after) == 2


@lru_cache(maxsize=8192)
def _width(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
