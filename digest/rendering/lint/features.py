"""Features of HTML and CSS outside the allow-list (`allowance`), by what caniemail has tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.active import FORBIDDEN
from digest.rendering.lint.allowance import (
    PLAIN_PROPERTIES,
    PLAIN_TAGS,
    VENDOR_PREFIXES,
    Grade,
    support,
)
from digest.rendering.lint.css import Declaration, read_declarations, read_sheet
from digest.rendering.lint.mail import Mail

UNSUPPORTED = CheckRule(
    id="unsupported-feature",
    level=Level.WARNING,
    what="a feature that some mail client fails and that is no allowed enhancement",
    why="for the readers of that client the mail falls apart, or a part of it is missing",
    mend="Do it with tables and plain colours; caniemail.com says who supports what.",
)
UNKNOWN = CheckRule(
    id="unknown-feature",
    level=Level.WARNING,
    what="an element or a property of CSS that no mail client is known to support",
    why="it is mistyped, or too new: nobody sees what it was meant for",
    mend="Look for a slip of the pen, or do without it.",
)
RULES = (UNSUPPORTED, UNKNOWN)

_FUNCTION = re.compile(r"([a-z-]{1,40})\(")
_UNIT = re.compile(r"\d([a-z]{1,4}|%)(?![a-z])")
_PSEUDO = re.compile(r"(?<![:\\])::?[a-z-]{2,40}")
_MEDIA = re.compile(r"\(\s*([a-z-]{1,40})")
_EXTENSION = re.compile(r"(\.[a-z0-9]{2,5})(?:[?#]|$)")


def check(mail: Mail) -> Iterator[Finding]:
    """Yield the features outside the allow-list, each once."""
    known = support()
    for sign, where in _signs(mail).items():
        feature = known.signs.get(sign)
        if feature is None:
            yield from _unknown(mail, sign, where)
        elif known.grade(feature) is Grade.FORBIDDEN:
            clients = known.failing(feature)
            more = f" and {len(clients) - 3} more" if len(clients) > 3 else ""
            what = f"{sign} {where} is not supported by {', '.join(clients[:3])}{more}"
            hint = f"{UNSUPPORTED.mend} See https://www.caniemail.com/features/{feature}/."
            yield mail.noticed(UNSUPPORTED, what, hint=hint)


def _unknown(mail: Mail, sign: str, where: str) -> Iterator[Finding]:
    """Yield a finding for a tag or property that nobody knows; of the rest, nobody knows all."""
    if sign.startswith("<"):
        told = sign[1:-1] in PLAIN_TAGS or sign[1:-1] in FORBIDDEN
    else:
        told = sign in PLAIN_PROPERTIES or sign.startswith(VENDOR_PREFIXES)
        told = told or not sign.removeprefix("@").replace("-", "").isalpha()
    if not told:
        yield mail.noticed(UNKNOWN, f"{sign} {where} is not known".replace("  ", " "))


def _signs(mail: Mail) -> dict[str, str]:
    """Return what features are recognised by -> where it was first seen."""
    found: dict[str, str] = {}
    for element in mail.html.elements:
        found.setdefault(f"<{element.tag}>", "")
        for name, value in element.attributes.items():
            found.setdefault(f"[{name}]", f"on <{element.tag}>")
            if name == "style":
                for sign in style_signs(value):
                    found.setdefault(sign, f"on <{element.tag}>")
        if element.tag in ("img", "meta"):
            for sign in special_signs(element.tag, element.attributes):
                found.setdefault(sign, f"on <{element.tag}>")
    for _, css in mail.html.styles:
        for sign in sheet_signs(css):
            found.setdefault(sign, "in a style element")
    return found


def special_signs(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    """Yield what features a meta element or a picture is recognised by."""
    if tag == "meta":
        yield f"meta[{attributes.get('name', '').lower()}]"
    elif match := _EXTENSION.search(attributes.get("src", "").lower()[-40:]):
        yield match[1]


@lru_cache(maxsize=4096)  # a mail repeats the same few styles over and over
def style_signs(style: str) -> tuple[str, ...]:
    """Return what features a style attribute is recognised by."""
    signs = (sign for each in read_declarations(style) for sign in _declaration_signs(each))
    return tuple(dict.fromkeys(signs))


@lru_cache(maxsize=64)  # the editions of a language share their style elements
def sheet_signs(css: str) -> tuple[str, ...]:
    """Return what features a style element is recognised by."""
    sheet = read_sheet(css)
    found: dict[str, None] = {}
    for statement in sheet.statements:
        found.setdefault(statement.partition(" ")[0].lower())
    for block in sheet.blocks:
        prelude = block.prelude.lower()
        if prelude.startswith("@"):
            name = re.split(r"[\s(]", prelude, maxsplit=1)[0]
            found.setdefault(name)
            found.update(dict.fromkeys(f"{name}({each})" for each in _MEDIA.findall(prelude)))
        else:
            found.update(dict.fromkeys(_PSEUDO.findall(prelude)))
        for each in block.declarations:
            found.update(dict.fromkeys(_declaration_signs(each)))
    return tuple(found)


def _declaration_signs(declaration: Declaration) -> Iterator[str]:
    name, value = declaration.name, declaration.value.lower()
    yield name
    if name == "display":
        yield f"display:{value}"
    if "(" in value:
        yield from (f"{each}()" for each in _FUNCTION.findall(value))
    if value == "initial":
        yield value
    if "#" not in value and "url(" not in value:
        yield from (f"1{each}" for each in _UNIT.findall(value))
