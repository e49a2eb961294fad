"""Character references: each names a character that a mail may hold.

`&nbps;` is a slip that every reader would see, `&#0;` is a control character through the back
door. A plain `&` is fine where it can be nothing else, and is written as `&amp;`, because some
programs guess: `?a=1&copy=2` must not become a ©.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from html.entities import html5

#: Control characters, lone surrogates: no mail and no compiler takes them.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_REFERENCE = re.compile(
    r"&(?:#(?:[xX](?P<hex>[0-9a-fA-F]*)|(?P<decimal>[0-9]*))|(?P<name>[A-Za-z][A-Za-z0-9]*))"
    r"(?P<end>;?)"
)
_PLAIN = re.compile(r"&(?!#[xX]?[0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)")
#: Names that browsers read without their semicolon too.
_LAX = frozenset(name for name in html5 if not name.endswith(";"))


@lru_cache(maxsize=1024)
def fault(text: str, *, in_attribute: bool = False) -> tuple[str, str, str]:
    """Return what is wrong with a text's references: (what, hint, the place), or three times ""."""
    for found in _REFERENCE.finditer(text):
        name = found["name"]
        if name is None:
            problem = _number(found)
        elif found["end"]:
            problem = _name(name)
        else:
            # In an address `&copy=2` is no reference, and neither is the & of AT&T.
            lax = name in _LAX and not in_attribute
            problem = (f"'&{name}' lacks its semicolon", _lax(name)) if lax else ("", "")
        if problem[0]:
            return *problem, found[0]
    return "", "", ""


def _number(found: re.Match[str]) -> tuple[str, str]:
    digits = found["hex"] or found["decimal"]
    if not digits or not found["end"]:
        return f"'{found[0]}' is no character reference", "Write it as &#8230; or &#x2026;."
    code = int(digits, 16 if found["hex"] else 10) if len(digits) < 9 else 0x110000
    if code > 0x10FFFF or CONTROL.match(chr(code)):
        return f"'{found[0][:20]}' is no character that can be mailed", "Delete it."
    return "", ""


def _name(name: str) -> tuple[str, str]:
    if f"{name};" in html5:
        return "", ""
    near = get_close_matches(f"{name};", html5, n=1)
    hint = f"Did you mean &{near[0]}?" if near else "Write &amp; for a plain &."
    return f"HTML knows no '&{name};'", hint


def _lax(name: str) -> str:
    return f"Write &{name};, or &amp; for a plain &."


def plain_ampersands(text: str) -> str:
    """Return a text with `&amp;` for each `&` that begins no reference."""
    return _PLAIN.sub("&amp;", text) if "&" in text else text
