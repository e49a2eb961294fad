"""Looks at assembled MJML before it is compiled: the compiler itself validates nothing.

Unknown components, attributes and values, wrong nesting, tags that do not match, texts where none
can stand, pictures without alt: each is an error at the author's own line. Depth and size are
limited, because 20,000 nested elements end the process. `schema.json` is MJML 5.4.1's own table,
without what MRML 6.0.1 cannot do or no mail should hold (carousel, accordion, navbar, social,
mj-include, mj-raw position, inline styles).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TypedDict

from digest.rendering.environment import MAX_CHARACTERS
from digest.rendering.markup import NOWHERE, MarkupError, Part, Place, Token, tokens

MAX_DEPTH = 60
#: Elements of HTML that have no content and no closing tag.
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "meta", "wbr"})
_REFUSED = frozenset({"base", "embed", "form", "frame", "iframe", "link", "object", "script"})
#: Control characters, lone surrogates: no mail and no compiler takes them.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_UNIT = r"-?\d+(?:\.\d+)?"
_COLOUR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]+|(?:rgb|hsl)a?\([\d\s.,%/]+\)", re.IGNORECASE
)


class Component(TypedDict):
    """What `schema.json` says of one component."""

    attributes: dict[str, str]
    children: list[str]
    holds: str
    """`tags`, `html`, `css`, `text` or `nothing`."""


@cache
def schema() -> dict[str, Component]:
    """Return the components that may be used, by name."""
    text = resources.files("digest.rendering").joinpath("schema.json").read_text("utf-8")
    known: dict[str, Component] = json.loads(text)
    return known


def check(marked: str) -> list[Token]:
    """Read marked MJML and return its tokens when nothing is wrong with it.

    Raises:
        MarkupError: the first thing that is wrong, with its place.
    """
    if len(marked) > MAX_CHARACTERS:
        raise MarkupError(NOWHERE, f"the mail has more than {MAX_CHARACTERS:,} characters")
    if found := CONTROL.search(marked):
        before = list(re.finditer(r"@(\d+):(\d+)@", marked[: found.start()]))
        place = Place(int(before[-1][1]), int(before[-1][2])) if before else NOWHERE
        code = f"U+{ord(found[0]):04X}"
        raise MarkupError(place, f"the control character {code} cannot be mailed", "Delete it.")
    return list(_nested(tokens(marked)))


def _nested(stream: Iterator[Token]) -> Iterator[Token]:
    """Yield the tokens while each stands where it may."""
    stack: list[Token] = []
    holders: list[str] = [""]  # the innermost component that is open, at each depth
    rooted = False
    for token in stream:
        if token.part in (Part.OPEN, Part.EMPTY):
            if not stack and (rooted or token.text != "mjml"):
                raise MarkupError(token.place, f"<{token.text}> stands outside of <mjml>")
            rooted = True
            _check_tag(token, stack[-1].text if stack else None, holders[-1])
            if token.part is Part.OPEN and token.text not in VOID:
                stack.append(token)
                holders.append(token.text if token.text in schema() else holders[-1])
                _check_depth(stack)
        elif token.part is Part.CLOSE:
            _close(token, stack)
            holders.pop()
        else:
            _check_text(token, stack)
        yield token
    if stack:
        raise MarkupError(stack[-1].place, f"<{stack[-1].text}> is never closed", "Close it.")
    if not rooted:
        raise MarkupError(NOWHERE, "there is no <mjml> in the mail's template")


def _check_depth(stack: list[Token]) -> None:
    if len(stack) > MAX_DEPTH:
        what = f"elements are nested more than {MAX_DEPTH} deep"
        raise MarkupError(stack[-1].place, what, "Look for a loop or an unclosed tag.")


def _close(token: Token, stack: list[Token]) -> None:
    if token.text in VOID:
        raise MarkupError(token.place, f"</{token.text}> closes what needs no closing tag")
    if not stack:
        raise MarkupError(token.place, f"</{token.text}> closes nothing", "Delete it.")
    opened = stack.pop()
    if opened.text != token.text:
        exact = opened.text in schema() and opened.place.line  # HTML has no marks of its own
        where = f" (opened in line {opened.place.line})" if exact else ""
        what = f"</{token.text}> stands where <{opened.text}>{where} must be closed"
        raise MarkupError(token.place, what, f"Close <{opened.text}> first.")


def _check_tag(token: Token, parent: str | None, inside: str) -> None:
    if inside == "mj-attributes":
        _check_defaults(token)
    elif token.text.startswith(("mj-", "mjml")):
        _check_component(token, parent)
    else:
        _check_html(token, parent, inside)


def _check_component(token: Token, parent: str | None) -> None:
    known = schema().get(token.text)
    if known is None:
        near = get_close_matches(token.text, schema(), n=1)
        hint = (
            f"Did you mean <{near[0]}>?"
            if near
            else "templates/mail/README.md lists the components."
        )
        raise MarkupError(token.place, f"unknown component <{token.text}>", hint)
    if parent is not None:
        children = schema()[parent]["children"] if parent in schema() else []
        if token.text not in children:
            may = ", ".join(f"<{name}>" for name in children)
            hint = f"In <{parent}> may stand: {may}." if may else "It holds no components."
            raise MarkupError(token.place, f"<{token.text}> cannot stand in <{parent}>", hint)
    _check_attributes(token, known["attributes"])
    if token.text == "mj-image" and "alt" not in dict(token.attributes):
        raise MarkupError(token.place, "<mj-image> has no alt", 'Say what it shows, or alt="".')


def _check_defaults(token: Token) -> None:
    """Check a child of mj-attributes: a component's name, and attributes that it has."""
    allowed = schema()["mj-attributes"]["children"]
    if token.text not in allowed:
        hint = f"Only {', '.join(allowed)}."
        raise MarkupError(token.place, f"<{token.text}> cannot stand in <mj-attributes>", hint)
    every: dict[str, str] = {}
    for component in schema().values():
        every |= component["attributes"]
    _check_attributes(token, schema().get(token.text, {"attributes": every})["attributes"])


def _check_html(token: Token, parent: str | None, inside: str) -> None:
    name = token.text.lower()
    if name in _REFUSED:
        raise MarkupError(token.place, f"<{name}> has no place in a mail", "Take it out.")
    if not inside or schema()[inside]["holds"] != "html":
        hint = "HTML belongs into <mj-text>, <mj-table> or <mj-raw>."
        raise MarkupError(token.place, f"<{name}> cannot stand in <{parent}>", hint)
    if name == "img" and "alt" not in dict(token.attributes):
        raise MarkupError(token.place, "<img> has no alt", 'Say what it shows, or alt="".')
    handlers = (each for each, _ in token.attributes if each[:2].lower() == "on")
    if handler := next(handlers, None):
        raise MarkupError(token.place, f"'{handler}' has no place in a mail", "Take it out.")


def _check_text(token: Token, stack: list[Token]) -> None:
    if token.part is Part.COMMENT or not token.text.strip():
        return
    inside = stack[-1].text if stack else ""
    if not stack or (inside in schema() and schema()[inside]["holds"] in ("tags", "nothing")):
        snippet = " ".join(token.text.split())[:30]
        what = f"the text '{snippet}' stands directly in <{inside or 'nothing'}>"
        raise MarkupError(token.place, what, "Put it into <mj-text>.")


def _check_attributes(token: Token, known: dict[str, str]) -> None:
    for name, value in token.attributes:
        if name == "css-class":
            continue
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else "MJML 5.4 documents them."
            raise MarkupError(token.place, f"<{token.text}> knows no '{name}'", hint)
        if value is None or not _fits(value.strip(), known[name]):
            what = f"'{value or ''}' is no value for {name} of <{token.text}>"
            raise MarkupError(token.place, what, f"Expected: {known[name]}.")


def _fits(value: str, kind: str) -> bool:
    """Return whether a value is of a kind, as MJML's schema names kinds."""
    name, _, rest = kind.partition("(")
    options = rest.rstrip("){}1234,").rstrip(")").split(",")
    if name == "enum":
        return value in rest.rstrip(")").split(",")
    if name == "color":
        return bool(_COLOUR.fullmatch(value))
    if name in ("unit", "unitWithNegative"):
        parts = value.split() if kind.endswith("{1,4}") else [value]
        bare = "," in rest and rest.endswith(",)")
        return 1 <= len(parts) <= 4 and all(_is_measure(each, options, bare=bare) for each in parts)
    if name == "integer":
        return value.isdecimal()
    return value in ("true", "false") if name == "boolean" else True


def _is_measure(text: str, units: list[str], *, bare: bool) -> bool:
    if text == "auto":
        return "auto" in units
    match = re.fullmatch(rf"({_UNIT})([a-z%]*)", text)
    if match is None:
        return False
    return match[2] in units or (not match[2] and (bare or float(match[1]) == 0))
