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
#: How fast people read: words with spaces between them, and kana or Chinese characters.
WORDS_A_MINUTE, WIDE_A_MINUTE = 230, 500

_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ー）〕］｝〉》」』】’”…‥々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ％℃‰~〜"
    ",.:;?!)]}%"
)
_NOT_LAST = frozenset("（〔［｛〈《「『【‘“￥＄([{")
_BREAKS = re.compile("[ \t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
#: Nothing outside of these is two cells wide, and only beside a wide character may a line break
#: without a space.
_PERHAPS_WIDE = re.compile("[\u1100-\u1fff\u2300-\U0010ffff\t]")
_WIDE = re.compile("[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")
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


def reading_minutes(text: str) -> int:
    """Return in how many minutes somebody reads a text at ease; at least 1."""
    wide = len(_WIDE.findall(text))
    words = len(_WIDE.sub(" ", text).split())
    return max(1, round(wide / WIDE_A_MINUTE + words / WORDS_A_MINUTE))


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
    for space, piece, size in _pieces(match["text"]):
        gap = 0 if empty else len(space)
        if not empty and width + gap + size > columns:
            rows.append(row)
            row, width, gap = rest, len(rest), 0
        row += (space if gap else "") + piece
        width += gap + size
        empty = False
    rows.append(row.rstrip())
    return rows


def _pieces(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (white space before, piece that stays together, its cells) of a line."""
    if not _PERHAPS_WIDE.search(text):
        yield from ((" ", word, len(word)) for word in text.split(" ") if word)
        return
    kinds = text.translate(_KINDS)
    for match in _PIECE.finditer(kinds):
        start, end = match.span()
        space = " " if start and kinds[start - 1] == "s" else ""
        yield space, text[start:end], sum(map(_CELLS.__getitem__, match[0]))


class _Kinds(dict[int, str]):
    """How each character takes part in breaking lines, found out when it is first met.

    `s`pace; `n`arrow, `w`ide; `p` and `o` open (narrow, wide), `d` and `c` close; `z`ero width,
    `j`oiner.
    """

    def __missing__(self, code: int) -> str:
        kind = self[code] = _kind(chr(code))
        return kind


def _kind(character: str) -> str:
    if character in " \t":
        return "s"
    width = _width(character)
    if not width:
        return "j" if character == "\u200d" else "z"
    if character in _NOT_LAST:
        return "po"[width - 1]
    if character in _NOT_FIRST:
        return "dc"[width - 1]
    return "nw"[width - 1]


_KINDS = _Kinds()
_CELLS = {"n": 1, "p": 1, "d": 1, "w": 2, "o": 2, "c": 2, "z": 0, "j": 0}
#: A line may break before and after a wide character, but not after what opens or a joiner, nor
#: before what closes or has no width.
_PIECE = re.compile("[^s](?:(?<=[opj])[^s]|[cdzj]|(?<=[ndz])[np])*")


@lru_cache(maxsize=8192)
def _width(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
