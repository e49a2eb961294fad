"""Colours as CSS writes them, and the contrast between two (WCAG 2.2, section 1.4.3).

What cannot be told (a variable, a system colour, a newer colour space) is None: nothing is guessed.
"""

from __future__ import annotations

import re
from colorsys import hls_to_rgb
from functools import lru_cache
from typing import NamedTuple

_FUNCTION = re.compile(r"(?P<name>rgba?|hsla?)\(\s*(?P<inside>[^()]*?)\s*\)")
_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_NUMBER = re.compile(r"(?P<value>[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))(?P<unit>%|deg)?")

_NAMED = """
aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc
bisque ffe4c4 black 000000 blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a
burlywood deb887 cadetblue 5f9ea0 chartreuse 7fff00 chocolate d2691e coral ff7f50
cornflowerblue 6495ed cornsilk fff8dc crimson dc143c cyan 00ffff darkblue 00008b darkcyan 008b8b
darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey a9a9a9 darkkhaki bdb76b
darkmagenta 8b008b darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000
darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f
darkslategrey 2f4f4f darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff
dimgray 696969 dimgrey 696969 dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0
forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc ghostwhite f8f8ff gold ffd700 goldenrod daa520
gray 808080 green 008000 greenyellow adff2f grey 808080 honeydew f0fff0 hotpink ff69b4
indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa lavenderblush fff0f5
lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan e0ffff
lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1
lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899
lightslategrey 778899 lightsteelblue b0c4de lightyellow ffffe0 lime 00ff00 limegreen 32cd32
linen faf0e6 magenta ff00ff maroon 800000 mediumaquamarine 66cdaa mediumblue 0000cd
mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee
mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 midnightblue 191970
mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead navy 000080 oldlace fdf5e6
olive 808000 olivedrab 6b8e23 orange ffa500 orangered ff4500 orchid da70d6 palegoldenrod eee8aa
palegreen 98fb98 paleturquoise afeeee palevioletred db7093 papayawhip ffefd5 peachpuff ffdab9
peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 purple 800080 rebeccapurple 663399
red ff0000 rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460
seagreen 2e8b57 seashell fff5ee sienna a0522d silver c0c0c0 skyblue 87ceeb slateblue 6a5acd
slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f steelblue 4682b4 tan d2b48c
teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee wheat f5deb3 white ffffff
whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32
"""
_WORDS = _NAMED.split()
_BY_NAME = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))


class Colour(NamedTuple):
    """Red, green and blue from 0 to 255, and how opaque it is, from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def __str__(self) -> str:
        """Return `#RRGGBB`."""
        return "#" + "".join(f"{round(part):02X}" for part in self[:3])

    def over(self, other: Colour) -> Colour:
        """Return what is seen where this one lies on an opaque one."""
        return self.faded(self.alpha, other)

    def faded(self, share: float, other: Colour) -> Colour:
        """Return the mixture of a share of this one, and the rest of the other."""
        rest = 1 - share
        return Colour(
            share * self.red + rest * other.red,
            share * self.green + rest * other.green,
            share * self.blue + rest * other.blue,
        )


TRANSPARENT = Colour(0, 0, 0, 0)
WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)


@lru_cache(maxsize=1024)
def parse_colour(text: str) -> Colour | None:
    """Return the colour that a CSS value names, None where it names none that is known."""
    value = text.strip().lower()
    if value == "transparent":
        return TRANSPARENT
    if value in _BY_NAME:
        value = f"#{_BY_NAME[value]}"
    if _HEX.fullmatch(value):
        return _of_hex(value[1:])
    match = _FUNCTION.fullmatch(value)
    return _of_function(match["name"], match["inside"]) if match else None


def attribute_colour(text: str) -> Colour | None:
    """Return the colour of a `bgcolor` or `color` attribute, which may lack its `#`."""
    value = text.strip().lower()
    return parse_colour(value) or parse_colour(f"#{value}")


@lru_cache(maxsize=4096)
def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two opaque colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _of_hex(digits: str) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[place : place + 2], 16) for place in range(0, len(digits), 2)]
    return Colour(parts[0], parts[1], parts[2], parts[3] / 255 if len(parts) > 3 else 1.0)


def _of_function(name: str, inside: str) -> Colour | None:
    matches = [_NUMBER.fullmatch(each) for each in re.split(r"[\s,/]+", inside)]
    read = [(float(each["value"]), each["unit"] or "") for each in matches if each]
    if len(read) != len(matches) or len(read) not in (3, 4):
        return None
    alpha = _share(*read[3], whole=1) if len(read) == 4 else 1.0
    if name.startswith("rgb"):
        red, green, blue = (_share(*each, whole=255) * 255 for each in read[:3])
        return Colour(red, green, blue, alpha)
    hue, saturation, light = read[0][0] % 360 / 360, read[1][0] / 100, read[2][0] / 100
    parts = hls_to_rgb(hue, min(max(light, 0.0), 1.0), min(max(saturation, 0.0), 1.0))
    return Colour(parts[0] * 255, parts[1] * 255, parts[2] * 255, alpha)


def _share(value: float, unit: str, *, whole: float) -> float:
    return min(max(value / (100 if unit == "%" else whole), 0.0), 1.0)
