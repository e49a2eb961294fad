"""Days: a weekday that contradicts its date, a day that does not exist, a day gone by."""

from __future__ import annotations

from datetime import date

import pytest

from digest.content.folder import collect_findings
from tests.content.site_files import ITEM, SiteFiles

TODAY = date(2023, 4, 7)


def found(site: SiteFiles, rule: str, *, today: date | None = TODAY) -> list[str]:
    findings = collect_findings(site.home, "news", today=today)
    return [str(one).removeprefix("content/news/") for one in findings if one.rule == rule]


def write(site: SiteFiles, language: str, text: str) -> None:
    if language == "en":
        site.write("items/x.md", ITEM.replace("The body.", text))
    else:
        site.write("items/x.md", ITEM)
        site.write(f"items/x.{language}.md", f'+++\ntitle = "題"\n+++\n{text}\n')


RIGHT = [
    ("en", "On Friday, 31 March 2023, it opens."),
    ("en", "On 31 March 2023 (Friday)."),
    ("en", "Fri 31 March 2023"),
    ("en", "Friday, 31 March"),
    ("en", "March 31, 2023, was long. Monday was not."),
    ("ja", "2023年3月31日（金）に開始"),
    ("ja", "3月31日(金曜日)"),
    ("ja", "金曜日、3月31日"),
    ("zh-Hans", "2023 年 3 月 31 日星期五"),
    ("zh-Hans", "3月31日（周五）"),
    ("zh-Hans", "周五，3 月 31 日"),
]
WRONG = [
    ("en", "On Friday, 30 March 2023, it opens."),
    ("en", "On 30 March 2023 (Friday)."),
    ("en", "Fri 30 March 2023"),
    ("en", "Saturday, 31 March"),
    ("ja", "2023年3月30日（金）に開始"),
    ("ja", "3月30日(金曜日)"),
    ("ja", "土曜日、3月31日"),
    ("zh-Hans", "2023 年 3 月 30 日星期五"),
    ("zh-Hans", "3月30日（周五）"),
    ("zh-Hans", "周日，3 月 31 日"),
]


@pytest.mark.parametrize(("language", "text"), RIGHT)
def test_a_weekday_that_fits_its_date_is_fine(site: SiteFiles, language: str, text: str) -> None:
    write(site, language, text)

    assert found(site, "wrong-weekday") == []


@pytest.mark.parametrize(("language", "text"), WRONG)
def test_a_weekday_that_contradicts_its_date_is_an_error(
    site: SiteFiles, language: str, text: str
) -> None:
    write(site, language, text)

    assert len(found(site, "wrong-weekday")) == 1


def test_the_finding_names_line_and_both_days(site: SiteFiles) -> None:
    write(site, "en", "First.\n\nOn Friday, 30 March 2023, it opens.")

    assert found(site, "wrong-weekday") == [
        "items/x.md:8: 2023-03-30 is a Thursday, and the body says Friday ('30 March 2023'). "
        "Mend the weekday or the date."
    ]


def test_a_day_without_a_year_is_taken_near_the_day_of_filing(site: SiteFiles) -> None:
    turn = ITEM.replace("2023-03-31", "2023-12-28").replace("The body.", "Monday, 1 January")
    site.write("items/x.md", turn)

    assert found(site, "wrong-weekday") == []


def test_half_a_year_away_nobody_knows_the_year(site: SiteFiles) -> None:
    write(site, "en", "Monday, 30 September")

    assert found(site, "wrong-weekday") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "By 31 April 2023."),
        ("en", "On 29 February 2023."),
        ("ja", "2023年2月30日"),
        ("zh-Hans", "13 月 3 日"),
    ],
)
def test_a_day_that_does_not_exist_is_an_error(site: SiteFiles, language: str, text: str) -> None:
    write(site, language, text)

    assert len(found(site, "impossible-date")) == 1


def test_a_leap_day_exists_where_no_year_is_said(site: SiteFiles) -> None:
    write(site, "en", "On 29 February.")

    assert found(site, "impossible-date") == []


OFFER = ITEM.replace("+++\nThe", 'kind = "opportunity"\nstatus = "open"\ncloses = {}\n+++\nThe')


def test_an_opportunity_that_closed_is_an_error_with_its_line(site: SiteFiles) -> None:
    site.write("items/x.md", OFFER.format("2023-04-06"))
    site.write("items/y.md", OFFER.format("2023-04-07"))
    site.write("items/z.md", OFFER.format('"14 days"'))

    assert found(site, "deadline-passed") == [
        "items/x.md:7: closed on 2023-04-06, and it is 2023-04-07. "
        'Write status = "closed", take the item out (hold = true), or mend "closes".'
    ]


def test_what_is_marked_as_closed_may_be_past(site: SiteFiles) -> None:
    site.write("items/x.md", OFFER.format("2023-04-06").replace('"open"', '"closed"'))

    assert found(site, "deadline-passed") == []


def test_without_knowing_the_day_nothing_is_past(site: SiteFiles) -> None:
    site.write("items/x.md", OFFER.format("2023-04-06"))

    assert found(site, "deadline-passed", today=None) == []


def test_a_day_and_a_span_that_contradict_each_other_are_an_error(site: SiteFiles) -> None:
    both = OFFER.format('"3 days"').replace("kind", "opens = 2023-04-20\nkind")
    site.write("items/x.md", both)

    assert len(found(site, "order")) == 1


def test_a_question_that_closed_is_noticed(site: SiteFiles) -> None:
    head = 'question = "Why?"\nfield = "education"\nquota = 1\ncloses = 2023-04-01\n'
    site.write("questions/q.md", f"+++\n{head}+++\nBody\n")

    assert [line.split(" ")[0] for line in found(site, "question-closed")] == ["questions/q.md:5:"]


@pytest.mark.parametrize(
    ("language", "do", "count"),
    [
        ("en", "Apply by 31 March 2023.", 1),
        ("en", "Apply by Friday, 31 March.", 1),
        ("en", "Apply by 30 April 2023.", 0),
        ("en", "Read what happened on 31 March 2023.", 0),
        ("ja", "3月31日（金）までに申し込みましょう。", 1),
        ("ja", "4月30日までに申し込みましょう。", 0),
        ("zh-Hans", "请在 3 月 31 日之前报名。", 1),
        ("zh-Hans", "请在 4 月 30 日之前报名。", 0),
    ],
)
def test_an_advice_with_a_deadline_that_is_past_is_noticed(
    site: SiteFiles, language: str, do: str, count: int
) -> None:
    site.write("items/x.md", ITEM)
    if language == "en":
        site.write("items/x.md", ITEM.replace("+++\nThe", f'do = "{do}"\n+++\nThe'))
    else:
        site.write(f"items/x.{language}.md", f'+++\ntitle = "題"\ndo = "{do}"\n+++\n本文\n')

    assert len(found(site, "past-deadline-in-text")) == count


def test_expired_items_are_counted_and_not_proofread(site: SiteFiles) -> None:
    expired = ITEM.replace("section", "expires = 2023-04-01\nsection")
    site.write("items/x.md", expired.replace("The body", "TODO on Friday, 30 March 2023"))

    assert len(found(site, "expired")) == 1
    assert found(site, "unfinished") == found(site, "wrong-weekday") == []
