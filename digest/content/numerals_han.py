"""What Japanese and Chinese share when they write numbers: digits and characters, mixed.

`2万5,000`, `三百万`, `2.5 万`, `3 万亿`: a magnitude multiplies what stands before it, and one that
follows another at once multiplies all of it. A numeral in characters is a number only
before a unit or a counter, or with a magnitude of its own; 一方 and 千万别 are words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from digest.content.numerals_grammar import DIGITS, FRESH, SIGN, SYMBOL, parse_digits, simple
from digest.content.quantities import PERCENT, TIMES, Kind, Quantity, kind_of
from digest.content.units import SYMBOLS, Unit

_ONES = {
    char: value
    for value, chars in enumerate(
        ("〇零", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九")
    )
    for char in chars
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_BIGS = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}
_MAGNITUDES = _TENS | _BIGS
_ONE = f"[{''.join(_ONES)}]"
_CHAR = f"[{''.join(_ONES | _TENS)}]"
_BIG = f"[{''.join(_BIGS)}]"

#: 多, 余 and 餘 before a magnitude say "and some", which no figure does.
_INTEGER = (
    rf"(?:{DIGITS}|{_CHAR}+[点點]{_ONE}+|{_CHAR}|{_BIG}(?={_BIG}))"
    rf"(?:[多余餘]?[ ]?(?:[{''.join(_TENS)}](?={_BIG})|{_BIG})|{_CHAR}|(?<={_BIG}){DIGITS})*"
)
_PIECE = re.compile(rf"{DIGITS}|[点點]|{_CHAR}|{_BIG}")
_TRAILING = re.compile(rf"(?:(?<=[0-9])[{''.join(_TENS)}])?(?:[ ]?{_BIG})+\Z")

#: What every number holds one of.
ANY = re.compile(rf"[0-9半倍数數几幾{''.join(_ONES | _MAGNITUDES)}]")
#: A day, a month or an hour; and a year whose digits are said one by one.
SMALL = rf"(?:\d{{1,2}}|[{''.join(_ONES)}十]{{1,3}})"
FOUR = rf"(?:\d{{4}}|{_ONE}{{4}})"
#: Both ends of 三四百; its last part is what they share.
ABOUT = (
    rf"(?<!{_CHAR})(?P<low>[一二三四五六七八])(?P<high>[二三四五六七八九])"
    rf"(?P<rest>[十百千]?{_BIG}*)(?!{_CHAR})"
)
#: 数百万, 十几, 上千.
VAGUE = (
    rf"(?:[数數几幾][ ]?(?P<some>[十百千]?(?:[ ]?{_BIG})*(?<![数數几幾 ]))"
    rf"|上(?P<about>[百千]?{_BIG}*(?<!上))"
    rf"|(?P<over>[十百千]{_BIG}?)[几幾余餘](?P<more>{_BIG}*))"
)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words of one language around its numbers."""

    units: Mapping[str, Unit]
    counters: Sequence[str]
    not_before: Mapping[str, str]
    """A unit or counter, and what follows it where it is neither: 分 is no minute in 分野."""
    not_after: str
    """Characters after which a numeral in characters is part of a word: 统一, 哪一个."""
    some: str = ""
    """What may stand between a number and its unit (3000 多家), as a pattern."""
    rate_before: str = r"(?!)"
    rate_after: str = r"(?!)"
    """Patterns of the words that make a number a rate: per two, 2人あたり."""

    def unit_pattern(self) -> str:
        """Return the pattern of every unit and counter, the longest first."""
        words = sorted({*self.units, *self.counters}, key=len, reverse=True)
        return "|".join(
            re.escape(word) + (f"(?!{self.not_before[word]})" if word in self.not_before else "")
            for word in words
        )

    def number_pattern(self) -> re.Pattern[str]:
        """Return the pattern of a number with what belongs to it."""
        return re.compile(
            # Looked at first, so that most of a text is passed over at once.
            rf"(?=[0-9+±−$€£¥￥A-Z{''.join(_ONES | _MAGNITUDES)}-]){FRESH}"
            rf"(?P<sign>{SIGN})?(?:(?P<symbol>{SYMBOL})\s?)?(?P<number>(?>{_INTEGER}))"
            rf"(?:(?:\s?(?:{self.some}))?\s?(?P<unit>{self.unit_pattern()})(?P<half>半)?)?"
            r"(?P<glued>(?<=[0-9])[A-Za-z]+)?"
        )


def value_of(text: str) -> Fraction:
    """Return the value of a number in digits, characters or both."""
    total, section = Fraction(0), Fraction(0)
    current: Fraction | None = None
    pieces = _PIECE.findall(text)
    for place, piece in enumerate(pieces):
        if piece in "点點":
            return _decimal(value_of("".join(pieces[:place])), pieces[place + 1 :])
        if piece in _ONES:
            current = (current or Fraction(0)) * 10 + _ONES[piece]
        elif piece in _TENS:
            section += (Fraction(1) if current is None else current) * _TENS[piece]
            current = None
        elif piece in _BIGS:
            nothing_before = current is None and not section
            section += current or 0
            if total and (nothing_before or _BIGS[piece] > total):
                total = (total + section) * _BIGS[piece]
            else:
                total += (Fraction(1) if nothing_before else section) * _BIGS[piece]
            section, current = Fraction(0), None
        else:
            current = parse_digits(piece)
    return total + section + (current or 0)


def _decimal(whole: Fraction, rest: list[str]) -> Fraction:
    digits = "".join(str(_ONES[piece]) for piece in rest if piece in _ONES)
    scale = prod(_MAGNITUDES.get(piece, 1) for piece in rest)
    return (whole + Fraction(f"0.{digits or 0}")) * scale


def magnitude_of(text: str) -> int:
    """Return the product of the magnitudes in a text: 10**8 for 万万, 1 where there are none."""
    return prod(_MAGNITUDES.get(char, 1) for char in text)


def small_value(text: str) -> int:
    """Return the value of what `SMALL` or `FOUR` matches."""
    return int(value_of(text))


class NumberReader:
    """Reads the numbers of one vocabulary."""

    def __init__(self, words: Vocabulary) -> None:
        """Make the pattern once."""
        self.words = words
        self.pattern = words.number_pattern()
        self._rate_before = re.compile(rf"(?:{words.rate_before})\s?\Z")
        self._rate_after = re.compile(rf"\s?(?:{words.rate_after})")

    def read(self, found: re.Match[str], text: str) -> Quantity | None:
        """Return what a match of the pattern says, or None: it is a word or a name."""
        before = text[max(0, found.start() - 4) : found.start()]
        number, unit, glued = found["number"], found["unit"] or "", (found["glued"] or "").lower()
        if glued not in ("", "x") or not self._is_number(found, before):
            return None
        value = value_of(number)
        trailing = _TRAILING.search(number)
        scale = magnitude_of(trailing[0]) if trailing else 1
        name, factor = self.words.units.get(unit, ("", Fraction(1)))
        if found["half"] and unit:
            value += Fraction(1, 2)
        if glued:
            name = TIMES
        also: tuple[tuple[Fraction, str], ...] = ()
        if found["symbol"] and not name:
            name, *others = SYMBOLS[found["symbol"]]
            also = tuple((value, other) for other in others)
        counted = unit or re.match(r"\s?[^\W\d_]", text[found.end() : found.end() + 2])
        rate = self._rate_before.search(before) or self._rate_after.match(text, found.end())
        return Quantity(
            kind=kind_of(value, name, scale),
            value=value * factor,
            unit=name,
            per_unit=factor,
            scale=scale,
            also=also,
            sign=(found["sign"] or "").replace("−", "-").replace("±", ""),
            said=found[0].strip(),
            start=found.start(),
            end=found.end(),
            plain=bool(counted and not name and not rate),
        )

    def _is_number(self, found: re.Match[str], before: str) -> bool:
        number = found["number"]
        if any(char.isascii() and char.isdigit() for char in number):
            return True
        if before and before[-1] in self.words.not_after:
            return False
        if all(char in _MAGNITUDES for char in number):
            # 千万别 is no number; 超千亿元 and 十位 are.
            large = len(number) > 1 and re.search(r"[超過过逾近約约达達破]\s?\Z", before)
            return bool(large or found["unit"])
        return bool(found["unit"]) or any(char in _BIGS for char in number)


def vague(found: re.Match[str], units: Mapping[str, Unit]) -> Quantity:
    """Return the magnitude that a match of `VAGUE` says, and nothing more."""
    said = "".join(found.group(group) or "" for group in ("some", "about", "over", "more"))
    unit, _ = units.get(found["unit"] or "", ("", Fraction(1)))
    return simple(found, Kind.VAGUE, magnitude_of(said), unit)


def share(found: re.Match[str], part: Fraction) -> Quantity:
    """Return a part of a whole, which may also be said in percent."""
    return simple(found, Kind.AMOUNT, part * 100, PERCENT, also=((part, ""),))


def half_of(found: re.Match[str], units: Mapping[str, Unit]) -> Quantity:
    """Return half a unit (半年, 半页), or half of something."""
    half = Fraction(1, 2)
    if found["unit"] in units:
        name, factor = units[found["unit"]]
        return simple(found, kind_of(half, name), half * factor, name, per_unit=factor)
    return share(found, half)
