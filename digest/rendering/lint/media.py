"""Media queries, asked for a phone with a screen in light or in dark.

Only what decides about colours is told apart; a query that is not understood does not hold.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: The phone that the mail is drawn for; inline values are its own.
_PHONE_WIDTH = 375

_FEATURE = re.compile(r"\(\s*(?P<name>[a-z-]+)\s*(?::\s*(?P<value>[^()]*?)\s*)?\)")
_PIXELS = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)px")


@lru_cache(maxsize=512)
def holds(query: str, scheme: str) -> bool:
    """Return whether a media query list holds; `scheme` is "light" or "dark"."""
    ways = query.lower().split(",")
    return not query.strip() or any(_way_holds(way.strip(), scheme) for way in ways)


def is_about_schemes(query: str) -> bool:
    """Return whether a query asks for light or dark."""
    return "prefers-color-scheme" in query.lower()


def _way_holds(way: str, scheme: str) -> bool:
    no = way.startswith("not ")
    kind = way.removeprefix("not ").removeprefix("only ").split("(")[0].split(" and")[0].strip()
    met = kind in ("", "all", "screen") and all(
        _feature_holds(each["name"], each["value"] or "", scheme) for each in _FEATURE.finditer(way)
    )
    return met != no


def _feature_holds(name: str, value: str, scheme: str) -> bool:
    if name == "prefers-color-scheme":
        return value == scheme
    if name in ("min-width", "max-width"):
        pixels = _PIXELS.fullmatch(value)
        if pixels is None:
            return False
        width = float(pixels[1])
        return width <= _PHONE_WIDTH if name == "min-width" else width >= _PHONE_WIDTH
    return False
