"""What numbers are counted in, by the words of each language.

A word leads to the unit and to how many of that unit it stands for, so that `two weeks`, `14 days`
and `2週間` are one length of time. A word that is not listed here is a thing that is counted, and
things are not compared: only the number before them is.
"""

from __future__ import annotations

from fractions import Fraction

from digest.content.quantities import (
    DOLLAR,
    EURO,
    LENGTH,
    MONTH,
    PAGE,
    PERCENT,
    POINTS,
    POUND,
    SECOND,
    SENTENCE,
    TIMES,
    WON,
    YEN,
    YUAN,
)

#: A unit, and how many of it one of the word is.
Unit = tuple[str, Fraction]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def _unit(name: str, factor: int = 1) -> Unit:
    return name, Fraction(factor)


#: Word -> unit. Plurals are made by the reader.
ENGLISH: dict[str, Unit] = {
    "%": _unit(PERCENT),
    "percent": _unit(PERCENT),
    "per cent": _unit(PERCENT),
    "pct": _unit(PERCENT),
    "percentage point": _unit(POINTS),
    "pp": _unit(POINTS),
    "×": _unit(TIMES),
    "x": _unit(TIMES),
    "fold": _unit(TIMES),
    "yuan": _unit(YUAN),
    "RMB": _unit(YUAN),
    "renminbi": _unit(YUAN),
    "CNY": _unit(YUAN),
    "yen": _unit(YEN),
    "JPY": _unit(YEN),
    "US dollar": _unit(DOLLAR),
    "dollar": _unit(DOLLAR),
    "USD": _unit(DOLLAR),
    "euro": _unit(EURO),
    "EUR": _unit(EURO),
    "pound": _unit(POUND),
    "GBP": _unit(POUND),
    "won": _unit(WON),
    "KRW": _unit(WON),
    "second": _unit(SECOND),
    "minute": _unit(SECOND, _MINUTE),
    "min": _unit(SECOND, _MINUTE),
    "hour": _unit(SECOND, _HOUR),
    "day": _unit(SECOND, _DAY),
    "week": _unit(SECOND, 7 * _DAY),
    "fortnight": _unit(SECOND, 14 * _DAY),
    "month": _unit(MONTH),
    "year": _unit(MONTH, 12),
    "decade": _unit(MONTH, 120),
    "century": _unit(MONTH, 1200),
    "page": _unit(PAGE),
    "sentence": _unit(SENTENCE),
    "word": _unit(LENGTH),
    "character": _unit(LENGTH),
}

_HAN: dict[str, Unit] = {
    "%": _unit(PERCENT),
    "×": _unit(TIMES),
    "倍": _unit(TIMES),
    "元": _unit(YUAN),
    "円": _unit(YEN),
    "日元": _unit(YEN),
    "秒": _unit(SECOND),
    "日": _unit(SECOND, _DAY),
    "年": _unit(MONTH, 12),
    "字": _unit(LENGTH),
}

JAPANESE: dict[str, Unit] = _HAN | {
    "パーセント": _unit(PERCENT),
    "ポイント": _unit(POINTS),
    "割": (PERCENT, Fraction(10)),
    "x": _unit(TIMES),
    "人民元": _unit(YUAN),
    "米ドル": _unit(DOLLAR),
    "ドル": _unit(DOLLAR),
    "ユーロ": _unit(EURO),
    "ポンド": _unit(POUND),
    "ウォン": _unit(WON),
    "秒間": _unit(SECOND),
    "分間": _unit(SECOND, _MINUTE),
    "分": _unit(SECOND, _MINUTE),
    "時間": _unit(SECOND, _HOUR),
    "日間": _unit(SECOND, _DAY),
    "週間": _unit(SECOND, 7 * _DAY),
    "週": _unit(SECOND, 7 * _DAY),
    "か月間": _unit(MONTH),
    "か月": _unit(MONTH),
    "年間": _unit(MONTH, 12),
    "四半期": _unit(MONTH, 3),
    "世紀": _unit(MONTH, 1200),
    "ページ": _unit(PAGE),
    "頁": _unit(PAGE),
    "文字": _unit(LENGTH),
    "文": _unit(SENTENCE),
    "語": _unit(LENGTH),
}

CHINESE: dict[str, Unit] = _HAN | {
    "x": _unit(TIMES),
    "个百分点": _unit(POINTS),
    "百分点": _unit(POINTS),
    "個百分點": _unit(POINTS),
    "成": (PERCENT, Fraction(10)),
    "人民币": _unit(YUAN),
    "人民幣": _unit(YUAN),
    "元人民币": _unit(YUAN),
    "块钱": _unit(YUAN),
    "美元": _unit(DOLLAR),
    "美金": _unit(DOLLAR),
    "欧元": _unit(EURO),
    "歐元": _unit(EURO),
    "英镑": _unit(POUND),
    "英鎊": _unit(POUND),
    "韩元": _unit(WON),
    "韓元": _unit(WON),
    "秒钟": _unit(SECOND),
    "分钟": _unit(SECOND, _MINUTE),
    "分鐘": _unit(SECOND, _MINUTE),
    "小时": _unit(SECOND, _HOUR),
    "小時": _unit(SECOND, _HOUR),
    "个小时": _unit(SECOND, _HOUR),
    "個小時": _unit(SECOND, _HOUR),
    "钟头": _unit(SECOND, _HOUR),
    "个钟头": _unit(SECOND, _HOUR),
    "天": _unit(SECOND, _DAY),
    "周": _unit(SECOND, 7 * _DAY),
    "週": _unit(SECOND, 7 * _DAY),
    "星期": _unit(SECOND, 7 * _DAY),
    "个星期": _unit(SECOND, 7 * _DAY),
    "個星期": _unit(SECOND, 7 * _DAY),
    "个月": _unit(MONTH),
    "個月": _unit(MONTH),
    "个季度": _unit(MONTH, 3),
    "季度": _unit(MONTH, 3),
    "世纪": _unit(MONTH, 1200),
    "个世纪": _unit(MONTH, 1200),
    "页": _unit(PAGE),
    "頁": _unit(PAGE),
    "句话": _unit(SENTENCE),
    "句話": _unit(SENTENCE),
    "句": _unit(SENTENCE),
    "个字": _unit(LENGTH),
    "個字": _unit(LENGTH),
    "词": _unit(LENGTH),
}

#: Signs that stand before a number.
SYMBOLS: dict[str, tuple[str, ...]] = {
    "$": (DOLLAR,),
    "US$": (DOLLAR,),
    "USD": (DOLLAR,),
    "€": (EURO,),
    "EUR": (EURO,),
    "£": (POUND,),
    "GBP": (POUND,),
    "RMB": (YUAN,),
    "CNY": (YUAN,),
    "JPY": (YEN,),
    # The same sign is used for both; which one is meant, the other language says.
    "¥": (YUAN, YEN),
    "￥": (YUAN, YEN),
}

_JAPANESE_COUNTERS = (
    "つ 人 名 個 本 社 店舗 店 台 枚 冊 件 回 度 種類 種 点 分野 か所 カ所 ヶ所 箇所 "
    "か国 カ国 通り 段階 部門 歳 階 位 番目 番 号 行 票 席 組 チーム 業種 項目 問 品 拠点"
)
#: What Japanese counts things with. A numeral in characters (三つ, not 一方) is read only before
#: one of these or a unit; digits are read before anything.
JAPANESE_COUNTERS = tuple(_JAPANESE_COUNTERS.split())

#: What Chinese counts things with.
CHINESE_COUNTERS = (
    *"个個家名位人种種类類项項条條款场場次回遍篇张張台部份件只支间間套层層块把座辆輛架段首道",
    *"门門对對双雙批组組队隊班期届屆号號国國省城市岁歲本幅颗顆株处處所",
    "人次",
    "场次",
)
