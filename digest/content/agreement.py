"""Numbers that agree: whether a translation says the numbers of its default text.

A number of a translation has to be a figure of the item or a number of the default text, exactly.
Only a small count of things may be added, where the language asks for one (4分野 for a list of
four); but where a number is gone and another stands in its place, one of the two is wrong, however
small they are. Nothing here knows of files: what disagrees is told, and others word it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from digest.content.quantities import Kind, Quantity

_CLAUSE = re.compile(r"[。！？!?；;：:\n，,（(「『]")
_PARTICLE = re.compile(r"[はがもにでをと]\Z")
#: Chunks of an enumeration are names, not clauses.
_LONGEST_NAME = 12
_LONGEST_CLAUSE = 200


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A number of a translation that does not fit."""

    number: Quantity
    instead_of: Quantity | None
    """What the default text says in its place; None: nothing like it."""


def disagreements(
    text: str,
    numbers: Sequence[Quantity],
    default: Sequence[Quantity],
    known: Sequence[Quantity],
) -> Iterator[Disagreement]:
    """Yield what does not fit in one part of a translation.

    `numbers` are those of the part, whose prose is `text`; `default` are those of the same part in
    the default language, and `known` is everything that a translation may say: the figures, and the
    numbers of all parts of the default text.
    """
    surplus, missing = _unpaired(text, numbers, default)
    for number in surplus:
        listed = _enumerated(text, number)
        if listed and number.value == listed:
            continue
        is_known = any(_says(other, number) for other in known)
        is_said = any(number.agrees(other) for other in default)
        place = _in_place_of(number, missing, numbers, is_known=is_known, is_said=is_said)
        if place is not None:
            missing.remove(place)
            yield Disagreement(number, place)
        elif listed or not (is_known or _is_free(number)):
            yield Disagreement(number, None)


def _unpaired(
    text: str, numbers: Sequence[Quantity], default: Sequence[Quantity]
) -> tuple[list[Quantity], list[Quantity]]:
    surplus, missing = [], list(default)
    for number in numbers:
        # Languages count the length of a text in different things.
        if number.weak or number.kind is Kind.LENGTH:
            continue
        listed = _enumerated(text, number)
        surely = bool(listed) and listed != number.value
        pair = next((one for one in missing if _is_pair(number, one, surely=surely)), None)
        if pair is None:
            surplus.append(number)
        else:
            missing.remove(pair)
    return surplus, missing


def _is_pair(number: Quantity, other: Quantity, *, surely: bool) -> bool:
    return number.agrees(other) and _is_alike(number, other) and not (surely and other.weak)


def _is_free(number: Quantity) -> bool:
    """Return whether a translation may add a number of its own accord."""
    if number.is_one:
        return True
    return number.kind is Kind.COUNT and number.plain and 2 <= number.value < 10


def _in_place_of(
    number: Quantity,
    missing: Sequence[Quantity],
    numbers: Sequence[Quantity],
    *,
    is_known: bool,
    is_said: bool,
) -> Quantity | None:
    """Return the number of the default text that this one stands in place of, if there is one.

    What the item says elsewhere may be said here as well; it only takes another's place where that
    other one is not said here at all, or where this one is new to the part.
    """
    for other in missing:
        if _is_adverb(other) or not _may_be_mistaken(number, other):
            continue
        # 一个 is an article as often as a number, so one in place of one says nothing.
        if number.is_one and (other.is_one or other.weak):
            continue
        if is_known and (other.weak or _is_short(other) or not _is_comparable(number, other)):
            continue
        if is_known and is_said and any(one.agrees(other) for one in numbers):
            continue
        return other
    return None


def _may_be_mistaken(number: Quantity, other: Quantity) -> bool:
    if not (_is_bare(number) and _is_bare(other)):
        return number.kind is other.kind
    low, high = sorted((number.value, other.value))
    return low == 0 or high < 100 or low >= 10


def _is_comparable(number: Quantity, other: Quantity) -> bool:
    """Return whether only the unit or only the value is another."""
    if _is_bare(number) and _is_bare(other):
        return True
    return number.unit == other.unit or number.value == other.value


def _is_bare(number: Quantity) -> bool:
    """Return whether it counts something, or is a year, which a slip turns into a count."""
    counts = number.kind in (Kind.COUNT, Kind.ORDINAL, Kind.YEAR)
    return counts or (number.kind is Kind.AMOUNT and not number.unit)


def _is_short(number: Quantity) -> bool:
    """Return whether it is `several hundred`, of which the magnitude is said before."""
    return number.kind is Kind.VAGUE and number.value < 1000


def _says(other: Quantity, number: Quantity) -> bool:
    """Return whether a number of the default text says this one, or more exactly than it."""
    if number.kind is Kind.YEAR and other.date:
        return other.date[0] == number.value
    return number.agrees(other) and _are_of_a_kind(number, other)


def _is_alike(number: Quantity, other: Quantity) -> bool:
    """Return whether one may stand for the other: a third is not three, but phase 3 is phase 3."""
    plain = number.plain or other.plain or other.weak
    return _are_of_a_kind(number, other) or not plain


def _are_of_a_kind(number: Quantity, other: Quantity) -> bool:
    """Return whether both are ordinals, or neither is."""
    return (number.kind is Kind.ORDINAL) == (other.kind is Kind.ORDINAL)


def _is_adverb(number: Quantity) -> bool:
    """Return whether it is `first`, which says when more often than how many."""
    return number.kind is Kind.ORDINAL and number.value == 1


def _enumerated(text: str, number: Quantity) -> int:
    """Return how many names stand enumerated right before a count (A、B、CのN分野); 0: none do."""
    if number.kind is not Kind.COUNT or not number.plain or number.said.startswith("一"):
        return 0
    clause = (
        _CLAUSE.split(text[max(0, number.start - _LONGEST_CLAUSE) : number.start])[-1]
        .rstrip()
        .removesuffix("の")
    )
    names = clause.split("、")
    count = 0
    for place, name in enumerate(reversed(names)):
        said = name.strip()
        if not said or (place and _PARTICLE.search(said)) or re.search("など|等", said):
            break
        if len(said) > _LONGEST_NAME and place:
            break
        count += 1
    # One may choose two of three: A、B、Cの2つ.
    chosen = number.said.endswith("つ") and number.value < count
    return count if count >= 3 and not chosen else 0


def resembles(number: Quantity, figure: Quantity) -> bool:
    """Return whether a number looks like a figure with a slip: a magnitude or a unit is another."""
    if number.kind is not Kind.AMOUNT or figure.kind is not Kind.AMOUNT:
        return False
    if number.unit != figure.unit:
        return number.value == figure.value and "" not in (number.unit, figure.unit)
    return number.value != figure.value and _digits(number.value) == _digits(figure.value)


def one_digit_off(number: Quantity, figure: Quantity) -> bool:
    """Return whether a number is a figure in which one digit is another."""
    if number.kind is not Kind.AMOUNT or number.unit != figure.unit:
        return False
    one, other = f"{float(number.value):.6f}", f"{float(figure.value):.6f}"
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _digits(value: Fraction) -> str:
    """Return the digits of a number without its magnitude: 25 for 2,500 and for 0.25."""
    return f"{float(value):.12e}".partition("e")[0].rstrip("0").rstrip(".")
