"""What the readers of numbers share: digits, characters that are digits, and the text they work on.

A reader goes over a text with one pattern after another, the most telling first; what one has
understood is taken out of the text, so that no number is read twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from digest.content.quantities import Kind, Quantity
from digest.content.units import SYMBOLS

#: 1,234.5 and 1 234.5 (narrow or fixed blanks), 1.234,5, 1234.5
DIGITS = (
    r"(?:\d{1,3}(?:[,\u00a0\u2009\u202f'’]\d{3})+(?:\.\d+)?(?!\d)"
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d+(?:\.\d+)?)"
)
#: No number begins inside another number or a name.
FRESH = r"(?<![A-Za-z0-9_])(?<![A-Za-z]-)(?<![0-9][.,:/])"
SYMBOL = "|".join(re.escape(sign) for sign in sorted(SYMBOLS, key=len, reverse=True))
SIGN = r"(?:[+±−]|(?<![\w)%])-(?=\d))"

_TAKEN = "\0"
# No figure has so many digits, and arithmetic with them would take minutes.
_ENDLESS = re.compile(
    r"[\d.,'’\u00a0\u2009\u202f]{40,}|[〇零一二两兩三四五六七八九十百千万萬億亿兆点點多余餘 ]{40,}"
    r"|(?:(?:hundred|thousand|million|billion|trillion|dozen)[\s-]+){6,}",
    re.IGNORECASE,
)
_ANY_DIGIT = re.compile(r"\d")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: Full-width punctuation ends clauses; only between full-width digits does it belong to a number.
_KEPT_WIDE = {ord(char) for char in "，．！？（）：；～"}
_TO_HALF = {code: half for code, half in _WIDE.items() if code not in _KEPT_WIDE}
_WIDE_NUMBER = re.compile("(?<![０-９])[０-９]+(?:[，．][０-９]+)+")


def halfwidth(text: str) -> str:
    """Return a text of the same length whose full-width digits and signs are the usual ones."""
    text = _WIDE_NUMBER.sub(lambda found: found[0].replace("，", ",").replace("．", "."), text)
    return text.translate(_TO_HALF)


class Reading:
    """A text while its numbers are read."""

    def __init__(self, text: str) -> None:
        """Begin with a text of which nothing is understood yet."""
        self.text = text
        self.left = _ENDLESS.sub(lambda found: _TAKEN * len(found[0]), text)
        self.found: list[Quantity] = []
        self.has_digits = bool(_ANY_DIGIT.search(text))

    def take(
        self, pattern: re.Pattern[str], understand: Callable[[re.Match[str]], Quantity | None]
    ) -> None:
        """Read what a pattern finds; where it is understood as no number, it is left alone."""
        taken: list[tuple[int, int]] = []
        for found in pattern.finditer(self.left):
            if quantity := understand(found):
                self.found.append(quantity)
                taken.append(found.span())
        self._forget(taken)

    def drop(self, pattern: re.Pattern[str]) -> None:
        """Take out what looks like numbers and is none."""
        self._forget([found.span() for found in pattern.finditer(self.left)])

    def _forget(self, spans: list[tuple[int, int]]) -> None:
        if not spans:
            return
        pieces: list[str] = []
        last = 0
        for start, end in spans:
            pieces += (self.left[last:start], _TAKEN * (end - start))
            last = end
        self.left = "".join((*pieces, self.left[last:]))


def parse_digits(text: str) -> Fraction:
    """Return the value of what `DIGITS` matches."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", text):
        return Fraction(text.replace(".", "").replace(",", "."))
    return Fraction(re.sub(r"[,\u00a0\u2009\u202f'’]", "", text))


def is_year(text: str) -> bool:
    """Return whether bare digits may name a year."""
    return len(text) == 4 and text.isdigit() and 1900 <= int(text) <= 2099


def year(found: re.Match[str], value: int, *, bare: bool = False) -> Quantity:
    """Return a year; bare digits may also count something."""
    return Quantity(
        kind=Kind.YEAR,
        value=Fraction(value),
        unit="year",
        said=found[0].strip(),
        start=found.start(),
        end=found.end(),
        also=((Fraction(value), ""),) if bare else (),
    )


def day(found: re.Match[str], date: tuple[int | None, int | None, int | None]) -> Quantity:
    """Return a day of the calendar."""
    return Quantity(
        kind=Kind.DATE,
        value=Fraction(0),
        unit="date",
        said=found[0].strip(),
        start=found.start(),
        end=found.end(),
        date=date,
    )


def clock(found: re.Match[str], hour: int, minute: int, *, after_noon: bool) -> Quantity:
    """Return a time of the day."""
    hour = hour % 12 + 12 if after_noon and hour <= 12 else hour
    return Quantity(
        kind=Kind.CLOCK,
        value=Fraction(hour * 60 + minute),
        unit="clock",
        said=found[0].strip(),
        start=found.start(),
        end=found.end(),
    )


def simple(
    found: re.Match[str], kind: Kind, value: Fraction | int, unit: str = "", **more: object
) -> Quantity:
    """Return a quantity that stands where a match stands."""
    return Quantity(
        kind=kind,
        value=Fraction(value),
        unit=unit,
        said=found[0].strip(),
        start=found.start(),
        end=found.end(),
        **more,  # type: ignore[arg-type]  # fields of Quantity
    )
