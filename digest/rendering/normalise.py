"""Writes checked MJML so that the compiler (MRML 6.0.1) cannot change what an author wrote.

It prints attributes in Rust's debug form, swallows white space between tags, loses its way in a
conditional comment that opens a tag for another one to close, and dies of deep nesting. So it never
sees HTML or CSS: they are put aside and a sign stands in their place until it is done. What it does
see is plain: ASCII in attributes, no comments, no white space between components.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from digest.rendering.components import attributes_of, schema, settled
from digest.rendering.conditionals import read_comment
from digest.rendering.elements import INLINE, VERBATIM, VOID
from digest.rendering.entities import plain_ampersands
from digest.rendering.markup import Part, Token, unmarked
from digest.rendering.wrapping import one_line

_UNSAFE = re.compile(r"[^\x20-\x7e]|\\")
_BREAKS = re.compile(r"[\r\n\t]+")
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
    flat = plain_ampersands(_BREAKS.sub(" ", value)).replace('"', "&quot;")
    return _UNSAFE.sub(lambda found: f"&#x{ord(found[0]):x};", flat)


class _Writing:
    """One pass over the tokens of a mail."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._aside: list[str] = []
        self._verbatim = 0

    def written(self) -> Written:
        mjml: list[str] = []
        index, end = 0, len(self._tokens)
        while index < end:
            token = self._tokens[index]
            index += 1
            if token.part is Part.CLOSE:
                mjml.append(f"</{token.text}>")
            elif token.part in (Part.OPEN, Part.EMPTY):
                mjml.append(_component(token))
                known = schema().get(token.text)  # mj-all and mj-class are none
                if token.part is Part.OPEN and known and known["holds"] in ("html", "css", "text"):
                    stop = self._closing(index, token.text)
                    mjml.append(self._held(index, stop, token.text))
                    index = stop
        return Written("".join(mjml), tuple(self._aside))

    def _closing(self, index: int, name: str) -> int:
        """Return where a component that holds no components ends."""
        while self._tokens[index].part is not Part.CLOSE or self._tokens[index].text != name:
            index += 1
        return index

    def _held(self, start: int, stop: int, name: str) -> str:
        if name == "mj-title":  # it is printed as a text and as an attribute: no sign survives that
            texts = (each.text for each in self._tokens[start:stop] if each.part is Part.TEXT)
            return attribute(one_line("".join(texts)))
        kept = "".join(self._html(start, stop))
        if not kept:
            return ""
        self._aside.append(kept)
        return f"\ue000{len(self._aside) - 1}\ue001"

    def _html(self, start: int, stop: int) -> Iterator[str]:
        for index in range(start, stop):
            token = self._tokens[index]
            if token.part is Part.TEXT:
                yield self._text(index)
            elif token.part is Part.COMMENT:
                yield token.text if read_comment(token.text) else ""
            elif token.part is Part.CLOSE:
                self._verbatim -= token.text in VERBATIM
                yield f"</{token.text}>"
            else:
                self._verbatim += token.part is Part.OPEN and token.text in VERBATIM
                yield _element(token.text, token.attributes, token.part is Part.EMPTY)

    def _text(self, index: int) -> str:
        """Return a text; white space alone is a space between inline tags and nothing elsewhere."""
        text = self._tokens[index].text
        if self._verbatim or self._tokens[index - 1].text == "mj-style":
            return unmarked(text).strip() if self._tokens[index - 1].text == "mj-style" else text
        if text.strip(" \t\n"):
            return plain_ampersands(_LEADING.sub(" ", text))
        before, after = self._tokens[index - 1], self._tokens[index + 1]
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


@lru_cache(maxsize=4096)
def _element(name: str, attributes: tuple[tuple[str, str | None], ...], empty: bool) -> str:
    written = "".join(
        f" {key}" if value is None else f' {key}="{_quoted(value)}"' for key, value in attributes
    )
    if name.lower() in VOID:
        return f"<{name}{written} />"
    return f"<{name}{written}></{name}>" if empty else f"<{name}{written}>"


def _quoted(value: str) -> str:
    return plain_ampersands(_BREAKS.sub(" ", value)).replace('"', "&quot;")


def _is_inline(token: Token) -> bool:
    return token.part not in (Part.TEXT, Part.COMMENT) and token.text.lower() in INLINE
