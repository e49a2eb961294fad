"""Numbers are read as a reader of the language would, in words and in digits."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.content.numerals import is_readable, read_numbers, read_unit
from digest.content.quantities import Kind, Quantity

# value and unit, in the form `800 %`; a year as `year 2022`, a day as `day 2023-3-28`.
ENGLISH = [
    ("+800% for live-stream sales", "800 %"),
    ("25,000 merchants", "25000"),
    ("12 billion in spending", "12000000000"),
    ("above 3 million accounts", "3000000"),
    ("12 million+ companies", "12000000"),
    ("over 100 billion yuan", "100000000000 CNY"),
    ("30 million yuan a month", "30000000 CNY"),
    ("$1.5bn and €3m", "1500000000 USD; 3000000 EUR"),
    ("US$20 off, or £4.50", "20 USD; 9/2 GBP"),
    ("¥500", "500 CNY"),
    ("RMB 12,500", "12500 CNY"),
    ("25K readers", "25000"),
    ("53 percent, 53 per cent, 53 %", "53 %; 53 %; 53 %"),
    ("up 2 percentage points", "2 percentage points"),
    ("17 times as many companies", "17 ×"),
    ("grew by 2.64 times", "66/25 ×"),
    ("2.64× those of 2021", "66/25 ×; year 2021"),
    ("a 9-fold rise, ninefold", "9 ×; 9 ×"),
    ("time spent doubled", "2 ×"),
    ("it tripled, then quadrupled", "3 ×; 4 ×"),
    ("sales halved", "1/2 ×"),
    ("twice as many", "2 ×"),
    ("write it twice", "2"),
    ("three times a day", "3"),
    ("two hundred and fifty thousand people", "250000"),
    ("twenty-five shops", "25"),
    ("a hundred shops, a million users", "100; 1000000"),
    ("two dozen eggs, half a dozen", "24; 6"),
    ("half a million users", "500000"),
    ("two and a half million", "2500000"),
    ("one and a half years", "18 month"),
    ("half an hour", "1800 second"),
    ("half of them; a third of all; two thirds", "50 %; 100/3 %; 200/3 %"),
    ("one in five shops", "20 %"),
    ("3–5 million users", "3000000; 5000000"),
    ("20 to 30 percent", "20 %; 30 %"),
    ("between two and three million yuan", "2000000 CNY; 3000000 CNY"),
    ("in 14 days, or two weeks", "1209600 second; 1209600 second"),
    ("a 24-hour day, a five-day week", "86400 second; 432000 second"),
    ("three years", "36 month"),
    ("in five sentences and on one page", "5 sentence; 1 page"),
    ("several hundred billion", "vague 100000000000"),
    ("trillions of yuan", "vague 1000000000000 CNY"),
    ("tens of thousands of people", "vague 10000"),
    ("28 March 2023", "day 2023-3-28"),
    ("March 28th, 2023", "day 2023-3-28"),
    ("on 2023-03-28", "day 2023-3-28"),
    ("Friday, 31 March", "day None-3-31"),
    ("in March 2023", "day 2023-3-None"),
    ("at 9:30 a.m., or 5 pm", "clock 570; clock 1020"),
    ("12 a.m. and 12 p.m.", "clock 0; clock 720"),
    ("the first phase, the 2nd", "ordinal 1; ordinal 2"),
    ("phase 2, No. 7 and #3", "ordinal 2; ordinal 7; ordinal 3"),
    ("in 2022, as in 2021", "year 2022; year 2021"),
    ("since mid-2022", "year 2022"),
    ("1\u2009234.5 and 1.234,5", "2469/2; 2469/2"),
    ("−5% or -5%", "5 %; 5 %"),
    ("８００ million", "800000000"),
    ("About 200 words", "200 length of text"),
    ("ID yantao-219, 5G, H2O, COVID-19, 24/7, v1.2.3", ""),
    ("one should see why; the one that counts", ""),
    ("one person and one video", "1; 1"),
    ("the second half", "ordinal 2"),
    ("Q4 was good", ""),
]

JAPANESE = [
    ("2万5,000の事業者", "25000"),
    ("1,200万を超える", "12000000"),
    ("120億とされます", "12000000000"),
    ("８億人超", "800000000"),
    ("1億2,000万人", "120000000"),
    ("1.2億人", "120000000"),
    ("3,000万元", "30000000 CNY"),
    ("1,000億元超", "100000000000 CNY"),
    ("500円、100ドル", "500 JPY; 100 USD"),
    ("三百万人", "3000000"),
    ("二十人", "20"),
    ("三つの商品", "3"),
    ("53%増、53％増、53パーセント増", "53 %; 53 %; 53 %"),
    ("3割、3割5分", "30 %; 35 %"),
    ("前年の17倍", "17 ×"),
    ("2.64倍", "66/25 ×"),
    ("利用が倍増", "2 ×"),
    ("半減した", "1/2 ×"),
    ("3分の1", "100/3 %"),
    ("半分、半数", "50 %; 50 %"),
    ("5人に1人", "20 %"),
    ("開始から3年", "36 month"),
    ("1日15分で", "86400 second; 900 second"),
    ("2か月間、3カ月、4ヶ月", "2 month; 3 month; 4 month"),
    ("4時間ほど", "14400 second"),
    ("2週間後", "1209600 second"),
    ("半年、半ページ", "6 month; 1/2 page"),
    ("5文程度と1ページ", "5 sentence; 1 page"),
    ("教育、旅行、食、科学の4分野", "4"),
    ("600字ほど", "600 length of text"),
    ("数兆元の規模", "vague 1000000000000 CNY"),
    ("数千億とも", "vague 100000000000"),
    ("数十億人", "vague 1000000000"),
    ("2023年3月28日（火）", "day 2023-3-28"),
    ("3月28日", "day None-3-28"),
    ("2023年3月", "day 2023-3-None"),
    ("令和5年", "year 2023"),
    ("2022年、PRO 2023の要点", "year 2022; year 2023"),
    ("午前9時30分、午後5時", "clock 570; clock 1020"),
    ("第1段階、第三回、2番目", "ordinal 1; ordinal 3; ordinal 2"),
    ("20〜30%", "20 %; 30 %"),
    ("10万から20万人", "100000; 200000"),
    ("2、3日", "172800 second; 259200 second"),
    ("一方、一斉に、一覧で、一緒に、十分です", ""),
    ("支払いを一元化する", ""),
    ("1人あたり", "1"),
    ("第1四半期", ""),
]

CHINESE = [
    ("已接入 2.5 万家商家", "25000"),
    ("超 300 万", "3000000"),
    ("1200 万家企业", "12000000"),
    ("8 亿用户", "800000000"),
    ("120 亿", "12000000000"),
    ("3000 万元", "30000000 CNY"),
    ("超千亿元", "100000000000 CNY"),
    ("3 万亿元", "3000000000000 CNY"),
    ("1亿2000万人", "120000000"),
    ("三百二十万人", "3200000"),
    ("两千家门店", "2000"),
    ("二十位老顾客", "20"),
    ("五百美元、20 欧元", "500 USD; 20 EUR"),
    ("增长 53%，百分之五十三", "53 %; 53 %"),
    ("2 个百分点", "2 percentage points"),
    ("上年的 17 倍", "17 ×"),
    ("二点五倍", "5/2 ×"),
    ("一年翻一番", "12 month; 2 ×"),
    ("翻两番", "4 ×"),
    ("用量翻倍", "2 ×"),
    ("三分之一，一半", "100/3 %; 50 %"),
    ("打八折", "20 %"),
    ("三成用户", "30 %"),
    ("上线三年", "36 month"),
    ("十五分钟，四个小时", "900 second; 14400 second"),
    ("坚持两个月，先用一周", "2 month; 604800 second"),
    ("半年、半页纸", "6 month; 1/2 page"),
    ("五句话和一页纸", "5 sentence; 1 page"),
    ("四个领域", "4"),
    ("三四百字", "400 length of text"),
    ("数万亿元", "vague 1000000000000 CNY"),
    ("数千亿", "vague 100000000000"),
    ("几百万人，上千家", "vague 1000000; vague 1000"),
    ("2023 年 3 月 28 日星期二", "day 2023-3-28"),
    ("三月二十八日", "day None-3-28"),
    ("2022 年，二〇二三年", "year 2022; year 2023"),
    ("上午 9 点，下午三点半", "clock 540; clock 930"),
    ("第一阶段，第 12 期", "ordinal 1; ordinal 12"),
    ("20%～30%，3 至 5 万", "20 %; 30 %; 30000; 50000"),
    ("哪一个，统一，一样，一次性，十分好，千万别忘，逐一", ""),
    ("两者并不相同", ""),
    ("3000 多家", "3000"),
    ("公众号 yantao-219，5G", ""),
]


def shown(number: Quantity) -> str:
    if number.date:
        return f"day {'-'.join(str(part) for part in number.date)}"
    word = {
        Kind.YEAR: "year ",
        Kind.CLOCK: "clock ",
        Kind.ORDINAL: "ordinal ",
        Kind.VAGUE: "vague ",
    }
    unit = "" if number.unit in ("year", "clock", "#") else number.unit
    return f"{word.get(number.kind, '')}{number.value} {unit}".strip()


def read(text: str, language: str) -> str:
    return "; ".join(shown(number) for number in read_numbers(text, language))


@pytest.mark.parametrize(("text", "expected"), ENGLISH)
def test_english_numbers_are_read(text: str, expected: str) -> None:
    assert read(text, "en-GB") == expected


@pytest.mark.parametrize(("text", "expected"), JAPANESE)
def test_japanese_numbers_are_read(text: str, expected: str) -> None:
    assert read(text, "ja") == expected


@pytest.mark.parametrize(("text", "expected"), CHINESE)
def test_chinese_numbers_are_read(text: str, expected: str) -> None:
    assert read(text, "zh-Hans") == expected


def test_one_quantity_is_the_same_in_three_languages() -> None:
    texts = {"en": "800 million", "ja": "8億", "zh-Hans": "8 亿"}
    numbers = [read_numbers(text, language)[0] for language, text in texts.items()]

    assert numbers[0].agrees(numbers[1])
    assert numbers[1].agrees(numbers[2])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("53%", "53×"),
        ("8億", "8万"),
        ("30 million", "30 million yuan"),
        ("+5%", "−5%"),
        ("5%", "5.1%"),
    ],
)
def test_another_magnitude_unit_or_sign_is_another_quantity(one: str, other: str) -> None:
    language = "ja" if "億" in one else "en"

    assert not read_numbers(one, language)[0].agrees(read_numbers(other, language)[0])


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("%", ("%", 1)),
        ("yuan", ("CNY", 1)),
        ("million yuan", ("CNY", 10**6)),
        ("million", ("", 10**6)),
        ("万", ("", 10**4)),
        ("weeks", ("second", 604800)),
        ("users", ("", 1)),
        ("GB", ("", 1)),
    ],
)
def test_the_unit_of_a_figure_is_understood(unit: str, expected: tuple[str, int]) -> None:
    assert read_unit(unit, "en") == expected


def test_a_language_that_is_not_known_has_no_numbers_and_says_so() -> None:
    assert read_numbers("8 Millionen", "de") == ()
    assert not is_readable("de-CH")
    assert is_readable("zh-Hant")


# --- said in each language's habits, and read back ------------------------------------------------

_WORDS = "zero one two three four five six seven eight nine ten eleven twelve"
WORDS = _WORDS.split()
HAN = "〇一二三四五六七八九"

numbers = st.one_of(
    st.integers(2, 99),
    st.integers(100, 9999).map(lambda number: number if not 1900 <= number <= 2099 else 5000),
    st.integers(1, 9999).map(lambda number: number * 10**4),
    st.integers(1, 99999).map(lambda number: number * 10**6),
    st.integers(1, 9999).map(lambda number: number * 10**8),
)
units = st.sampled_from(["", "%", "×", "CNY"])


def english(number: int, unit: str, style: int) -> str:
    for name, size in (("billion", 10**9), ("million", 10**6), ("thousand", 1000)):
        if number % (size // 100) == 0 and number >= size and style:
            said = f"{float(Fraction(number, size)):.9g} {name}"
            break
    else:
        said = WORDS[number] if number < len(WORDS) and style else f"{number:,}"
    return said + {"": " shops", "%": "%" if style else " percent", "×": " times as many"}.get(
        unit, " yuan"
    )


def han_digits(number: int, big: tuple[str, str, str], style: int) -> str:
    """Write 120,000,000 as 1億2,000万 (style 0) or as 1.2億."""
    if style and number >= 10**4:
        name, size = (big[1], 10**8) if number >= 10**8 else (big[0], 10**4)
        if number % (size // 100) == 0:
            return f"{number / size:.9g}{name}".replace("e+", "")
    said = ""
    for name, size in ((big[2], 10**12), (big[1], 10**8), (big[0], 10**4)):
        if number >= size:
            said += f"{number // size}{name}"
            number %= size
    return said + (f"{number:,}" if number or not said else "")


def han_words(number: int) -> str:
    said = ""
    for name, size in (("亿", 10**8), ("万", 10**4)):
        if number >= size:
            said += han_words(number // size) + name
            number %= size
    for name, size in (("千", 1000), ("百", 100), ("十", 10)):
        if number >= size:
            said += HAN[number // size] + name
            number %= size
    return said + (HAN[number] if number else "")


def assert_read_back(text: str, language: str, number: int, unit: str) -> None:
    found = [one for one in read_numbers(text, language) if one.kind is not Kind.SPAN]
    assert [(one.value, one.unit) for one in found] == [(number, unit)], text


@given(numbers, units, st.integers(0, 1))
def test_any_number_in_english_is_read_back(number: int, unit: str, style: int) -> None:
    assert_read_back(f"It has {english(number, unit, style)} now.", "en", number, unit)


@given(numbers, units, st.integers(0, 1), st.booleans())
def test_any_number_in_japanese_is_read_back(
    number: int, unit: str, style: int, wide: bool
) -> None:
    said = han_digits(number, ("万", "億", "兆"), style)
    if wide:
        said = said.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    said += {"": "人", "%": "%", "×": "倍"}.get(unit, "元")

    assert_read_back(f"これは{said}になりました。", "ja", number, unit)


@given(numbers, units, st.integers(0, 2), st.booleans())
def test_any_number_in_chinese_is_read_back(
    number: int, unit: str, style: int, spaced: bool
) -> None:
    said = han_words(number) if style == 2 else han_digits(number, ("万", "亿", "万亿"), style)
    if spaced and style == 1:
        said = said.replace("万", " 万").replace("亿", " 亿")
    if style == 2 and unit == "%":
        text = f"已达百分之{said}。"
    else:
        text = f"已达{said}{' ' * spaced}{ {'': '人', '%': '%', '×': '倍'}.get(unit, '元') }。"

    assert_read_back(text, "zh-Hans", number, unit)


@given(st.text(max_size=60), st.sampled_from(["en", "ja", "zh-Hans"]))
def test_no_text_breaks_the_reader(text: str, language: str) -> None:
    for number in read_numbers(text, language):
        assert 0 <= number.start < number.end <= len(text)


hostile = st.text(
    alphabet="0123456789,.万億亿兆千百十数一二三〇 %×+-–~年月日第分之half a one two", max_size=80
)


@given(hostile, st.sampled_from(["en", "ja", "zh-Hans"]))
def test_a_heap_of_numerals_is_read_without_overlap(text: str, language: str) -> None:
    found = read_numbers(text, language)

    assert all(one.end <= following.start for one, following in pairwise(found))


ENDLESS = [
    "1",
    "1,000,",
    "3-",
    "one hundred and ",
    "a half ",
    "千",
    "三百万",
    "2023年",
    "０",
    "1月",
    "several ",
]


@pytest.mark.parametrize("piece", ENDLESS)
def test_a_text_of_nothing_but_numerals_is_read_in_time(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    begun = time.process_time()

    for language in ("en", "ja", "zh-Hans"):
        read_numbers(text, language)

    # A pattern that goes back over what it has read takes minutes for this.
    assert time.process_time() - begun < 10
