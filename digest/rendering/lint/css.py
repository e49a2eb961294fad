"""Reads style sheets and style attributes: rules with what stands around them, and declarations.

Tolerant as a browser; time in proportion to the length. A rule keeps the at-rules that it stands
in, because some clients read none of them and one drops all of the element for a nested one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_COMMENT = re.compile(r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/|\Z)")
_MARK = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'|[{};]")
_DECLARATION = re.compile(
    r"(?P<name>[-*_a-zA-Z][-\w]*+)\s*+:\s*+"
    r"(?P<value>(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)|[^;\"'(])*+)"
)
#: Deeper than this nothing is meant, only made to hurt.
_DEEPEST = 8


class Declaration(NamedTuple):
    """A property, in lower case, and its value."""

    name: str
    value: str
    important: bool


class Block(NamedTuple):
    """A `{ }` with what stands before it."""

    prelude: str
    """A selector list, or an at-rule such as `@media print`."""
    around: tuple[str, ...]
    """The preludes of the blocks that it stands in, the outermost first."""
    declarations: tuple[Declaration, ...]

    @property
    def selectors(self) -> list[str]:
        """Return the selectors of its list."""
        return split_selectors(self.prelude)


class Sheet(NamedTuple):
    """One style element."""

    blocks: tuple[Block, ...]
    """In the order in which they begin."""
    statements: tuple[str, ...]
    """At-rules without a block, such as `@import url(x)`."""


@lru_cache(maxsize=64)  # the editions of a language share their style elements
def read_sheet(css: str) -> Sheet:
    """Return the blocks of a style element; it takes any text and raises nothing."""
    text = _COMMENT.sub(" ", css).replace("<!--", " ").replace("-->", " ")
    blocks: list[Block | None] = []
    statements: list[str] = []
    opened: list[tuple[int, str]] = []
    written = [""]  # what stands in each open block, but for the blocks inside
    start = 0
    for mark in _MARK.finditer(text):
        if mark[0] not in ("{", "}", ";"):
            continue
        piece = text[start : mark.start()]
        start = mark.end()
        if mark[0] == "{":
            opened.append((len(blocks), " ".join(piece.split())))
            blocks.append(None)
            written.append("")
        elif mark[0] == ";" and not opened:
            statements.append(" ".join(piece.split()))
        elif mark[0] == ";":
            written[-1] += piece + ";"
        elif opened:
            place, _ = opened[-1]
            blocks[place] = _block(opened, written.pop() + piece)
            opened.pop()
    rest = text[start:]
    while opened:  # the end of the element closes what is open
        blocks[opened[-1][0]] = _block(opened, written.pop() + rest)
        opened.pop()
        rest = ""
    return Sheet(
        tuple(block for block in blocks if block), tuple(each for each in statements if each)
    )


def _block(opened: list[tuple[int, str]], inside: str) -> Block:
    around = tuple(prelude for _, prelude in opened[: min(len(opened) - 1, _DEEPEST)])
    return Block(opened[-1][1], around, read_declarations(inside))


@lru_cache(maxsize=8192)  # a mail repeats the same few styles over and over
def read_declarations(text: str) -> tuple[Declaration, ...]:
    """Return the declarations of a style attribute, or of the inside of a block."""
    return tuple(
        Declaration(match["name"].lower(), *_value(match["value"]))
        for match in _DECLARATION.finditer(text)
    )


def _value(text: str) -> tuple[str, bool]:
    """Return a value without its `!important`, and whether it has one."""
    before, mark, word = text.rpartition("!")
    if mark and word.strip().lower() == "important":
        return before.strip(), True
    return text.strip(), False


def split_selectors(prelude: str) -> list[str]:
    """Return the selectors of a list."""
    if "(" not in prelude and "[" not in prelude:
        return [each.strip() for each in prelude.split(",")]
    return [each.strip() for each in _split(prelude)]


def _split(prelude: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    found, depth = [""], 0
    for character in prelude:
        depth += (character in "([") - (character in ")]" and depth > 0)
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    return found
