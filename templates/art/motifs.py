"""The drawings that the sample newsletter's pictures are made of, as pieces of SVG.

Every motif is drawn around its own centre for a disc of radius 84, in two colours: `ink` for the
thing itself, `spark` for what is special about it. Nothing holds a letter, so the pictures stand
beside every script; nothing holds a gradient, so they stay small and sharp.
"""

from __future__ import annotations

DEEP = "#0E3B2B"
GREEN = "#0A6B43"
MINT = "#BFE8D0"
LIME = "#C8F169"
CREAM = "#F6F1E6"
CORAL = "#FF7A59"
HONEY = "#FFC857"
INK = "#13201A"

#: Every colour there is, in the order of the palette.
COLOURS = (DEEP, GREEN, MINT, LIME, CREAM, CORAL, HONEY, INK)


def disc(x: float, y: float, radius: float, colour: str) -> str:
    """Return a full circle."""
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'


def bar(x: float, y: float, size: tuple[float, float], colour: str, round_by: float) -> str:
    """Return a rectangle of a width and a height, with round corners."""
    box = f'x="{x}" y="{y}" width="{size[0]}" height="{size[1]}" rx="{round_by}"'
    return f'<rect {box} fill="{colour}"/>'


def line(path: str, colour: str, width: float) -> str:
    """Return a stroke with round ends."""
    look = f'stroke="{colour}" stroke-width="{width}" stroke-linecap="round"'
    return f'<path d="{path}" fill="none" {look} stroke-linejoin="round"/>'


def shape(path: str, colour: str) -> str:
    """Return a filled path."""
    return f'<path d="{path}" fill="{colour}"/>'


def moved(x: float, y: float, inner: str, *, turn: float = 0, size: float = 1) -> str:
    """Return a drawing at another place, turned (degrees) and sized."""
    return f'<g transform="translate({x} {y}) rotate({turn}) scale({size})">{inner}</g>'


def play(ink: str, spark: str) -> str:
    """Channels: a clip that plays, and the waves of a live stream on either side of it."""
    triangle = "M-19 -31L33 0L-19 31Z"
    waves = line("M-48 -26A55 55 0 0 0 -48 26", spark, 9) + line(
        "M50 -26A55 55 0 0 1 50 26", spark, 9
    )
    return waves + shape(triangle, ink) + line(triangle, ink, 10)


def palm(ink: str, spark: str) -> str:
    """WeChat Pay: an open palm, and the signal that leaves it."""
    fingers = line("M-25 8V-34M-6 2V-50M13 2V-47M31 8V-31M-37 22L-50 4", ink, 15)
    hand = shape("M-32.5 -2H38.5V22A34 34 0 0 1 4 58C-16 58 -24 46 -33 34L-43 18Z", ink)
    signal = line("M-13 22A22 22 0 0 1 19 22", spark, 7) + line(
        "M-5 35A12 12 0 0 1 11 35", spark, 7
    )
    return fingers + hand + signal


def programs(ink: str, spark: str) -> str:
    """Mini Programs: four small apps, one of them in use."""
    corners = [(-47, -47, ink), (5, -47, ink), (-47, 5, ink)]
    apps = "".join(bar(x, y, (42, 42), colour, 13) for x, y, colour in corners)
    return apps + disc(26, 26, 23, spark)


def people(ink: str, spark: str) -> str:
    """WeCom: a customer, and somebody in front of them who answers."""
    behind = disc(25, -19, 19, spark) + shape("M-8 46A33 36 0 0 1 58 46Z", spark)
    before = disc(-19, -29, 23, ink) + shape("M-59 46A40 43 0 0 1 21 46Z", ink)
    return behind + before


def search(ink: str, spark: str) -> str:
    """Search: a lens over something that shines."""
    lens = f'<circle cx="-9" cy="-9" r="35" fill="none" stroke="{ink}" stroke-width="15"/>'
    return disc(-9, -9, 14, spark) + lens + line("M21 21L46 46", ink, 18)


def question(ink: str, spark: str) -> str:
    """Ask: a speech bubble with a question mark."""
    bubble = shape("M0 -56A52 52 0 1 1 -25 42L-50 50L-43 25A52 52 0 0 1 0 -56Z", ink)
    mark = line("M-16 -19A17 17 0 1 1 5 -2C0 1 0 5 0 10", spark, 11)
    return bubble + mark + disc(0, 27, 7.5, spark)


def coupon(ink: str, hole: str) -> str:
    """A coupon, its tear line, and what it is worth."""
    ticket = "M-56 -34H56V-15A15 15 0 0 0 56 15V34H-56V15A15 15 0 0 0 -56 -15Z"
    tear = f'<path d="M18 -27V27" stroke="{hole}" stroke-width="6" stroke-dasharray="7 8"/>'
    return shape(ticket, ink) + tear + disc(-19, 0, 13, hole)


def growth(low: str, high: str) -> str:
    """Five bars on the ground, each higher than the one before."""
    heights = (22, 36, 50, 68, 92)
    return "".join(
        bar(-82 + 34 * n, -height, (26, height + 9), high if n == 4 else low, 7)
        for n, height in enumerate(heights)
    )


def stars(colour: str, columns: int, rows: int, step: float, radius: float) -> str:
    """Return a field of dots, centred."""
    return "".join(
        disc((column - (columns - 1) / 2) * step, (row - (rows - 1) / 2) * step, radius, colour)
        for column in range(columns)
        for row in range(rows)
    )
