"""Proofreading of days: weekdays that contradict their date, days that do not exist, days gone by.

A day without its year is taken in the year that puts it nearest to the day the item was filed. What
is past is only known to who says what day it is: without `today`, nothing is past.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from digest.content.check_rules import noticed
from digest.content.parts import BODY, Part, Places
from digest.content.quantities import Kind, Quantity
from digest.model.finding import Finding
from digest.model.issue import Item, ItemKind, OpportunityStatus, Question, calendar_day

_WEEK = "monday tuesday wednesday thursday friday saturday sunday"
_ENGLISH = _WEEK.split()
_ENGLISH_DAY = r"(?P<day>mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_JAPANESE = "月火水木金土日"
_CHINESE = "一二三四五六日"
_BEFORE = {
    "en": re.compile(rf"\b{_ENGLISH_DAY}\.?,?\s+(?:the\s+)?\Z", re.IGNORECASE),
    "ja": re.compile(rf"(?P<day>[{_JAPANESE}])曜日?[、の]?\s*\Z"),
    "zh": re.compile(rf"(?:星期|礼拜|[周週])(?P<day>[{_CHINESE}天])[，,、]?\s*\Z"),
}
_AFTER = {
    "en": re.compile(rf",?\s*\(?{_ENGLISH_DAY}\b", re.IGNORECASE),
    "ja": re.compile(
        rf"\s*(?:[（(]\s*(?P<day>[{_JAPANESE}])(?:曜日?)?(?:[・/、]?祝)?\s*[）)]|[、の]?(?P<other>[{_JAPANESE}])曜)"
    ),
    "zh": re.compile(rf"\s*[（(，,]?\s*(?:星期|礼拜|[周週])(?P<day>[{_CHINESE}天])"),
}
_UNTIL = {
    "en": re.compile(
        r"\b(?:until|till|by|before|no later than|deadline(?:\s+is|:)?|close[sd]?(?:\s+on)?|"
        r"ends?(?:\s+on)?|due(?:\s+on)?)\s+(?:\w+,?\s+)?\Z",
        re.IGNORECASE,
    ),
    "ja": re.compile(r"(?:締め?切り?|〆切|期限)(?:は|：|:)?\s*\Z"),
    "zh": re.compile(r"(?:截止(?:日期|时间)?|截至|期限)(?:为|是|到|至|：|:)?\s*\Z"),
}
_UNTIL_AFTER = {
    "en": re.compile(r"(?!)"),
    "ja": re.compile(r"(?:\s*[（(][^）)]{1,4}[）)])?\s*(?:まで|締め?切|〆切|必着)"),
    "zh": re.compile(r"(?:\s*[（(][^）)]{1,4}[）)])?\s*(?:(?:之|以)?前|截止|为止)"),
}
#: Beyond this, a day without its year may as well belong to another year.
_NEAR = timedelta(days=150)


def about_days(
    parts: Iterable[Part], places: Places, *, anchor: date | None, today: date | None
) -> Iterator[Finding]:
    """Yield what is wrong with the days that some parts name.

    `anchor` is a day near which a day without its year is to be looked for.
    """
    for part in parts:
        for number in part.numbers:
            if number.kind is not Kind.DATE or not number.date or number.date[2] is None:
                continue
            line = places.line(part, number.start)
            if not _exists(number):
                what = f"'{number.said}' is no day of the calendar"
                yield noticed("impossible-date", part.file, what, "Mend the day.", line)
            elif day := _resolve(number, anchor):
                yield from _about_day(part, number, day, line, today)


def about_item(item: Item, places: Places, *, today: date | None) -> Iterator[Finding]:
    """Yield what is past, or out of order, about an item that may still be sent."""
    if today is None:
        return
    yield from _order(item, places, today)
    is_closed = item.status is OpportunityStatus.CLOSED
    if isinstance(item.closes, date) and item.closes < today and not is_closed:
        what = f"closed on {item.closes}, and it is {today}"
        hint = 'Take the item out (hold = true), or mend "closes".'
        if item.kind is ItemKind.OPPORTUNITY:
            hint = 'Write status = "closed", take the item out (hold = true), or mend "closes".'
        yield noticed("deadline-passed", item.file, what, hint, places.key(item.file, "closes"))


def about_question(question: Question, places: Places, *, today: date | None) -> Iterator[Finding]:
    """Yield what is past, or out of order, about a question."""
    if today is None:
        return
    yield from _order(question, places, today)
    if isinstance(question.closes, date) and question.closes < today:
        what = f"closed on {question.closes}: nobody is invited to it any more"
        hint = "Delete the question, or move 'closes'."
        line = places.key(question.file, "closes")
        yield noticed("question-closed", question.file, what, hint, line)


def _order(noun: Item | Question, places: Places, today: date) -> Iterator[Finding]:
    """Yield a day and a span that contradict each other; two of a kind are compared when read."""
    kinds = {isinstance(noun.opens, date), isinstance(noun.closes, date)}
    opens, closes = calendar_day(noun.opens, today), calendar_day(noun.closes, today)
    if opens and closes and closes < opens and len(kinds) == 2:
        what = f"'closes' ({closes}, if it is mailed today) lies before 'opens' ({opens})"
        line = places.key(noun.file, "closes")
        yield noticed("order", noun.file, what, "Mend one of the two.", line)


def _about_day(
    part: Part, number: Quantity, day: date, line: int, today: date | None
) -> Iterator[Finding]:
    said = _weekday(part, number)
    if said is not None and said != day.weekday():
        name, right = (_ENGLISH[each].capitalize() for each in (said, day.weekday()))
        what = f"{day} is a {right}, and the {part.name} says {name} ('{number.said}')"
        yield noticed("wrong-weekday", part.file, what, "Mend the weekday or the date.", line)
    if today and day < today and part.name != BODY and _is_deadline(part, number):
        what = f"the {part.name} names a deadline that is past: '{number.said}'"
        yield noticed("past-deadline-in-text", part.file, what, "Mend the date.", line)


def _exists(number: Quantity) -> bool:
    assert number.date, "only days come here"
    year, month, day = number.date
    try:
        # Of a year that is not said, only a leap year holds every day.
        date(2000 if year is None else year, 1 if month is None else month, day or 0)
    except ValueError:
        return False
    return True


def _resolve(number: Quantity, anchor: date | None) -> date | None:
    """Return the day that is meant, or None where that is anybody's guess."""
    assert number.date, "only days come here"
    year, month, day = number.date
    if month is None or day is None:
        return None
    if year is not None:
        return date(year, month, day)
    if anchor is None:
        return None
    near: list[date] = []
    for guess in (anchor.year - 1, anchor.year, anchor.year + 1):
        try:
            near.append(date(guess, month, day))
        except ValueError:  # 29 February
            continue
    found = min(near, key=lambda one: abs(one - anchor), default=None)
    return found if found and abs(found - anchor) <= _NEAR else None


def _weekday(part: Part, number: Quantity) -> int | None:
    """Return the weekday (Monday is 0) that stands beside a day, or None."""
    language = part.language.lower().split("-")[0]
    if language not in _BEFORE:
        return None
    before = part.text[max(0, number.start - 20) : number.start]
    found = _AFTER[language].match(part.text, number.end) or _BEFORE[language].search(before)
    if not found:
        return None
    said = (found["day"] or found.groupdict().get("other") or "").lower()
    if language == "en":
        return next(place for place, name in enumerate(_ENGLISH) if name.startswith(said[:3]))
    return _JAPANESE.index(said) if language == "ja" else _CHINESE.index(said.replace("天", "日"))


def _is_deadline(part: Part, number: Quantity) -> bool:
    language = part.language.lower().split("-")[0]
    patterns: Mapping[str, re.Pattern[str]] = _UNTIL
    if language not in patterns:
        return False
    before = part.text[max(0, number.start - 40) : number.start]
    return bool(
        patterns[language].search(before) or _UNTIL_AFTER[language].match(part.text, number.end)
    )
