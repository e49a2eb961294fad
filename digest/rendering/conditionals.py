"""Conditional comments: what classic Outlook reads and nobody else, and the other way round.

`<!--[if mso]> ... <![endif]-->` is a comment to everyone but Outlook; between
`<!--[if !mso]><!-->` and `<!--<![endif]-->` stands what Outlook does not read. Both readings must
be well-formed by themselves: a cell that only Outlook opens must be closed only for Outlook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import NamedTuple

from digest.rendering.elements import VOID

#: Outlook 2016 and later, and the new one's classic twin, say that they are version 16.
VERSION = 16.0

_OPENING = re.compile(r"<!--\s*\[if\s(?P<condition>[^\]<>]*)\]\s*>", re.IGNORECASE)
_TERM = re.compile(r"(?:(?P<how>gte|gt|lte|lt)\s+)?(?P<what>mso|ie|true|false)(?:\s+(?P<of>\d+))?")
_SIGN = re.compile(r"\s*([()&|!])\s*")
_TAG = re.compile(
    r"<!--.*?(?:-->|$)|<(?P<close>/?)(?P<name>[A-Za-z][\w:-]*)"
    r"(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^\"'<>])*+)>",
    re.DOTALL,
)
REVEALED_END = "<!--<![endif]-->"


class Conditional(NamedTuple):
    """A comment, as Outlook takes it."""

    begins: bool = False
    """True: what follows is read only when the condition holds (`<!--[if !mso]><!-->`)."""
    ends: bool = False
    """True: it ends such a part (`<!--<![endif]-->`)."""
    holds: bool = False
    """True: Outlook meets the condition."""
    inside: str = ""
    """What only programs that meet the condition read."""
    balanced: bool = True
    """True: it closes all that it opens."""
    fault: tuple[str, str] = ("", "")
    """What is wrong with it, and what to do."""


@lru_cache(maxsize=256)
def read_comment(text: str) -> Conditional | None:
    """Return a whole comment `<!--...-->` as a conditional one, or None for an ordinary one."""
    if text.replace(" ", "").lower() == REVEALED_END:
        return Conditional(ends=True, fault=_odd(text, REVEALED_END))
    found = _OPENING.match(text)
    if found is None:
        return None if "[if" not in text[:8].lower() and "[endif]" not in text else _UNREADABLE
    try:
        holds = is_for_outlook(found["condition"])
    except ValueError:
        return _UNREADABLE
    written = f"<!--[if {found['condition'].strip()}]>"
    odd = _odd(found[0], written)
    inside = text[found.end() :]
    if inside.replace(" ", "") in ("<!-->", "-->"):
        return Conditional(begins=True, holds=holds, fault=odd)
    if not inside.endswith("<![endif]-->"):
        hint = "Close it with <![endif]-->."
        return Conditional(fault=("a conditional comment is never closed", hint))
    body = inside.removesuffix("<![endif]-->")
    if "<!--" in body or "[endif]" in body:
        hint = "Close the first one with <![endif]--> before the next."
        return Conditional(fault=("a conditional comment holds another comment", hint))
    return Conditional(holds=holds, inside=body, balanced=_is_balanced(body), fault=odd)


_UNREADABLE = Conditional(
    fault=(
        "a conditional comment cannot be read",
        "Write it as <!--[if mso]> ... <![endif]-->.",
    )
)


def _odd(written: str, right: str) -> tuple[str, str]:
    """Outlook takes only the exact form: no spaces around the brackets."""
    same = " ".join(written.lower().split()) == " ".join(right.lower().split())
    return ("", "") if same else ("Outlook does not read this comment", f"Write it as {right}.")


def is_for_outlook(condition: str) -> bool:
    """Return whether classic Outlook meets a condition such as `(gte mso 9)|(IE)`.

    Raises:
        ValueError: it is no condition.
    """
    words = _SIGN.sub(r" \1 ", condition.lower())
    pieces = [each.strip() for each in re.split(r" ([()&|!]) ", f" {words} ") if each.strip()]
    value, rest = _either(pieces)
    if rest:
        raise ValueError(condition)
    return value


def _either(pieces: list[str]) -> tuple[bool, list[str]]:
    value, rest = _both(pieces)
    while rest and rest[0] == "|":
        other, rest = _both(rest[1:])
        value = value or other
    return value, rest


def _both(pieces: list[str]) -> tuple[bool, list[str]]:
    value, rest = _one(pieces)
    while rest and rest[0] == "&":
        other, rest = _one(rest[1:])
        value = value and other
    return value, rest


def _one(pieces: list[str]) -> tuple[bool, list[str]]:
    if not pieces or len(pieces) > 40:  # no condition is as long; recursion stays shallow
        raise ValueError("unfinished")
    head, *rest = pieces
    if head == "!":
        value, rest = _one(rest)
        return not value, rest
    if head == "(":
        value, rest = _either(rest)
        if not rest or rest[0] != ")":
            raise ValueError("no )")
        return value, rest[1:]
    return _term(head), rest


def _term(text: str) -> bool:
    found = _TERM.fullmatch(text)
    if found is None:
        raise ValueError(text)
    if found["what"] != "mso":
        return found["what"] == "true"
    if found["of"] is None:
        return True
    asked = float(found["of"])
    how = {"gte": ge, "gt": gt, "lte": le, "lt": lt}.get(found["how"] or "", eq)
    return bool(how(VERSION, asked))


def tags_inside(inside: str) -> Iterator[tuple[bool, str]]:
    """Yield the tags of a comment's content that open or close something: (opens, name)."""
    for found in _TAG.finditer(inside):
        name = (found["name"] or "").lower()
        if name and name not in VOID and not found["rest"].rstrip().endswith("/"):
            yield not found["close"], name


def _is_balanced(inside: str) -> bool:
    stack: list[str] = []
    for opens, name in tags_inside(inside):
        if opens:
            stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack
