"""Numbers in Chinese prose: `2.5 万家`, `超千亿元`, `百分之五十三`, `三分之一`, `翻一番`."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from digest.content.numerals_grammar import Reading, clock, is_year, simple, year
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
from digest.content.numerals_japanese import about, day_of, ordinal
from digest.content.quantities import PERCENT, TIMES, Kind, Quantity
from digest.content.units import CHINESE, CHINESE_COUNTERS

WORDS = Vocabulary(
    units=CHINESE,
    counters=CHINESE_COUNTERS,
    not_before={
        "天": "[空气地然]",
        "日": "[本元常语]",
        "成": "[为功立本员长交就果分]",
        "年": "代",
        "次": "性",
        "个": "性",
        "周": "[边围全]",
        "句": "号",
        "块": "钱",
        "家": "[人庭]",
        "号": "召",
        "本": "[来身]",
        "部": "[分门署]",
        "国": "际",
        "所": "[有以谓在]",
        "对": "[于比方外]",
        "道": "[路理]",
        "人": "[民次]",
        "词": "语",
        "处": "理",
        "期": "[间待望]",
        "间": "[接断]",
    },
    not_after="第哪这那某同另各统逐唯万之不任单专惟這統單逐十百千亿億",
    some="[多余餘几幾]",
    rate_before="[每毎]",
)
_DATES = (
    re.compile(rf"(?P<y>{FOUR})\s?年\s?(?P<m>{SMALL})\s?月(?:份|\s?(?P<d>{SMALL})\s?[日号號])?"),
    re.compile(rf"(?<![0-9])(?P<m>{SMALL})\s?月\s?(?P<d>{SMALL})\s?[日号號]"),
    re.compile(r"(?<![0-9])(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![0-9])"),
    re.compile(rf"(?<![0-9.,])(?P<m>{SMALL})\s?月(?!间)"),
)
_YEAR = re.compile(rf"(?<![0-9.,])(?P<y>{FOUR})\s?年(?!间)")
_CLOCK = re.compile(
    rf"(?P<half>上午|下午|早上|凌晨|中午|晚上|晚)\s?(?P<h>{SMALL})\s?[点點时時](?!间)"
    rf"(?:(?P<thirty>半)|\s?(?P<min>{SMALL})\s?分)?"
    r"|(?<![0-9.,])(?P<h2>\d{1,2}):(?P<min2>[0-5]\d)(?![0-9:])"
)
_NO_NUMBERS = re.compile(
    r"(?<![0-9])\d+(?:\.\d+){2,}|(?<![0-9])\d+[/:]\d+|十分(?!钟|鐘|之)|一次性|一方面|一把手|三四线|第?[1-4一二三四]季度"
    r"|成千上万|一个劲|千万(?=别|不|要)|万一|一天到晚"
)
_PERCENT = re.compile(r"百分之\s?(?P<n>\d+(?:\.\d+)?|[〇零一二两三四五六七八九十百千万亿点點]+)")
_FRACTION = re.compile(
    r"(?P<all>[0-9]+|[一二三四五六七八九十百千万]+)分之(?P<part>[0-9]+|[一二三四五六七八九十]+)"
)
_OFF = re.compile(r"(?P<n>\d{1,2}(?:\.\d)?|[一二三四五六七八九]{1,2})\s?折")
_MULTIPLE = re.compile(
    r"翻了?(?P<times>[一两兩二三四五])番|(?P<two>翻了?一?倍|翻番|(?:增长|增加|提高|上涨)了?一倍)|(?P<half>减半|減半)"
)
_ORDINAL = re.compile(r"第\s?(?P<n>\d+|[一二三四五六七八九十百]+)")


@cache
def _numbers() -> NumberReader:
    return NumberReader(WORDS)


@cache
def _with_units(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{pattern}\s?(?P<unit>{WORDS.unit_pattern()})?")


@cache
def _halves() -> re.Pattern[str]:
    return re.compile(
        r"(?P<share>一半|半数)|(?<![上下前后大小多])半\s?(?:个|個)?(?P<unit>年|天|月|小时|小時|页|頁|星期|世纪)"
    )


def read(reading: Reading) -> None:
    """Find the numbers of a Chinese text."""
    if not ANY.search(reading.text):
        return
    for pattern in _DATES:
        reading.take(pattern, day_of)
    reading.take(_YEAR, lambda found: year(found, small_value(found["y"])))
    reading.drop(_NO_NUMBERS)
    reading.take(_CLOCK, _clock)
    reading.take(_PERCENT, lambda found: simple(found, Kind.AMOUNT, value_of(found["n"]), PERCENT))
    reading.take(_FRACTION, _fraction)
    reading.take(_OFF, _off)
    reading.take(_MULTIPLE, _multiple)
    reading.take(_ORDINAL, ordinal)
    reading.take(_with_units(VAGUE), lambda found: vague(found, WORDS.units))
    reading.take(_with_units(ABOUT), lambda found: about(found, WORDS))
    reading.take(_halves(), _half)
    reading.take(_numbers().pattern, lambda found: _number(found, reading.text))


def _clock(found: re.Match[str]) -> Quantity:
    hour = small_value(found["h"] or found["h2"])
    minute = 30 if found["thirty"] else small_value(found["min"] or found["min2"] or "0")
    late = found["half"] in ("下午", "晚上", "晚", "中午") and not (
        found["half"] == "中午" and hour > 10
    )
    return clock(found, hour, minute, after_noon=late)


def _fraction(found: re.Match[str]) -> Quantity | None:
    whole = value_of(found["all"])
    return share(found, value_of(found["part"]) / whole) if whole else None


def _off(found: re.Match[str]) -> Quantity:
    """八折 is what is left to pay; other languages say what is taken off."""
    said = value_of(found["n"])
    left = said if said >= 10 else said * 10
    return simple(found, Kind.AMOUNT, 100 - left, PERCENT, also=((left, PERCENT),))


def _multiple(found: re.Match[str]) -> Quantity:
    if found["half"]:
        both = ((Fraction(50), PERCENT), (Fraction(1, 2), ""))
        return simple(found, Kind.AMOUNT, Fraction(1, 2), TIMES, also=both)
    times = 2 ** int(value_of(found["times"])) if found["times"] else 2
    return simple(found, Kind.AMOUNT, times, TIMES)


def _half(found: re.Match[str]) -> Quantity:
    return share(found, Fraction(1, 2)) if found["share"] else half_of(found, _HALF_UNITS)


_HALF_UNITS = CHINESE | {"月": CHINESE["个月"], "世纪": CHINESE["世纪"]}


def _number(found: re.Match[str], text: str) -> Quantity | None:
    digits = found["number"]
    bare = not (found["unit"] or found["symbol"] or found["sign"] or found["glued"])
    if bare and is_year(digits):
        return year(found, int(digits), bare=True)
    return _numbers().read(found, text)
