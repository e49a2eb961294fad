"""Writes checked MJML so that the compiler (MRML 6.0.1) changes nothing of it.

It prints attributes in Rust's debug form, so non-ASCII and backslashes become numeric references
there; it takes no space after `<mj-head>`, so there is none; it swallows a line break between two
tags, so a space stands where the two are inline and nothing where they are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from digest.rendering.markup import Part, Token
from digest.rendering.preflight import VOID, schema
from digest.rendering.wrapping import one_line

_UNSAFE = re.compile(r"[^\x20-\x7e]|\\")
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "br",
        "cite",
        "code",
        "em",
        "i",
        "img",
        "kbd",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "wbr",
    ]
)
_CONDITIONAL = ("<!--[if", "<!--<![endif]")


@lru_cache(maxsize=4096)  # a mail repeats the same few styles over and over
def attribute(value: str) -> str:
    """Return an attribute's value so that it reaches the HTML as the author meant it."""
    flat = re.sub(r"[\r\n\t]+", " ", value).replace('"', "&quot;")
    return _UNSAFE.sub(lambda found: f"&#x{ord(found[0]):x};", flat)


def unify_lines(text: str) -> str:
    """Return a text with LF line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write(tokens: Iterable[Token]) -> str:
    """Return the MJML of checked tokens."""
    return "".join(_pieces(list(tokens)))


def _pieces(tokens: list[Token]) -> Iterator[str]:
    stack: list[str] = []
    for index, token in enumerate(tokens):
        if token.part is Part.OPEN and token.text not in VOID:
            stack.append(token.text)
        elif token.part is Part.CLOSE:
            stack.pop()
        yield _piece(tokens, index, stack)


def _piece(tokens: list[Token], index: int, stack: list[str]) -> str:
    token = tokens[index]
    inside = stack[-1] if stack else ""
    if token.part is Part.CLOSE:
        return f"</{token.text}>"
    if token.part in (Part.OPEN, Part.EMPTY):
        return _tag(token)
    if inside in schema() and schema()[inside]["holds"] in ("tags", "nothing"):
        return ""
    if token.part is Part.COMMENT:
        return token.text if token.text.startswith(_CONDITIONAL) else ""
    if inside == "mj-title":
        return attribute(one_line(token.text))
    return _text(tokens, index)


def _tag(token: Token) -> str:
    void = token.text in VOID or token.part is Part.EMPTY
    attributes = "".join(
        f" {name}" if value is None else f' {name}="{attribute(value)}"'
        for name, value in token.attributes
    )
    return f"<{token.text}{attributes}{' /' if void else ''}>"


def _text(tokens: list[Token], index: int) -> str:
    """Return a text; white space alone is a space between inline tags and nothing elsewhere."""
    text = tokens[index].text
    if text.strip(" \t\r\n"):
        return re.sub(r"^[ \t\r\n]*\n[ \t\r\n]*", " ", text)
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    return " " if _is_inline(before) and _is_inline(after) else ""


def _is_inline(token: Token | None) -> bool:
    if token is None or token.part in (Part.TEXT, Part.COMMENT):
        return False
    return token.text.lower() in _INLINE
