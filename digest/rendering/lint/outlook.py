"""What classic Outlook sees: its conditional comments opened, everybody else's parts left out.

`<!--[if mso]> ... <![endif]-->` is a comment to everyone but Outlook; between
`<!--[if !mso]><!-->` and `<!--<![endif]-->` stands what it does not read. One that is not closed,
or that holds a comment, hides or shows the rest of the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.rendering.lint.reading import Part, Token, tokens
from digest.rendering.lint.tree import Document, build

#: What Outlook 2016 and later say they are.
_VERSION = 16

_OPENING = re.compile(r"\s*\[if\s+(?P<condition>[^\]]*+)\]>")
_REVEALING = re.compile(r"\s*(?:<!)?(?:--)?\s*")
_BOGUS_OPENING = re.compile(r"!\[if\s+(?P<condition>[^\]]*+)\]")
_END = "<![endif]"
_TERM = re.compile(r"(?P<no>!?)\s*(?:(?P<how>gte|gt|lte|lt)\s+)?(?P<what>[a-z]+)\s*(?P<of>[\d.]*)")


@dataclass(kw_only=True)
class Conditionals:
    """The mail as Outlook has it."""

    document: Document
    broken: list[str] = field(default_factory=list)
    """What is wrong with the comments themselves, in words."""


def read_conditionals(pieces: list[Token]) -> Conditionals:
    """Return Outlook's view of a mail's pieces."""
    broken: list[str] = []
    return Conditionals(document=build(list(_outlook(pieces, broken))), broken=broken)


def is_for_outlook(condition: str) -> bool:
    """Return whether classic Outlook meets a condition such as `gte mso 9` or `!mso`."""
    text = condition.lower().replace("(", " ").replace(")", " ")
    return any(all(map(_holds, way.split("&"))) for way in text.split("|"))


def _holds(term: str) -> bool:
    match = _TERM.search(term)
    if match is None:
        return False
    holds = match["what"] == "mso" and _compares(match["how"], match["of"])
    return holds != bool(match["no"])


def _compares(how: str | None, version: str) -> bool:
    try:
        asked = float(version)
    except ValueError:
        return True  # no version: any
    compared = {"gte": asked <= _VERSION, "gt": asked < _VERSION, "lt": asked > _VERSION}
    compared |= {"lte": asked >= _VERSION}
    return compared.get(how or "", asked == _VERSION)


def _outlook(pieces: list[Token], broken: list[str]) -> Iterator[Token]:
    revealed: list[bool] = []
    for token in pieces:
        hidden = False in revealed
        if token.part is Part.COMMENT:
            shown = _comment(token.text, revealed, broken)
            if shown and not hidden:
                yield from tokens(shown)
        elif token.part is Part.BOGUS:
            _bogus(token.text, revealed, broken)
        elif not hidden:
            yield token
    if revealed:
        broken.append("a conditional comment is never closed with <!--<![endif]-->")


def _comment(text: str, revealed: list[bool], broken: list[str]) -> str:
    """Return what Outlook reads of a comment; note which parts it opens and closes."""
    if text.strip() == _END:
        _close(revealed, broken)
        return ""
    match = _OPENING.match(text)
    if match is None:
        return ""
    body = text[match.end() :]
    met = is_for_outlook(match["condition"])
    if body.endswith(_END):
        return body.removesuffix(_END) if met else ""
    if _REVEALING.fullmatch(body):
        revealed.append(met)
    else:
        broken.append(f"<!--[if {match['condition']}]> is not closed with <![endif]-->")
    return ""


def _bogus(text: str, revealed: list[bool], broken: list[str]) -> None:
    """Note what `<![if ...]>` opens, and `<![endif]>` closes."""
    match = _BOGUS_OPENING.match(text)
    if match:
        revealed.append(is_for_outlook(match["condition"]))
    elif text == "![endif]":
        _close(revealed, broken)
    elif text.startswith("![endif]"):
        broken.append("<![endif]--> closes nothing: another comment stands inside, or none begins")


def _close(revealed: list[bool], broken: list[str]) -> None:
    if revealed:
        revealed.pop()
    else:
        broken.append("<![endif] closes nothing")
