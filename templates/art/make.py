"""Draws the sample newsletter's pictures: `python templates/art/make.py [FOLDER]`.

SVG of our own, rendered at twice the size that is shown, snapped to one small palette and written
as PNG. The same bytes come out on every machine: no fonts and no gradients are drawn, blends
between two colours are snapped to few steps, so that a renderer's last bit does not count, and
the packing is zopfli's rather than that of whatever zlib the machine has.

Needs the development tools (`resvg-py`, `pillow`, `zopfli`); a test compares the result with what
is in `content/open-class/assets/`.
"""

from __future__ import annotations

import struct
import sys
from io import BytesIO
from itertools import combinations
from pathlib import Path
from zlib import crc32

import motifs
from motifs import (
    COLOURS,
    CORAL,
    CREAM,
    DEEP,
    GREEN,
    HONEY,
    LIME,
    MINT,
    bar,
    disc,
    moved,
    shape,
)

ASSETS = Path(__file__).resolve().parents[2] / "content" / "open-class" / "assets"
#: Of an icon, in its file's pixels: 56 are shown.
SIDE = 112
#: The hero is five waves wide; `REACH` is half of one.
WAVES, REACH = 5, 128
WIDTH, HEIGHT, MIDDLE = 2 * REACH * WAVES, 456, 222
#: Red, green, blue, and how much of it covers what lies below; 0 to 255.
Shade = tuple[int, int, int, int]
#: How many shades lie between two colours that touch.
STEPS = 4


def hero() -> str:
    """Return the picture at the top: one ribbon that runs past five products.

    It swings over the first, under the second and so on, and parts the night above (the evening
    of the class) from the ground below (where readers put it to use).
    """
    night = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{DEEP}"/>'
    ground = shape(_wave(0) + f"V{HEIGHT}H0Z", GREEN)
    stripes = "".join(
        f'<path d="{_wave(offset)}" fill="none" stroke="{colour}" stroke-width="20.5"/>'
        for offset, colour in ((20, LIME), (0, CREAM), (-20, CORAL))
    )
    return _svg(WIDTH, HEIGHT, night + ground + _surroundings() + stripes + _stations())


def _wave(offset: float, reach: float = REACH, middle: float = MIDDLE) -> str:
    """Return the ribbon's path: `offset` further out where it swings over, further in under."""
    path = f"M{-2 * reach + offset} {middle}"
    for n in range(-1, WAVES + 1):
        out = offset if n % 2 == 0 else -offset
        path += f"A{reach + out} {reach + out} 0 0 {1 - n % 2} {2 * reach * (n + 1) + out} {middle}"
    return path


def _stations() -> str:
    """Return the five products on the ribbon, in the order of the sections."""
    drawn = (
        (LIME, motifs.play(DEEP, GREEN)),
        (MINT, motifs.palm(DEEP, LIME)),
        (CORAL, motifs.programs(CREAM, DEEP)),
        (CREAM, motifs.people(DEEP, CORAL)),
        (HONEY, motifs.search(DEEP, CORAL)),
    )
    return "".join(
        moved(REACH * (2 * n + 1), MIDDLE, disc(0, 0, 87, colour) + motif)
        for n, (colour, motif) in enumerate(drawn)
    )


def _surroundings() -> str:
    """Return what stands beside the ribbon: growth, stars, a coupon, a question, a sunrise."""
    sunrise = disc(0, 0, 92, CORAL) + disc(0, 0, 62, HONEY) + disc(0, 0, 32, CREAM)
    return (
        moved(128, HEIGHT, motifs.growth(MINT, LIME))
        + moved(384, 50, motifs.stars(MINT, 7, 3, 27, 4.5))
        + moved(640, 402, motifs.coupon(LIME, GREEN), turn=-8, size=1.1)
        + moved(896, 58, motifs.question(LIME, DEEP), size=0.84)
        + moved(1152, HEIGHT, sunrise)
    )


def icons() -> dict[str, str]:
    """Return the small pictures: each on a ground of its own, so good on any other."""
    drawn = {
        "channels": (LIME, motifs.play(DEEP, GREEN)),
        "pay": (MINT, motifs.palm(DEEP, LIME)),
        "mini-programs": (CORAL, motifs.programs(CREAM, DEEP)),
        "wecom": (DEEP, motifs.people(CREAM, CORAL)),
        "search": (HONEY, motifs.search(DEEP, CORAL)),
        "ask": (GREEN, motifs.question(CREAM, GREEN)),
    }
    tiles = {
        name: bar(0, 0, (SIDE, SIDE), colour, 28) + moved(SIDE / 2, SIDE / 2, motif, size=0.68)
        for name, (colour, motif) in drawn.items()
    }
    tiles["logo"] = _logo()
    return {name: _svg(SIDE, SIDE, tile) for name, tile in tiles.items()}


def _logo() -> str:
    """Return one swing of the ribbon, cut to a tile."""
    corners = f'<clipPath id="tile">{bar(0, 0, (SIDE, SIDE), DEEP, 28)}</clipPath>'
    swings = "".join(
        f'<path d="{_wave(offset, SIDE / 4, SIDE / 2)}" fill="none" stroke="{colour}" '
        'stroke-width="11.2"/>'
        for offset, colour in ((11, LIME), (0, CREAM), (-11, CORAL))
    )
    return f'{corners}<g clip-path="url(#tile)">{bar(0, 0, (SIDE, SIDE), DEEP, 0)}{swings}</g>'


def _svg(width: int, height: int, inner: str) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inner}</svg>'


def png(svg: str) -> bytes:
    """Return a drawing as a PNG with a palette."""
    # Development tools: whoever sends a newsletter has none of them.
    from PIL import Image
    from resvg_py import svg_to_bytes

    drawn = Image.open(BytesIO(bytes(svg_to_bytes(svg_string=svg, skip_system_fonts=True))))
    raw = drawn.convert("RGBA").tobytes()
    pixels = [tuple(raw[place : place + 4]) for place in range(0, len(raw), 4)]
    shades = _shades()
    nearest = {pixel: min(shades, key=lambda shade: _far(shade, pixel)) for pixel in set(pixels)}
    used = sorted(set(nearest.values()), key=shades.index)
    places = {pixel: used.index(shade) for pixel, shade in nearest.items()}
    return _packed(drawn.width, drawn.height, bytes(places[pixel] for pixel in pixels), used)


def _shades() -> list[Shade]:
    """Return every colour that a picture may hold: see-through ones first, as PNG likes them."""
    solid = [_rgb(colour) for colour in COLOURS]
    clear = [(0, 0, 0, 0)]
    edges = [(*each, 255 * step // STEPS) for each in solid for step in range(1, STEPS)]
    blends = [
        (
            *(
                (one * (STEPS - step) + other * step) // STEPS
                for one, other in zip(*pair, strict=True)
            ),
            255,
        )
        for pair in combinations(solid, 2)
        for step in range(1, STEPS)
    ]
    return [*clear, *edges, *((*each, 255) for each in solid), *blends]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _far(one: Shade, other: Shade) -> int:
    """Return how unlike two shades are; what cannot be seen through weighs little."""
    colour = sum((a - b) ** 2 for a, b in zip(one[:3], other[:3], strict=True))
    return colour * other[3] // 255 + 3 * (one[3] - other[3]) ** 2


def _packed(width: int, height: int, places: bytes, used: list[Shade]) -> bytes:
    """Return the bytes of a PNG (ISO 15948): header, palette, transparency, packed rows."""
    from zopfli.zlib import compress

    rows = b"".join(b"\0" + places[row * width : (row + 1) * width] for row in range(height))
    seen_through = bytes(shade[3] for shade in used if shade[3] < 255)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))
        for name, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(bytes(shade[:3]) for shade in used)),
            (b"tRNS", seen_through),
            (b"IDAT", compress(rows)),
            (b"IEND", b""),
        )
        if data or name == b"IEND"
    )


def main(folder: Path) -> None:
    """Write `hero.png` and one file an icon."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in {"hero": hero(), **icons()}.items():
        written = png(svg)
        (folder / f"{name}.png").write_bytes(written)
        sys.stdout.write(f"{name}.png {len(written):,} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ASSETS)
