"""Forced inversion: how programs that darken mails by themselves rewrite colours.

The lightness of a colour is turned over in CIE Lab while its hue stays, onto a dark grey instead of
black: the way of Outlook's editor (roosterjs, `getDarkColor`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: The lightness of the darkest ground, #1D1D1D.
_GROUND = 11.0
_WHITE = (0.95047, 1.0, 1.08883)
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
_NAMED = {"white": "#ffffff", "black": "#000000"}
_NAME = re.compile(r"\b(white|black)\b", re.IGNORECASE)

Turns = Callable[[str, float], bool]
"""Whether a colour is turned over: what it is for (`ink`, `ground`, `line`) and its lightness."""


def turn_colours(value: str, use: str, turns: Turns) -> str:
    """Return a CSS value with its colours turned over where `turns` says so."""
    named = _NAME.sub(lambda found: _NAMED[found.group(1).lower()], value)
    return _HEX.sub(lambda found: _turned(found.group(0), use, turns), named)


def every_colour(_use: str, _lightness: float) -> bool:
    """Turn everything: dark grounds become light again."""
    return True


def light_grounds_and_dark_inks(use: str, lightness: float) -> bool:
    """Turn only what would glare, and what could not be read once that is dark."""
    return lightness > 50 if use == "ground" else lightness < 50


def _turned(colour: str, use: str, turns: Turns) -> str:
    lightness, a, b = _lab(colour)
    if not turns(use, lightness):
        return colour
    return _colour(_GROUND + (100 - lightness) * (100 - _GROUND) / 100, a, b)


def _lab(colour: str) -> tuple[float, float, float]:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    x = 0.4124564 * red + 0.3575761 * green + 0.1804375 * blue
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = 0.0193339 * red + 0.1191920 * green + 0.9503041 * blue
    fx, fy, fz = (_root(each / white) for each, white in zip((x, y, z), _WHITE, strict=True))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _colour(lightness: float, a: float, b: float) -> str:
    fy = (lightness + 16) / 116
    x, y, z = (
        _cube(each) * white
        for each, white in zip((fy + a / 500, fy, fy - b / 200), _WHITE, strict=True)
    )
    red = 3.2404542 * x - 1.5371385 * y - 0.4985314 * z
    green = -0.9692660 * x + 1.8760108 * y + 0.0415560 * z
    blue = 0.0556434 * x - 0.2040259 * y + 1.0572252 * z
    return "#" + "".join(f"{round(255 * _gamma(each)):02x}" for each in (red, green, blue))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    inside = min(max(channel, 0.0), 1.0)
    return 12.92 * inside if inside <= 0.0031308 else 1.055 * inside ** (1 / 2.4) - 0.055


def _root(value: float) -> float:
    return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116


def _cube(value: float) -> float:
    return value**3 if value**3 > 0.008856 else (value - 16 / 116) / 7.787
