"""The components that a template may use, and the values that their attributes take.

`schema.json` is MJML 5.4.1's own table, without what MRML 6.0.1 cannot do or no mail should hold
(`docs/mjml.md` names each). A kind of value is written as MJML writes it, such as
`unit(px,%){1,4}`; `border`, `weight`, `css` and `address` are stricter than MJML's `string`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from typing import TypedDict

#: No length in a mail is longer; a number beyond it is a slip, and may be too big for the compiler.
MAX_LENGTH = 10_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBER = r"(?:[0-9]{1,5}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})"
_KIND = re.compile(r"(?P<name>\w+)(?:\((?P<options>.*)\))?(?:\{1,(?P<most>\d)\})?")
_CSS = re.compile(r"(?:[^;{}<>\"'\\]|\"[^;{}<>\"\\]*\"|'[^;{}<>'\\]*')+")
_ADDRESS = re.compile(r"\S+(?: \S+)*")
_PART = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB = re.compile(rf"rgba?\({_PART}(?:, ?{_PART}){{2}}(?:, ?(?:0|1|[01]?\.[0-9]{{1,3}}))?\)")
_LINES = _words("none hidden dotted dashed solid double groove ridge inset outset")
_WEIGHTS = _words("normal bold bolder lighter 100 200 300 400 500 600 700 800 900")
#: Colours by name (CSS Color 4, section 6.1) and the words that mean none or the surrounding one.
_COLOURS = _words(
    """aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue
    blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson
    cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta
    darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue
    darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey
    dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
    green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
    lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen
    lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey
    lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip
    peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown
    salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow
    springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow
    yellowgreen transparent inherit"""
)


class Component(TypedDict):
    """What `schema.json` says of one component."""

    attributes: dict[str, str]
    needs: list[str]
    """Attributes that it cannot be without."""
    children: list[str]
    once: bool
    """True: it stands at most once in its parent."""
    holds: str
    """`tags`, `html`, `css`, `text` or `nothing`."""


@cache
def schema() -> dict[str, Component]:
    """Return the components that may be used, by name."""
    text = resources.files("digest.rendering").joinpath("schema.json").read_text("utf-8")
    known: dict[str, Component] = json.loads(text)
    return known


@cache
def attributes_of(name: str) -> Mapping[str, str]:
    """Return the kinds of a component's attributes; of `mj-all` and `mj-class`, everybody's."""
    known = schema()
    if name in ("mj-all", "mj-class"):
        every = {key: kind for each in known.values() for key, kind in each["attributes"].items()}
        return every | ({"name": "name", "css-class": "string"} if name == "mj-class" else {})
    return known[name]["attributes"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value, read from the schema's way of writing it."""

    name: str
    options: tuple[str, ...]
    most: int

    def fits(self, value: str) -> bool:
        """Return whether a value is of this kind."""
        match self.name:
            case "enum":
                return value in self.options
            case "unit" | "unitWithNegative":
                parts = value.split()
                return 1 <= len(parts) <= self.most and all(map(self._measures, parts))
            case "border":
                return _is_border(value)
            case _:
                return self.name == "string" or bool(_SIMPLE[self.name](value))

    def _measures(self, text: str) -> bool:
        if text == "auto":
            return "auto" in self.options
        sign = "-?" if self.name == "unitWithNegative" else ""
        match = re.fullmatch(rf"{sign}({_NUMBER})([a-z%]*)", text)
        if match is None or float(match[1]) > MAX_LENGTH:
            return False
        bare = "" in self.options or float(match[1]) == 0
        return match[2] in self.options if match[2] else bare

    def __str__(self) -> str:
        """Return what is expected, in words."""
        if self.name == "enum":
            return " or ".join(option for option in self.options if option)
        if self.name in ("unit", "unitWithNegative"):
            units = " or ".join(unit or "no unit" for unit in self.options)
            many = f"one to {self.most} lengths" if self.most > 1 else "a length"
            return f"{many} in {units}"
        return _WORDS.get(self.name, "a text")

    def near(self, value: str) -> str:
        """Return what an author may have meant, or ""."""
        unit = self.options[0] if self.options else ""
        candidates = [f"#{value}", value.rstrip(";"), value.lower(), "".join(value.split())]
        if self.name in ("unit", "unitWithNegative"):
            candidates = [" ".join(each.rstrip(";,") for each in value.split()), *candidates]
            candidates += [" ".join(_with_unit(each, unit) for each in value.split())]
        if found := next((each for each in candidates if self.fits(each)), None):
            return found
        words = self.options if self.name == "enum" else _COLOURS if self.name == "color" else ()
        return next(iter(get_close_matches(value, sorted(filter(None, words)), n=1)), "")


def _with_unit(text: str, unit: str) -> str:
    return text + unit if re.fullmatch(r"-?[0-9.]+", text) else text


def _is_colour(value: str) -> bool:
    lower = value.lower()
    return lower in _COLOURS or bool(_HEX.fullmatch(lower) or _RGB.fullmatch(lower))


def _is_border(value: str) -> bool:
    """Return whether a value is `none`, 0, or a width, a style and a colour."""
    width, *rest = re.sub(r"\([^)]*\)", lambda found: found[0].replace(" ", ""), value).split()
    if not rest:
        return width in ("none", "0", "0px", "inherit")
    lines = [each for each in rest if each in _LINES]
    colours = [each for each in rest if each not in lines]
    fine = re.fullmatch(rf"{_NUMBER}px|0|thin|medium|thick", width) is not None
    return fine and len(lines) == 1 and len(colours) <= 1 and all(map(_is_colour, colours))


def _is_css(value: str) -> bool:
    return bool(_CSS.fullmatch(value)) and value.count("(") == value.count(")")


_SIMPLE: dict[str, Callable[[str], object]] = {
    "css": _is_css,
    "address": _ADDRESS.fullmatch,
    "name": re.compile(r"[A-Za-z_][\w-]*").fullmatch,
    "names": re.compile(r"[A-Za-z_][\w-]*(?: [A-Za-z_][\w-]*)*").fullmatch,
    "language": re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*").fullmatch,
    "color": _is_colour,
    "integer": re.compile(r"[0-9]{1,4}").fullmatch,
    "boolean": ("true", "false").__contains__,
    "weight": _WEIGHTS.__contains__,
}
_WORDS = {
    "css": "a value without ; { } or an open quote",
    "address": "an address without spaces around it",
    "name": "one name of letters, digits and -",
    "names": "names of letters, digits and -, with spaces between them",
    "language": "a language tag, such as en or zh-Hans",
    "color": "a colour, such as #1B2620, rgb(1, 2, 3) or white",
    "integer": "a whole number",
    "boolean": "true or false",
    "weight": "normal, bold, or 100 to 900",
    "border": "none, or a width, a style and a colour, such as 1px solid #1B2620",
}


@cache
def kind_of(written: str) -> Kind:
    """Return a kind from the way in which the schema writes it."""
    match = _KIND.fullmatch(written)
    assert match, written
    options = tuple(match["options"].split(",")) if match["options"] is not None else ()
    return Kind(match["name"], options, int(match["most"] or 1))


@lru_cache(maxsize=4096)  # a mail repeats the same few values over and over
def settled(value: str, written: str) -> str | None:
    """Return a value as the compiler is to see it, or None when it is not of the kind.

    White space around it goes; a colour of three digits gets its six, because Outlook reads
    `bgcolor="#abc"` as something else.
    """
    if written in ("string", "address"):
        return value if kind_of(written).fits(value) else None
    flat = " ".join(value.split())
    if not (flat or "" in kind_of(written).options) or not kind_of(written).fits(flat):
        return None
    if written == "color" and len(flat) == 4 and flat.startswith("#"):
        return "#" + "".join(digit * 2 for digit in flat[1:])
    return flat
