"""How an element comes to look, from what it inherits, what it is and what was declared for it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from digest.rendering.lint.colour import (
    BLACK,
    TRANSPARENT,
    WHITE,
    Colour,
    attribute_colour,
    parse_colour,
)
from digest.rendering.lint.tree import Element

_LINK = Colour(0, 0, 238)
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83, "big": 1.2}
_NAMED_SIZES = {"small": 13.0, "x-small": 10.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}
_BOLD = frozenset(("b", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "th"))
_LENGTH = re.compile(r"(?P<number>\d{1,5}(?:\.\d{1,5})?|\.\d{1,5})(?P<unit>px|pt|em|rem|%)?")
_TOKEN = re.compile(r"[a-zA-Z-]+\([^()]*\)|[^\s,/()]+")
_KEPT = ("inherit", "unset", "currentcolor", "revert")


class Look(NamedTuple):
    """What decides whether words in an element can be read."""

    ink: Colour | None
    """None: cannot be known."""
    paper: Colour | None
    """What lies behind the words, opaque."""
    own: Colour | None
    """The element's own background, which a child may `inherit`."""
    size: float
    """In pixels."""
    bold: bool
    hidden: bool
    fades: tuple[tuple[float, Colour | None], ...]
    """How opaque it and what is around it are, each with the paper beneath."""
    follows: bool
    """Whether the page follows the reader's scheme where nothing was said (dark only)."""


def canvas(scheme: str) -> Look:
    """Return the look around a mail. In dark nobody knows it: each client has its own."""
    known = scheme == "light"
    paper, ink = (WHITE, BLACK) if known else (None, None)
    return Look(ink, paper, TRANSPARENT, 16.0, False, False, (), not known)


def look_of(element: Element, values: dict[str, str], parent: Look, *, closed: bool) -> Look:
    """Return an element's look."""
    own = _own(element, values, parent)
    paper = _paper(own, parent.paper)
    return Look(
        ink=_ink(element, values, parent),
        paper=paper,
        own=own,
        size=_size(values.get("font-size", ""), element.tag, parent.size),
        bold=_bold(values.get("font-weight", ""), element.tag, inherited=parent.bold),
        hidden=closed or parent.hidden or _hides(values),
        fades=_fades(values.get("opacity", ""), parent),
        follows=parent.follows,
    )


def _ink(element: Element, values: dict[str, str], parent: Look) -> Colour | None:
    value = values.get("color", "").lower()
    if value:
        return parent.ink if value in _KEPT else parse_colour(value)
    if element.tag == "a" and "href" in element.attributes:
        return None if parent.follows else _LINK
    if element.tag == "mark":
        return BLACK
    named = {"font": "color", "body": "text"}.get(element.tag, "")
    if named and named in element.attributes:
        return attribute_colour(element.attributes[named])
    return parent.ink


def _own(element: Element, values: dict[str, str], parent: Look) -> Colour | None:
    image = values.get("background-image", "").lower()
    if "url(" in image or "gradient(" in image or "background" in element.attributes:
        return None
    value = values.get("background-color", "").lower()
    if value == "inherit":
        return parent.own
    if value:
        return _painted(value)
    if "bgcolor" in element.attributes:
        return attribute_colour(element.attributes["bgcolor"])
    return parse_colour("yellow") if element.tag == "mark" else TRANSPARENT


@lru_cache(maxsize=1024)
def _painted(value: str) -> Colour | None:
    """Return the colour in a `background`; none in it is transparent, an unknown one is None."""
    if "var(" in value or "light-dark(" in value:
        return None
    read = [colour for word in _TOKEN.findall(value) if (colour := parse_colour(word))]
    if read:
        return read[-1]
    known = ("none", "initial", "unset", "transparent", "0", "no-repeat", "repeat", "center")
    return TRANSPARENT if all(word in known for word in _TOKEN.findall(value)) else None


def _paper(own: Colour | None, beneath: Colour | None) -> Colour | None:
    if own is None or own.alpha == 1:
        return own
    if own.alpha == 0:
        return beneath
    return own.over(beneath) if beneath else None


@lru_cache(maxsize=1024)
def _size(value: str, tag: str, inherited: float) -> float:
    match = _LENGTH.fullmatch(value.strip().lower())
    if match is None:
        known = _NAMED_SIZES.get(value.strip().lower())
        return known if known else inherited * (_SIZES.get(tag, 1.0) if not value else 1.0)
    number = float(match["number"])
    factor = {"pt": 4 / 3, "em": inherited, "rem": 16.0, "%": inherited / 100}
    return min(number * factor.get(match["unit"] or "px", 1.0), 1000.0)


def _bold(value: str, tag: str, *, inherited: bool) -> bool:
    word = value.strip().lower()
    if word in ("bold", "bolder"):
        return True
    if word.isdecimal():
        return len(word) < 5 and int(word) >= 700
    return tag in _BOLD or inherited if not word or word in _KEPT else False


def _hides(values: dict[str, str]) -> bool:
    height = values.get("max-height", values.get("height", ""))
    return (
        values.get("display", "") == "none"
        or values.get("visibility", "") == "hidden"
        or values.get("opacity", "") in ("0", "0%")
        or (height in ("0", "0px") and values.get("overflow", "") == "hidden")
    )


def _fades(value: str, parent: Look) -> tuple[tuple[float, Colour | None], ...]:
    match = _LENGTH.fullmatch(value.strip())
    if match is None:
        return parent.fades
    share = min(float(match["number"]) / (100 if match["unit"] == "%" else 1), 1.0)
    if share == 1.0 or len(parent.fades) > 20:
        return parent.fades
    return ((share, parent.paper), *parent.fades)
