"""Writes checked MJML so that the compiler (MRML 6.0.1) cannot change what an author wrote.

It prints attributes in Rust's debug form, swallows white space between tags, loses its way in a
conditional comment that opens a tag for another one to close, and dies of deep nesting. So it never
sees HTML or CSS: they are put aside and a sign stands in their place until it is done. What it does
see is plain: ASCII in attributes, no comments, no white space between components.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from digest.rendering.components import attributes_of, schema, settled
from digest.rendering.conditionals import read_comment
from digest.rendering.elements import INLINE, VERBATIM
from digest.rendering.entities import plain_ampersands
from digest.rendering.markup import Part, Token, quoted, unmarked
from digest.rendering.wrapping import one_line

_UNSAFE = re.compile(r"[^\x20-\x7e]|\\")
_LEADING = re.compile(r"^[ \t\r\n]*\n[ \t\r\n]*")
#: Signs for what was put aside. Attributes are ASCII by then, so nothing else can look like one.
_SIGN = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True, slots=True)
class Written:
    """MJML for the compiler, and what it does not get to see."""

    mjml: str
    aside: tuple[str, ...]

    def completed(self, html: str) -> str:
        """Return the compiler's HTML with all that was put aside.

        Raises:
            ValueError: the compiler lost or doubled a part.
        """
        signs = [int(number) for number in _SIGN.findall(html)]
        if sorted(signs) != list(range(len(self.aside))):
            raise ValueError("the compiler lost or doubled a part of the mail")
        return _SIGN.sub(lambda found: self.aside[int(found[1])], html)


def unify_lines(text: str) -> str:
    """Return a text with LF line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def write(tokens: Iterable[Token]) -> Written:
    """Return the MJML of checked tokens, and what the compiler is not to see."""
    return _Writing(list(tokens)).written()


@lru_cache(maxsize=4096)  # a mail repeats the same few styles over and over
def attribute(value: str) -> str:
    """Return an attribute's value so that it passes the compiler unchanged."""
    return _UNSAFE.sub(lambda found: f"&#x{ord(found[0]):x};", quoted(value))


class _Writing:
    """One pass over the tokens of a mail."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._aside: list[str] = []

    def written(self) -> Written:
        mjml: list[str] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.part is Part.CLOSE:
                mjml.append(token.html)
            elif token.part in (Part.OPEN, Part.EMPTY):
                mjml.append(_component(token))
                known = schema().get(token.text)  # mj-all and mj-class are none
                if token.part is Part.OPEN and known and known["holds"] in ("html", "css", "text"):
                    mjml.append(self._put_aside(token.text))
        return Written("".join(mjml), tuple(self._aside))

    def _put_aside(self, name: str) -> str:
        """Keep what stands in a component that holds no components; return what stands for it."""
        kept = "".join(self._held(name))
        if name == "mj-title":  # it is printed as a text and as an attribute: no sign survives that
            return attribute(one_line(kept))
        if not kept:
            return ""
        self._aside.append(kept.strip() if name == "mj-style" else kept)
        return f"\ue000{len(self._aside) - 1}\ue001"

    def _held(self, name: str) -> list[str]:
        """Return the pieces of HTML up to the component's end, and go there."""
        pieces: list[str] = []
        verbatim = int(name == "mj-style")
        while True:
            token = self._tokens[self._at]
            part = token.part
            if part is Part.TEXT:
                pieces.append(unmarked(token.text) if verbatim else self._text(token.text))
            elif part is Part.COMMENT:
                pieces.append(token.text if read_comment(token.text) else "")
            else:
                if part is Part.CLOSE and token.text == name:
                    return pieces
                if token.text in VERBATIM:
                    verbatim += (part is Part.OPEN) - (part is Part.CLOSE)
                pieces.append(token.html)
            self._at += 1

    def _text(self, text: str) -> str:
        """Return a text; white space alone is a space between inline tags and nothing elsewhere."""
        if text.strip(" \t\n"):
            return plain_ampersands(_LEADING.sub(" ", text) if "\n" in text else text)
        before, after = self._tokens[self._at - 1], self._tokens[self._at + 1]
        return " " if _is_inline(before) and _is_inline(after) else ""


def _component(token: Token) -> str:
    kinds = attributes_of(token.text)
    pieces = [token.text]
    for name, value in token.attributes:
        plain = settled(value or "", kinds[name]) or ""
        if name == "mj-class":  # the compiler lets the first class win, MJML the last
            plain = " ".join(reversed(plain.split()))
        pieces.append(f'{name}="{attribute(plain)}"')
    return f"<{' '.join(pieces)}{' /' if token.part is Part.EMPTY else ''}>"


def _is_inline(token: Token) -> bool:
    return token.part not in (Part.TEXT, Part.COMMENT) and token.text.lower() in INLINE
