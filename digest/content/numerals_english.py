"""Numbers in English prose: `12 million`, `$1.5bn`, `two and a half years`, `17 times as many`.

`one` is read where it counts something, not where it stands for somebody. A bare 2022 is a year,
which may also be a number of things; `three times` may be how often or how much.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

from digest.content.numerals_grammar import (
    DIGITS,
    FRESH,
    SIGN,
    SYMBOL,
    Reading,
    clock,
    day,
    is_year,
    parse_digits,
    simple,
    year,
)
from digest.content.quantities import PERCENT, TIMES, Kind, Quantity, kind_of
from digest.content.units import ENGLISH, SYMBOLS

_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TO_NINETY = "twenty thirty forty fifty sixty seventy eighty ninety"
_TO_TENTH = "first second third fourth fifth sixth seventh eighth ninth tenth"
_TO_DECEMBER = (
    "January February March April May June July August September October November December"
)
_SMALL = {word: value for value, word in enumerate(_TO_NINETEEN.split())}
_TENS = {word: value * 10 for value, word in enumerate(_TO_NINETY.split(), start=2)}
_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_SHORT_SCALES = {"k": 1000, "K": 1000, "M": 10**6, "mn": 10**6, "m": 10**6}
_SHORT_SCALES |= {"bn": 10**9, "B": 10**9, "b": 10**9, "tn": 10**12}
_ORDINALS = _TO_TENTH.split()
_PARTS = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    **{word: value for value, word in enumerate(_ORDINALS[3:], start=4)},
}
_GROWTH = {"doubl": 2, "trebl": 3, "tripl": 3, "quadrupl": 4, "quintupl": 5}
MONTHS = _TO_DECEMBER.split()

_SIMPLE = "|".join([*sorted(_SMALL, key=len, reverse=True), *_TENS])
_SCALE = "|".join(_SCALES)
_AND = "(?:" + "|".join(f"(?<={word})" for word in _SCALES) + r")[ -]and[ -](?!a\b)"
_PHRASE = (
    rf"(?:(?:{_SIMPLE})\b|an?(?=[ -](?:{_SCALE})\b))"
    rf"(?:(?:{_AND}|[ -])(?:{_SIMPLE}|{_SCALE})\b)*"
    rf"(?:[ -]and[ -]a[ -]half\b(?:[ ](?:{_SCALE})\b)?)?"
)
_UNITS = "|".join(
    re.escape(word) if word in "%×" else rf"{word}s?\b"
    for word in sorted(ENGLISH, key=len, reverse=True)
    if word != "century"
)
_MORE = (
    r"(?=\s+(?:as|more|the|that|those|these|greater|larger|higher|bigger|faster|its|what|last)\b)"
)
_NUMBER = re.compile(
    # Looked at first, so that most of a text is passed over at once.
    rf"(?=[0-9+±−$€£¥￥RCUEGJ-]|\b(?:{_SIMPLE}|an?)\b)"
    rf"{FRESH}(?P<sign>{SIGN})?(?:(?P<symbol>{SYMBOL})\s?)?"
    rf"(?:(?P<digits>(?>{DIGITS}))(?P<short>(?:bn|mn|tn|[kmb])\b)?|\b(?P<words>{_PHRASE}))"
    rf"(?P<scale>(?:[\s-](?:{_SCALE})\b)*)\+?"
    rf"(?:[\s-]?(?P<unit>{_UNITS}|centur(?:y|ies)\b)|\stimes\b(?:(?P<more>{_MORE})|(?P<often>)))?"
    r"(?![A-Za-z0-9])\+?",
    re.IGNORECASE,
)
_MONTH = "|".join(rf"{month}|{month[:3]}\.?" for month in MONTHS) + r"|Sept\.?"
_NTH = r"(?:st|nd|rd|th)?"
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}}){_NTH}(?: of)? (?P<month>{_MONTH})\b(?:,? (?P<y>\d{{4}})\b)?"),
    re.compile(
        rf"\b(?P<month>{_MONTH}) (?P<d>\d{{1,2}}){_NTH}\b(?!:|%| per)(?:,? (?P<y>\d{{4}})\b)?"
    ),
    re.compile(rf"\b(?P<month>{_MONTH}),? (?P<y>\d{{4}})\b"),
)
_MONTH_ALONE = re.compile(
    rf"\b(?:[Ii]n|[Bb]y|[Ss]ince|[Uu]ntil|[Tt]his|[Ll]ast|[Nn]ext|[Dd]uring|end of) "
    rf"(?P<month>{'|'.join(MONTHS)})\b"
)
_CLOCK = re.compile(
    r"\b(?P<h>\d{1,2})(?::(?P<min>[0-5]\d)(?!\d)(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"|\s?(?P<half_only>[ap])\.?m\b\.?|\s?o['’]clock)",
    re.IGNORECASE,
)
_NO_NUMBERS = re.compile(
    r"\b\d+(?:\.\d+){2,}\b|\b\d+[/:]\d+(?:[/:]\d+)*\b|\bQ[1-4]\b|\b\d[\d.,]*[A-Za-z](?<![%a-z])\w*-\d+"
)
_NUMBERED = re.compile(
    r"(?:#|\b(?:No\.|number|phase|part|chapter|step|issue|stage|episode|volume|round|level)\s)"
    rf"\s?(?P<n>\d{{1,4}}|(?:{_SIMPLE}))\b",
    re.IGNORECASE,
)
_NTH_WORD = re.compile(
    rf"\b(?:(?P<n>\d{{1,4}})(?:st|nd|rd|th)|(?P<word>{'|'.join(_ORDINALS)}))\b", re.I
)
_VAGUE = re.compile(
    rf"\b(?:(?:several|few|many|some)[ ](?P<one>(?:{_SCALE})(?:[ ](?:{_SCALE}))*)"
    r"|(?P<many>(?:tens|dozens|hundreds|thousands|millions|billions|trillions)"
    r"(?:[ ]of[ ](?:thousands|millions|billions|trillions))*))\b"
    rf"(?:(?:[ ]of)?[ ](?P<unit>{_UNITS}))?",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    rf"\b(?P<n>an?|{'|'.join(list(_SMALL)[1:10])})[ -](?P<part>{'|'.join(_PARTS)})"
    r"(?P<plural>s)?\b(?=(?P<of>\s+(?:of|the|more|less|as)\b)?)",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"(?<!first )(?<!second )(?<!other )(?<!better )(?<!latter )\bhalf"
    rf"(?:[ -]an?[ -](?:(?P<scale>{_SCALE})|(?P<unit>{_UNITS}|century)|(?P<thing>[a-z]+))\b"
    r"|(?=\s+(?:of|the|all|as|our|their|its|his|her|those)\b))",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    rf"\b(?P<n>{'|'.join(list(_SMALL)[1:10])}|[1-9])\s(?:in|out\sof)\s(?:every\s)?"
    rf"(?P<m>(?:{_SIMPLE})|\d{{1,3}})\b(?=\s+(?!{_SCALE}|{_UNITS})[a-z])",
    re.IGNORECASE,
)
_MULTIPLE = re.compile(
    rf"\b(?:(?P<growth>{'|'.join(_GROWTH)})(?:ed|es|ing)\b|(?P<double>double|triple)"
    r"(?=\s+(?:the|that|its|their|what|last|those|in|within|since)\b)"
    rf"|(?P<fold>{_SIMPLE})-?fold\b|(?P<half>halved|halving|halves)\b"
    rf"|(?P<twice>twice|thrice)\b(?P<more>{_MORE})?|(?P<both>both)\b|(?P<pair>pair)\sof\b)",
    re.IGNORECASE,
)
_PRE_YEAR = re.compile(r"\b(?:mid|pre|post|early|late)-(?P<y>(?:19|20)\d\d)\b", re.IGNORECASE)
# `one` before these stands for somebody, and so does `the two`.
_NO_NOUN = re.compile(
    r"\s+(?:of|that|who|whom|which|should|can|could|may|might|must|will|would|is|are|was|were|has|"
    r"have|had|does|do|did|says?|said|another|by|and|or|to|in|at|from|as|than|cannot|whose|on|"
    r"with|for|but|if|when)\b|\s*(?:[^\w\s]|$)",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:the|these|those|this|that|which|each|every|any|no|another)\s+\Z", re.I
)
_RATE = re.compile(r"\b(?:per|every|each)\s+\Z", re.IGNORECASE)
_BY = re.compile(r"\bby\s+(?:\w+\s+){0,2}\Z", re.IGNORECASE)


def read(reading: Reading) -> None:
    """Find the numbers of an English text."""
    if reading.has_digits:
        for pattern in _DATES:
            reading.take(pattern, _day)
        reading.take(_CLOCK, _clock)
        reading.drop(_NO_NUMBERS)
        reading.take(_PRE_YEAR, lambda found: year(found, int(found["y"])))
    reading.take(_MONTH_ALONE, _day)
    reading.take(_VAGUE, _vague)
    reading.take(_OUT_OF, _out_of)
    reading.take(_FRACTION, _fraction)
    reading.take(_HALF, _half)
    reading.take(_MULTIPLE, _multiple)
    reading.take(_NUMBERED, _numbered)
    reading.take(_NTH_WORD, _numbered)
    reading.take(_NUMBER, lambda found: _number(found, reading.text))


def words_value(words: str) -> Fraction:
    """Return the value of a number in words, such as `two hundred and fifty thousand`."""
    total, current = Fraction(0), Fraction(0)
    for word in re.split(r"[\s-]+", words.lower()):
        if word in ("hundred", "dozen"):
            current = (current or Fraction(1)) * _SCALES[word]
        elif word in _SCALES:
            total += (current or Fraction(1)) * _SCALES[word]
            current = Fraction(0)
        elif word == "half":
            current += Fraction(1, 2)
        elif word in ("a", "an"):
            # The first of "a million" counts; the one of "and a half" does not.
            current = current or Fraction(0)
        elif word != "and":
            current += _SMALL.get(word, _TENS.get(word, 0))
    return total + current


def _unit(word: str | None) -> tuple[str, Fraction]:
    if not word:
        return "", Fraction(1)
    if word.lower().startswith("centur"):
        return ENGLISH["century"]
    for key in (word, word.removesuffix("s"), word.lower(), word.lower().removesuffix("s")):
        if key in ENGLISH:
            return ENGLISH[key]
    return ENGLISH[word.upper().removesuffix("S")]


def _day(found: re.Match[str]) -> Quantity:
    said = found.groupdict()
    names = [month[:3] for month in MONTHS]
    month = said.get("m") or names.index(said["month"][:3]) + 1
    number, its_year = said.get("d"), said.get("y")
    return day(
        found, (int(its_year) if its_year else None, int(month), int(number) if number else None)
    )


def _clock(found: re.Match[str]) -> Quantity:
    half = (found["half"] or found["half_only"] or "").lower()
    hour = int(found["h"])
    if half == "a":
        hour %= 12
    return clock(found, hour, int(found["min"] or 0), after_noon=half == "p")


def _numbered(found: re.Match[str]) -> Quantity:
    said = found.groupdict()
    if said.get("word"):
        value = _ORDINALS.index(said["word"].lower()) + 1
    else:
        value = int(said["n"]) if said["n"].isdigit() else int(words_value(said["n"]))
    return simple(found, Kind.ORDINAL, value, "#", also=((Fraction(value), ""),))


def _vague(found: re.Match[str]) -> Quantity:
    words = re.findall(r"[a-z]+", (found["one"] or found["many"]).lower())
    sizes = {"tens": 10, "dozens": 10, **{f"{word}s": size for word, size in _SCALES.items()}}
    sizes |= _SCALES | {"dozen": 10, "dozens": 10}
    unit, _ = _unit(found["unit"])
    return simple(found, Kind.VAGUE, prod(sizes.get(word, 1) for word in words), unit)


def _share(found: re.Match[str], part: Fraction) -> Quantity:
    return simple(found, Kind.AMOUNT, part * 100, PERCENT, also=((part, ""),))


def _out_of(found: re.Match[str]) -> Quantity | None:
    count, all_of = (
        int(word) if word.isdigit() else int(words_value(word)) for word in found.group("n", "m")
    )
    return _share(found, Fraction(count, all_of)) if count < all_of else None


def _fraction(found: re.Match[str]) -> Quantity | None:
    count = 1 if found["n"].lower() in ("a", "an") else _SMALL[found["n"].lower()]
    part = found["part"].lower()
    is_part = found["of"] if count == 1 or part == "quarter" else found["plural"]
    return _share(found, Fraction(count, _PARTS[part])) if is_part else None


def _half(found: re.Match[str]) -> Quantity:
    half = Fraction(1, 2)
    if found["scale"]:
        scale = _SCALES[found["scale"].lower()]
        return simple(found, Kind.AMOUNT, half * scale, scale=scale)
    if found["unit"]:
        unit, factor = _unit(found["unit"])
        kind = kind_of(half, unit)
        return simple(found, kind, half * factor, unit, per_unit=factor)
    return _share(found, half)


def _multiple(found: re.Match[str]) -> Quantity:
    if found["both"] or found["pair"]:
        return simple(found, Kind.COUNT, 2, weak=True)
    if found["half"]:
        both = ((Fraction(50), PERCENT), (Fraction(1, 2), ""))
        return simple(found, Kind.AMOUNT, Fraction(1, 2), TIMES, also=both)
    if found["twice"]:
        often = 2 if found["twice"].lower() == "twice" else 3
        if found["more"] is None:
            return simple(found, Kind.COUNT, often, also=((Fraction(often), TIMES),))
        return simple(found, Kind.AMOUNT, often, TIMES)
    if found["fold"]:
        return simple(found, Kind.AMOUNT, words_value(found["fold"]), TIMES)
    stem = found["growth"] or found["double"][:-1]
    return simple(found, Kind.AMOUNT, _GROWTH[stem.lower()], TIMES)


def _number(found: re.Match[str], text: str) -> Quantity | None:
    before, after = text[max(0, found.start() - 24) : found.start()], text[found.end() :]
    words = found["words"]
    bare = not (found["unit"] or found["scale"] or found["symbol"] or found["sign"])
    if words and words.lower() == "one" and bare and _NO_NOUN.match(after):
        return None
    bare = bare and not found["short"] and found["more"] is None and found["often"] is None
    if found["digits"] and bare and is_year(found["digits"]):
        return year(found, int(found["digits"]), bare=True)
    number = _value(found)
    if number is None:
        return None
    quantity = _with_unit(found, *number, by=bool(_BY.search(before)))
    pointing = words and bare and _POINTING.search(before) and _NO_NOUN.match(after)
    plain = quantity.unit == "" and re.match(r"[\s-]+[A-Za-z]", after) and not _RATE.search(before)
    return replace(quantity, plain=bool(plain), weak=bool(pointing))


def _value(found: re.Match[str]) -> tuple[Fraction, int] | None:
    """Return a number with its magnitude, and the magnitude; None: it is no number."""
    scale = prod(_SCALES[word.lower()] for word in re.findall(r"[A-Za-z]+", found["scale"] or ""))
    if short := found["short"]:
        # 5m is five metres as often as five millions: a currency tells.
        if short not in _SHORT_SCALES or (short in "mb" and not found["symbol"]):
            return None
        scale *= _SHORT_SCALES[short]
    if found["digits"]:
        return parse_digits(found["digits"]) * scale, scale
    value = words_value(found["words"])
    if re.match(r"an?\b", found["words"], re.IGNORECASE):
        value = value or Fraction(1)
    spelt = max((_SCALES[word] for word in _SCALES if word in found["words"].lower()), default=1)
    return value * scale, scale * spelt


def _with_unit(found: re.Match[str], value: Fraction, scale: int, *, by: bool) -> Quantity:
    sign = (found["sign"] or "").replace("−", "-").replace("±", "")
    shared: dict[str, Any] = {"scale": scale, "sign": sign}
    if found["more"] is not None or found["often"] is not None:
        if found["more"] is not None or by or value.denominator > 1:
            return simple(found, Kind.AMOUNT, value, TIMES, **shared)
        kind = kind_of(value, "", scale)
        return simple(found, kind, value, also=((value, TIMES),), **shared)
    if found["symbol"]:
        unit, *others = SYMBOLS[found["symbol"].upper()]
        also = tuple((value, other) for other in others)
        return simple(found, Kind.AMOUNT, value, unit, also=also, **shared)
    unit, factor = _unit(found["unit"])
    kind = kind_of(value, unit, scale)
    return simple(found, kind, value * factor, unit, per_unit=factor, **shared)
