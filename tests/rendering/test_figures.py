"""Figures: a factor is two bars, and nothing else is; nothing is reckoned that was not said."""

from __future__ import annotations

import pytest

from digest.model.issue import Figure
from digest.rendering.figures import figure_view
from digest.rendering.view import BarsView


def view(number: float, unit: str, text: str = "1") -> BarsView | None:
    """Return the bars of a figure."""
    figure = Figure(id="f", number=number, unit=unit, text=text, label="label")
    return figure_view(figure, "").bars


@pytest.mark.parametrize(
    ("number", "before", "after"),
    [(2, 50, 100), (2.64, 38, 100), (17, 6, 100), (5000, 1, 100), (0.5, 100, 50)],
)
def test_a_factor_is_two_bars_as_long_as_it_says(number: float, before: int, after: int) -> None:
    assert view(number, "×") == BarsView(before=before, after=after)


@pytest.mark.parametrize("unit", ["%", "yuan", "", "million"])
def test_any_other_number_has_no_bars(unit: str) -> None:
    assert view(40, unit) is None


@pytest.mark.parametrize("number", [0, -2, float("inf"), float("nan")])
def test_a_factor_that_makes_no_sense_has_no_bars(number: float) -> None:
    assert view(number, "×") is None
