"""Numbers in Japanese prose: `2万5,000`, `1,200万超`, `3か月`, `前年の17倍`, `3分の1`, `三つ`."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from digest.content.numerals_grammar import Reading, clock, day, is_year, simple, year
from digest.content.numerals_han import (
    ABOUT,
    ANY,
    FOUR,
    SMALL,
    VAGUE,
    NumberReader,
    Vocabulary,
    half_of,
    share,
    small_value,
    vague,
    value_of,
)
from digest.content.quantities import PERCENT, TIMES, Kind, Quantity
from digest.content.units import JAPANESE, JAPANESE_COUNTERS

_MONTHS_LONG = r"[かカヶヵケ箇個]月"
_REIWA = 2018  # 令和1年 is 2019

WORDS = Vocabulary(
    units=JAPANESE
    | {f"{sign}月{rest}": JAPANESE["か月"] for sign in "カヶヵケ箇" for rest in ("", "間")},
    counters=JAPANESE_COUNTERS,
    not_before={
        "分": "[野類割のかけ析布担配]",
        "日": "[本元語常]",
        "文": "[化書章学]",
        "回": "[答復転]",
        "人": "民",
        "点": "[灯火検]",
        "本": "[当社人気文体]",
        "字": "幕",
        "台": "[所風湾]",
        "社": "[会員長]",
        "割": "[引合]",
        "元": "[化年]",
        "度": "と",
        "年": "代",
        "番": "組",
    },
    not_after="第十百千万億兆毎唯単統均同逐",
    some="余り?|数",
    rate_before="毎",
    rate_after="あたり|当たり|につき|ごと|おき",
)
_DATES = (
    re.compile(rf"(?P<y>{FOUR})\s?年\s?(?P<m>{SMALL})\s?月(?:\s?(?P<d>{SMALL})\s?日(?!間))?"),
    re.compile(rf"(?<![0-9])(?P<m>{SMALL})\s?月\s?(?P<d>{SMALL})\s?日(?!間)"),
    re.compile(r"(?<![0-9])(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![0-9])"),
    re.compile(rf"(?<![0-9.,])(?P<m>{SMALL})月(?![間額])"),
)
_YEAR = re.compile(rf"(?<![0-9.,])(?P<y>{FOUR})\s?年(?!間)")
_REIWA_YEAR = re.compile(rf"令和\s?(?P<y>元|{SMALL})\s?年")
_CLOCK = re.compile(
    rf"(?P<half>午前|午後)?\s?(?<![0-9.,])(?:(?P<h>{SMALL})時(?![間期代])(?:(?P<min>{SMALL})分|(?P<thirty>半))?"
    r"|(?P<h2>\d{1,2}):(?P<min2>[0-5]\d)(?![0-9:]))"
)
_NO_NUMBERS = re.compile(
    r"(?<![0-9])\d+(?:\.\d+){2,}|(?<![0-9])\d+[/:]\d+|十分(?!間|以内|前|後|ほど|程度)|二度と|一人ひとり"
    r"|第?[1-4１-４一二三四]四半期"
)
_FRACTION = re.compile(
    r"(?P<all>\d+|[一二三四五六七八九十百]+)分の(?P<part>\d+|[一二三四五六七八九十]+)"
)
_OUT_OF = re.compile(r"(?P<all>\d+)(?P<counter>人|社|件|台)に(?P<part>\d+)(?P=counter)")
_OFF = re.compile(r"(?P<n>\d+|[一二三四五六七八九])割(?P<five>五分|5分|(?P<tenth>\d)分)?引き?")
_TEN_AND_ONE = re.compile(r"(?P<n>\d|[一二三四五六七八九])割(?P<f>\d|[一二三四五六七八九])分")
_MULTIPLE = re.compile(
    r"(?P<two>倍増|倍加|(?<![0-9.一二三四五六七八九十百千万億兆何数])倍に(?:なり|なっ|伸び|増え))|(?P<half>半減)"
)
_ORDINAL = re.compile(
    rf"第\s?(?P<n>\d+|[一二三四五六七八九十百]+)(?:番目|回目|位|回|段階|号|期|弾|部|章|条|版)?"
    rf"|(?P<m>{SMALL})(?:番目|回目|つ目|人目|年目|日目|位)"
)


#: 半月 is half a month; 半分 is half of something, not half a minute.
_HALF_UNITS = {unit: said for unit, said in WORDS.units.items() if unit != "分"} | {
    "月": JAPANESE["か月"]
}


@cache
def _numbers() -> NumberReader:
    return NumberReader(WORDS)


@cache
def _with_units(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{pattern}\s?(?P<unit>{WORDS.unit_pattern()})?")


@cache
def _halves() -> re.Pattern[str]:
    return re.compile(
        r"(?<![前後上下過])半(?P<unit>年間|年|日|月|時間|ページ|頁|数|分(?!野)|額)|(?P<over>過半数)"
    )


def read(reading: Reading) -> None:
    """Find the numbers of a Japanese text."""
    if not ANY.search(reading.text):
        return
    for pattern in _DATES:
        reading.take(pattern, day_of)
    reading.take(_YEAR, lambda found: year(found, small_value(found["y"])))
    reading.take(_REIWA_YEAR, _reiwa)
    reading.drop(_NO_NUMBERS)
    reading.take(_CLOCK, _clock)
    reading.take(_FRACTION, _fraction)
    reading.take(_OUT_OF, _fraction)
    reading.take(_OFF, _tenths)
    reading.take(_TEN_AND_ONE, _tenths)
    reading.take(_MULTIPLE, _multiple)
    reading.take(_ORDINAL, ordinal)
    reading.take(_with_units(VAGUE), lambda found: vague(found, WORDS.units))
    reading.take(_with_units(ABOUT), lambda found: about(found, WORDS))
    reading.take(_halves(), lambda found: half_of(found, _HALF_UNITS))
    reading.take(_numbers().pattern, lambda found: _number(found, reading.text))


def day_of(found: re.Match[str]) -> Quantity:
    """Return a day of which year and day may be left out."""
    said = found.groupdict()
    parts = [small_value(said[part]) if said.get(part) else None for part in ("y", "m", "d")]
    return day(found, (parts[0], parts[1], parts[2]))


def about(found: re.Match[str], words: Vocabulary) -> Quantity | None:
    """Return the upper end of 三四百, with the lower one as another reading."""
    name, factor = words.units.get(found["unit"] or "", ("", Fraction(1)))
    if not (found["unit"] or found["rest"]):
        return None
    low, high = (value_of(found[end] + found["rest"]) * factor for end in ("low", "high"))
    kind = Kind.LENGTH if name == "length of text" else Kind.AMOUNT
    return simple(found, kind, high, name, also=((low, name),), per_unit=factor)


def ordinal(found: re.Match[str]) -> Quantity:
    """Return a place in an order; another language may say it as a plain number."""
    said = found.groupdict()
    value = value_of(said["n"] or said["m"])
    return simple(found, Kind.ORDINAL, value, "#", also=((value, ""),))


def _reiwa(found: re.Match[str]) -> Quantity:
    return year(found, _REIWA + (1 if found["y"] == "元" else small_value(found["y"])))


def _clock(found: re.Match[str]) -> Quantity:
    hour = small_value(found["h"] or found["h2"])
    minute = 30 if found["thirty"] else small_value(found["min"] or found["min2"] or "0")
    return clock(found, hour, minute, after_noon=found["half"] == "午後")


def _fraction(found: re.Match[str]) -> Quantity | None:
    whole = value_of(found["all"])
    return share(found, value_of(found["part"]) / whole) if whole else None


def _tenths(found: re.Match[str]) -> Quantity:
    said = found.groupdict()
    fine = said.get("f") or said.get("tenth") or ("5" if said.get("five") else "0")
    return simple(found, Kind.AMOUNT, value_of(found["n"]) * 10 + value_of(fine), PERCENT)


def _multiple(found: re.Match[str]) -> Quantity:
    if found["two"]:
        return simple(found, Kind.AMOUNT, 2, TIMES)
    both = ((Fraction(50), PERCENT), (Fraction(1, 2), ""))
    return simple(found, Kind.AMOUNT, Fraction(1, 2), TIMES, also=both)


def _number(found: re.Match[str], text: str) -> Quantity | None:
    digits = found["number"]
    bare = not (found["unit"] or found["symbol"] or found["sign"] or found["glued"])
    if bare and is_year(digits):
        return year(found, int(digits), bare=True)
    return _numbers().read(found, text)
