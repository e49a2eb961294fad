"""How a figure is shown: its number large and apart from its unit, and a factor as two bars.

Nothing is ever reckoned that the figure does not say: a factor such as `17×` says that there was 1
before and is 17 now, and that is all that two bars show.
"""

from __future__ import annotations

import re
from math import inf

from digest.model.issue import Figure
from digest.rendering.view import BarsView, FigureView
from digest.rendering.wrapping import cells, one_line

_FIGURE = re.compile(r"(?P<number>.*\d)(?P<unit>[^\d]*)")
_FACTORS = ("×", "x", "倍")
#: Pixels on a phone's tile: a digit, a point or comma, a narrow character of the unit; the room.
_DIGIT, _POINT, _LETTER, _ROOM = 23, 11, 10, 130
#: A bar that is shorter than this cannot be seen.
_SHORTEST = 1


def figure_view(figure: Figure, lang: str) -> FigureView:
    """Return a figure as templates show it; `lang` is its language where it is not the mail's."""
    text = one_line(figure.text)
    match = _FIGURE.fullmatch(text)
    number, unit = (match["number"], match["unit"]) if match else (text, "")
    return FigureView(
        text=text,
        number=number,
        unit=unit,
        beside=not unit or _width(number, unit) <= _ROOM,
        label=one_line(figure.label),
        settled=figure.settled,
        bars=_bars(figure),
        lang=lang,
    )


def _width(number: str, unit: str) -> int:
    points = sum(map(number.count, ".,"))
    return (cells(number) - points) * _DIGIT + points * _POINT + cells(unit) * _LETTER


def _bars(figure: Figure) -> BarsView | None:
    if figure.unit not in _FACTORS or not 0 < figure.number < inf:
        return None
    longer = max(1, figure.number)
    before, after = (max(_SHORTEST, round(100 * each / longer)) for each in (1, figure.number))
    return BarsView(before=before, after=after)
