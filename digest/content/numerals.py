"""The numbers that stand in a text, read as a reader of its language would.

English, Japanese and Chinese are read, in words and in digits, with their magnitudes and units.
What is no statement of quantity is left out: digits in names (`yantao-219`, `5G`), in versions and
in addresses. A language that nobody taught this module gives no numbers, which is not the same as
a text without any: ask `is_readable`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from digest.content import numerals_chinese, numerals_english, numerals_japanese
from digest.content.numerals_grammar import Reading, halfwidth
from digest.content.quantities import Kind, Quantity, kind_of

_READERS: dict[str, Callable[[Reading], None]] = {
    "en": numerals_english.read,
    "ja": numerals_japanese.read,
    "zh": numerals_chinese.read,
}
#: What stands between the two ends of a range, or between two numbers that share a unit.
_RANGE = re.compile(r"\s*(?:[-–—~〜～至到、]|から|或|to|or|and)\s*")


def is_readable(language: str) -> bool:
    """Return whether numbers of a language (by its tag) can be read."""
    return _primary(language) in _READERS


@lru_cache(maxsize=4096)
def read_numbers(text: str, language: str) -> tuple[Quantity, ...]:
    """Return the numbers of a text in the order in which they stand there."""
    read = _READERS.get(_primary(language))
    if read is None:
        return ()
    reading = Reading(halfwidth(text))
    read(reading)
    found = sorted(reading.found, key=lambda quantity: quantity.start)
    return tuple(_with_ranges(found, reading.text))


def read_unit(unit: str, language: str) -> tuple[str, int]:
    """Return what a figure's unit is, and the magnitude in it: `million yuan` is (CNY, 10**6)."""
    for tag in dict.fromkeys((language, "en", "zh", "ja")):
        # A 12, because no language has a word of its own for so many percent or yuan.
        found = read_numbers(f"12{unit}", tag) or read_numbers(f"12 {unit}", tag)
        if len(found) == 1 and (found[0].unit or found[0].scale > 1):
            one = found[0]
            return one.unit, int(one.value / 12)
    return "", 1


def _primary(language: str) -> str:
    return language.lower().split("-")[0]


def _with_ranges(found: list[Quantity], text: str) -> Iterator[Quantity]:
    """Give the first number of a range (3-5 million, 20 to 30 %) what only the second one says."""
    for one, next_one in pairwise(found):
        between = text[one.end : next_one.start]
        yield _completed(one, next_one) if _RANGE.fullmatch(between) else one
    if found:
        yield found[-1]


def _completed(one: Quantity, last: Quantity) -> Quantity:
    if one.unit or one.kind not in (Kind.COUNT, Kind.AMOUNT) or last.kind is Kind.VAGUE:
        return one
    value, scale = one.value, one.scale
    if scale == 1 and value < 1000 and value < last.value / last.scale:
        value, scale = value * last.scale, last.scale
    value *= last.per_unit
    kind = kind_of(value / last.per_unit, last.unit, scale)
    also = tuple((value, unit) for (_, unit) in last.also if unit)
    return replace(
        one,
        kind=kind,
        value=Fraction(value),
        unit=last.unit,
        per_unit=last.per_unit,
        scale=scale,
        also=also,
    )
