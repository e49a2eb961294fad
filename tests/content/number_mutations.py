"""Seeded slips in the numbers of the sample newsletter, each one that a gate has to stop.

The machine finds numbers by its own plain patterns, not by the reader that it is to judge. A slip
is one change in one file: a digit, a magnitude, a unit, a number in words, a figure's number, or
the words of doubt beside a figure that is not settled.

Left alone is what no comparison of texts can know: how long an answer should be (`200 words` is
`600字` by intent), dates of filing, and the name of the source's account.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CAUGHT_BY = frozenset({"number-disagrees", "doubt-dropped", "figure-text"})

_PROSE_KEYS = re.compile(
    r'^(?:title|do|subject|preheader|lead|question|label|text) = "(?P<said>.*)"$', re.MULTILINE
)
_LENGTH = re.compile(r"\d+ words|\d+字|三四百字")
_MAGNITUDES = {
    "万亿": ["亿", "万"],
    "万": ["億", "千"],
    "億": ["万", "兆"],
    "亿": ["万", "万亿"],
    "兆": ["億"],
    "billion": ["million", "trillion"],
    "million": ["billion", "thousand"],
    "trillions": ["billions", "millions"],
}
_NUMERALS = "two three four five six seven eight nine ten twelve fifteen twenty thirty"
_ENGLISH = _NUMERALS.split()
_CHINESE = list("二三四五六七八九")
_CHINESE_COUNTED = re.compile(
    "(?<!第)(?P<n>[两三四五]|二十|十五|十)(?=(?:个|句|位|种|类|款|年|分钟|页|名))"
)

#: What carries doubt about a figure in the sample, and the same text said flatly.
DOUBTS: dict[str, list[list[tuple[str, str]]]] = {
    "channels-live-sales.md": [
        [
            ("Our source gives +800% for live-stream sales", "Live-stream sales grew by 800%"),
            ("Others say “eightfold”, which is not the same. ", "It was “eightfold”. "),
            ("; its size is not settled", ""),
        ],
        [("; by how much is open", " by 800%")],
    ],
    "channels-live-sales.ja.md": [
        [
            ("記事では、", ""),
            ("とされています", "です"),
            ("一方で「8倍」とする情報もあり、両者は同じ意味ではありません。", "「8倍」です。"),
        ],
        [("伸び幅は未確定", "800%増")],
    ],
    "channels-live-sales.zh-Hans.md": [
        [
            ("据原文，", ""),
            ("也有说法称是 8 倍，两者并不相同", "即 8 倍"),
            ("两种说法都表明大涨，具体幅度尚无定论", "大涨"),
        ],
        [("幅度尚无定论", "增长 800%")],
    ],
    "channels-creator-income.md": [
        [
            ("By our source, ", ""),
            (
                "Others say that their number “grew by 2.64 times”",
                "Their number grew by 2.64 times",
            ),
            ("; the factor is not settled", ""),
        ],
        [("how many more is open", "2.64 times as many")],
    ],
    "channels-creator-income.ja.md": [
        [
            ("記事によると、", ""),
            ("「2.64倍分増えた」とする情報もあり、その場合はさらに多くなります。", ""),
            ("、倍率は確定していません", ""),
        ],
        [("倍率は未確定", "2.64倍に")],
    ],
    "channels-creator-income.zh-Hans.md": [
        [
            ("据原文，", ""),
            ("；也有说法称增长了 2.64 倍，那样会更多", ""),
            ("两种说法都表明人数增加，倍数尚无定论。", ""),
        ],
        [("倍数尚无定论", "达 2.64 倍")],
    ],
    "pay-coupons.md": [
        [
            ("is put at 12 billion", "is 12 billion"),
            (" The currency word in our source is doubtful, so we give none.", ""),
        ],
    ],
    "pay-coupons.ja.md": [
        [("120億とされますが、原文の通貨の表記が疑わしいため、通貨名は記しません", "120億です")],
        [("2万5,000の事業者が接続", "120億の消費")],
    ],
    "pay-coupons.zh-Hans.md": [
        [("据称为 120 亿。原文的货币单位存疑，故不标注。", "为 120 亿。")],
    ],
    "search-reach.md": [
        [
            (
                "The growth is given as +54% year on year; others say that this counts searches.",
                "It grew by 54%.",
            ),
            (" What grew by 54% is therefore not settled.", ""),
        ],
    ],
    "search-reach.ja.md": [
        [
            (
                "とされますが、これを検索回数の伸びとする情報もあり、何が54%伸びたのかは確定していません",
                "です",
            ),
        ],
        [("8億人超", "8億人超、54%増")],
    ],
    "search-reach.zh-Hans.md": [
        [("据称为", "为"), ("；也有说法称这是搜索次数的增幅，究竟是什么增长了 54%，尚无定论", "")],
    ],
    "wecom-private-trade.md": [
        [("100 billion yuan, or several hundred?", "above 100 billion yuan")],
        [
            (" in the text of our source and “several hundred billion” in its heading", ""),
            (" Which of the two was told is not settled.", ""),
        ],
    ],
    "wecom-private-trade.ja.md": [
        [("超か、数千億か", "超")],
        [
            (
                "、記事の本文では1,000億元超、見出しでは「数千億」とされています",
                "は1,000億元超です",
            ),
            ("登壇者がどちらを述べたのかは確定していません。", ""),
        ],
    ],
    "wecom-private-trade.zh-Hans.md": [
        [("超千亿元，还是数千亿？", "超千亿元")],
        [
            ("原文正文写的是超过", "超过"),
            ("，标题写的是数千亿。主讲人说的究竟是哪一个，尚无定论", ""),
        ],
    ],
}


@dataclass(frozen=True)
class Slip:
    """One change of one file."""

    kind: str
    file: str
    """Relative to the newsletter's folder."""
    text: str
    """The whole file as it is then."""
    what: str


def every_slip(folder: Path) -> list[Slip]:
    """Return every slip that the machine can make in the files of a newsletter."""
    paths = sorted(
        path for kind in ("items", "notes", "questions") for path in folder.glob(f"{kind}/*.md")
    )
    return [slip for path in paths for slip in _slips(path, path.relative_to(folder).as_posix())]


def seeded_slips(folder: Path, seed: int, count: int) -> list[Slip]:
    """Return so many different slips, of every kind and language."""
    dice = random.Random(seed)
    by_kind: dict[str, list[Slip]] = {}
    for slip in every_slip(folder):
        by_kind.setdefault(f"{slip.kind} {_language(slip.file)}", []).append(slip)
    for slips in by_kind.values():
        dice.shuffle(slips)
    chosen: list[Slip] = []
    while len(chosen) < count:
        for slips in by_kind.values():
            if slips and len(chosen) < count:
                chosen.append(slips.pop())
    return chosen


def _language(file: str) -> str:
    ending = file.removesuffix(".md").rpartition(".")[2]
    return ending if ending in ("ja", "zh-Hans") else "en"


def _slips(path: Path, file: str) -> Iterator[Slip]:
    text = path.read_text(encoding="utf-8")
    for kind, start, end, others in _places(text, _language(file)):
        for other in others:
            changed = text[:start] + other + text[end:]
            line = (
                changed[: start + len(other)].rpartition("\n")[2]
                + changed[start + len(other) :].partition("\n")[0]
            )
            yield Slip(kind, file, changed, f"{text[start:end]} -> {other} in {line}")
    for changes in DOUBTS.get(path.name, []):
        changed = text
        for old, new in changes:
            assert old in changed, (file, old)
            changed = changed.replace(old, new)
        yield Slip("doubt", file, changed, f"without {changes[0][0]}")


def _places(text: str, language: str) -> Iterator[tuple[str, int, int, list[str]]]:
    """Yield (kind, start, end, what may stand there instead)."""
    for start, end in _prose(text):
        skipped = [found.span() for found in _LENGTH.finditer(text, start, end)]
        for kind, first, last, others in _in_prose(text, start, end, language):
            if not any(low <= first < high for low, high in skipped):
                yield kind, first, last, others
    for found in re.finditer(r"^number = (?P<n>[\d.]+)$", text, re.MULTILINE):
        for place, digit in enumerate(found["n"]):
            if digit.isdigit():
                at = found.start("n") + place
                # A number whose first digit is 0 is no TOML.
                digits = "123456789" if place == 0 else "0123456789"
                yield "figure", at, at + 1, [other for other in digits if other != digit]
        yield "figure", found.end("n"), found.end("n"), ["0" if "." not in found["n"] else "1"]
    for found in re.finditer(r'^unit = "(?P<u>.*)"$', text, re.MULTILINE):
        others = {"%": ["×", "yuan"], "×": ["%"], "yuan": ["%", "yen"]}[found["u"]]
        yield "figure", found.start("u"), found.end("u"), others


def _prose(text: str) -> Iterator[tuple[int, int]]:
    header, _, _ = text.removeprefix("+++\n").partition("\n+++\n")
    body = len("+++\n") + len(header) + len("\n+++\n")
    for found in _PROSE_KEYS.finditer(text, 0, body):
        yield found.span("said")
    yield body, len(text)


def _in_prose(
    text: str, start: int, end: int, language: str
) -> Iterator[tuple[str, int, int, list[str]]]:
    for found in re.finditer("[0-9]", text[start:end]):
        at = start + found.start()
        yield "digit", at, at + 1, [digit for digit in "0123456789" if digit != found[0]]
    words = "|".join(_MAGNITUDES)
    for found in re.finditer(
        rf"(?<=[0-9,千数]) ?(?P<m>{words})|(?<= )(?P<w>{words})\b", text[start:end]
    ):
        group = "m" if found["m"] else "w"
        yield (
            "magnitude",
            start + found.start(group),
            start + found.end(group),
            _MAGNITUDES[found[group]],
        )
    for found in re.finditer(r"(?<=[0-9])(?P<g> ?)(?P<u>%|倍|×| times(?= as))", text[start:end]):
        others = {"%": ["×", "倍"], "倍": ["%"], "×": ["%"], " times": ["%"]}[found["u"]]
        if language == "en":
            others = [other for other in others if other != "倍"]
        yield "unit", start + found.start("u"), start + found.end("u"), others
    yield from _words(text, start, end, language)


def _words(
    text: str, start: int, end: int, language: str
) -> Iterator[tuple[str, int, int, list[str]]]:
    piece = text[start:end]
    if language == "en":
        # `the two` points back at something; how many there are is said elsewhere.
        for found in re.finditer(rf"(?<!the )\b(?:{'|'.join(_ENGLISH)})\b", piece, re.IGNORECASE):
            others = [word for word in _ENGLISH if word != found[0].lower()]
            yield "word", start + found.start(), start + found.end(), others
        for said, other in (
            ("doubled", "tripled"),
            ("eightfold", "ninefold"),
            ("twice", "three times"),
        ):
            for found in re.finditer(rf"\b{said}\b", piece):
                yield "word", start + found.start(), start + found.end(), [other]
    elif language == "zh-Hans":
        for found in _CHINESE_COUNTED.finditer(piece):
            others = [char for char in _CHINESE if char != found["n"].replace("两", "二")]
            yield "word", start + found.start(), start + found.end(), others
        for found in re.finditer("翻一番", piece):
            yield "word", start + found.start(), start + found.end(), ["翻两番", "减半"]
