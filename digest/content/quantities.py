"""What a number in prose says, apart from the language it is said in.

`8億`, `800 million` and `8 亿` are one quantity. Two quantities agree only when magnitude and unit
are exactly the same: a reader who is told 800 times instead of 800 % is told something else.
Values are fractions, so that nothing is ever nearly equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

PERCENT = "%"
TIMES = "×"
POINTS = "percentage points"
SECOND = "second"
MONTH = "month"
PAGE = "page"
SENTENCE = "sentence"
#: How long a text is: languages count it in different things, so it is never compared.
LENGTH = "length of text"
YUAN, YEN, DOLLAR, EURO, POUND, WON = "CNY", "JPY", "USD", "EUR", "GBP", "KRW"
CURRENCIES = frozenset({YUAN, YEN, DOLLAR, EURO, POUND, WON})

#: A day of the calendar of which some parts may be left unsaid: year, month, day.
PartialDate = tuple[int | None, int | None, int | None]


class Kind(StrEnum):
    """What a number is there for."""

    AMOUNT = "amount"
    """Has a unit, a magnitude or two digits: it informs."""
    COUNT = "count"
    """A small whole number of things, which often only helps the sentence along."""
    SPAN = "span"
    """A length of time."""
    ORDINAL = "ordinal"
    VAGUE = "vague"
    """Only a magnitude: several hundred billion."""
    YEAR = "year"
    DATE = "date"
    CLOCK = "clock"
    LENGTH = "length"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """One number of a text."""

    kind: Kind
    value: Fraction
    """With its magnitude, in the smallest unit of its kind (12 months for a year)."""
    unit: str = ""
    said: str = ""
    """As it stands in the text."""
    start: int = 0
    end: int = 0
    also: tuple[tuple[Fraction, str], ...] = ()
    """Other (value, unit) that the same words may mean."""
    date: PartialDate | None = None
    sign: str = ""
    """`+`, `-`, or "" where none is said."""
    plain: bool = False
    """What is counted follows at once, and nothing else depends on the number."""
    weak: bool = False
    """A word such as `both`, which another language need not repeat as a number."""

    per_unit: Fraction = Fraction(1)
    """How many of the smallest unit one of the unit as said has."""
    scale: int = 1
    """The magnitude that was said: 10**6 for 12 million."""

    @property
    def is_one(self) -> bool:
        """Return whether it says one of something, as an article would."""
        return self.kind in (Kind.COUNT, Kind.SPAN, Kind.ORDINAL) and self.value == self.per_unit

    def keys(self) -> frozenset[tuple[Fraction, str]]:
        """Return every (value, unit) that it may mean."""
        return frozenset({(self.value, self.unit), *self.also})

    def agrees(self, other: Quantity) -> bool:
        """Return whether both say the same."""
        if {self.sign, other.sign} == {"+", "-"}:
            return False
        if Kind.VAGUE in (self.kind, other.kind) and self.kind is not other.kind:
            return False
        if self.date and other.date:
            return _same_day(self.date, other.date)
        return not self.keys().isdisjoint(other.keys())


def figure_quantity(number: int | float, unit: str, scale: int, said: str) -> Quantity:
    """Return the quantity of a figure: `scale` is the magnitude that its unit adds."""
    value = Fraction(str(number)) * scale
    kind = kind_of(value, unit, scale)
    sign = "-" if value < 0 else "+"
    return Quantity(kind=kind, value=abs(value), unit=unit, said=said, sign=sign, scale=scale)


def kind_of(value: Fraction, unit: str, scale: int = 1) -> Kind:
    """Return what a number with a unit is there for."""
    if unit == LENGTH:
        return Kind.LENGTH
    if unit in (SECOND, MONTH):
        return Kind.SPAN
    small = scale == 1 and value.denominator == 1 and abs(value) < 10
    return Kind.COUNT if small and unit in ("", PAGE, SENTENCE) else Kind.AMOUNT


def _same_day(one: PartialDate, other: PartialDate) -> bool:
    both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return bool(both) and all(a == b for a, b in both)
