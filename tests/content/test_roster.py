"""A roster's rows become newcomers or rejects, and nothing is lost between them."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.content.roster import SeenAddresses, check_row, read_roster
from digest.errors import ContentError, UsageError
from digest.model.audience import Subscriber
from digest.model.freeze import Newcomer, Reject
from tests.content.roster_maker import NEWSLETTER, addresses, newcomers, rejects, roster_of

HEADER = "email,name,language,timezone,roles,fields,verified,topics,status,subscribed_at,City\n"


def one(folder: Path, column: str, cell: str) -> Newcomer | Reject:
    """Return what becomes of a row with one cell besides the address."""
    quoted = '"' + cell.replace('"', '""') + '"'
    roster = roster_of(folder, f"email,{column}\nann@example.org,{quoted}\n".encode())
    (row,) = roster
    return row


def test_a_full_row_becomes_a_newcomer(tmp_path: Path) -> None:
    row = (
        "Ann@Example.org, Ann Lee ,zh-hans,Asia/Tokyo,merchant;brand; brand,pay;search,pay,ai,"
        "pending,2023-03-01,Köln\n"
    )

    roster = roster_of(tmp_path, HEADER + row)

    assert list(roster) == [
        Newcomer(
            line=2,
            subscriber=Subscriber(
                address="Ann@example.org",
                name="Ann Lee",
                language="zh-Hans",
                timezone="Asia/Tokyo",
                roles=("brand", "merchant"),
                fields=("pay", "search"),
                verified=("pay",),
                attributes=(("city", "Köln"),),
            ),
            topics=("ai",),
            status="pending",
            subscribed_at=datetime(2023, 3, 1, tzinfo=UTC),
            given=frozenset(
                {*HEADER.strip().lower().split(","), "attributes"},
            ),
        )
    ]
    assert roster.attributes == ("city",)
    assert roster.columns == tuple(HEADER.split(",")[:10])


def test_only_the_address_is_required(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, "email\nann@example.org\n")

    (row,) = roster

    assert row == Newcomer(
        line=2, subscriber=Subscriber(address="ann@example.org"), given=frozenset({"email"})
    )


def test_an_empty_cell_says_nothing(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, HEADER + "ann@example.org,,,,,,,,,,\n")

    (row,) = newcomers(roster)

    assert row.subscriber == Subscriber(address="ann@example.org")
    assert (row.topics, row.status, row.subscribed_at) == ((), "active", None)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("name", "Ann\nBcc: eve@example.org", "line break (U+000A)"),
        ("name", "Ann\u2028Lee", "line break (U+2028)"),
        ("name", "Ann\u2029Lee", "line break (U+2029)"),
        ("name", "Ann\x00", "control character (U+0000)"),
        ("name", "Ann\x85", "control character (U+0085)"),
        ("name", "Ann\tLee", "control character (U+0009)"),
        ("name", "\u202eAnn", "control character (U+202E)"),
        ("name", "\u2066Ann", "control character (U+2066)"),
        ("name", "Ann\ufffd", "lost in a conversion"),
        ("name", "=?UTF-8?Q?=0A?=Bcc: x@y", "encoded word"),
        ("name", "x =?utf-8?b?SGk=?=", "encoded word"),
        ("name", "a" * 201, "201 characters, more than 200"),
        ("language", "english", "is not a language tag"),
        ("language", "ja_JP.UTF-8", "is not a language tag"),
        ("language", "jp", "the language is 'ja'"),
        ("language", "cn", "the language is 'zh'"),
        ("language", "en-" + "-".join(["abcdefgh"] * 9), "is not a language tag"),
        ("timezone", "tokyo", "did you mean 'Asia/Tokyo'?"),
        ("timezone", "Europe/berlin", "did you mean 'Europe/Berlin'?"),
        ("timezone", "Mars/Olympus", "write it like Asia/Tokyo"),
        ("timezone", "../../etc/passwd", "no time zone"),
        ("timezone", "/etc/localtime", "no time zone"),
        ("timezone", "America", "no time zone"),
        ("timezone", "localtime", "no time zone"),
        ("timezone", "posix/Asia/Tokyo", "no time zone"),
        ("timezone", "tzdata.zi", "no time zone"),
        ("timezone", "x" * 5000, "no time zone"),
        ("roles", "brand;merchnt", "did you mean 'merchant'?"),
        ("roles", "brand,merchant", "none of this newsletter's roles"),
        ("fields", "cooking", "there is pay, channels, search"),
        ("verified", "paying", "did you mean 'pay'?"),
        ("topics", "sport", "none of this newsletter's topics"),
        ("status", "unsubscribed", "'unsubscribed' is none of pending, active, left"),
        ("subscribed_at", "31.03.2023", "write it like 2023-03-31"),
        ("subscribed_at", "2023-02-30", "is not a date"),
        ("subscribed_at", "2023-04-02", "lies in the future"),
        ("subscribed_at", "0001-01-01T00:00+14:00", "is not a date"),
        ("City", "K\x07", "control character (U+0007)"),
        ("City", "a" * 10_001, "10,001 characters, more than 10,000"),
    ],
)
def test_a_bad_cell_is_rejected_with_its_column_and_reason(
    tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    row = one(tmp_path, column, cell)

    assert isinstance(row, Reject)
    assert row.line == 2
    assert row.reason.startswith(f"{column.lower()}: ")
    assert reason in row.reason
    assert len(row.reason) < 300


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("name", ' Ann "Q" O\'Neil, Jr. ', 'Ann "Q" O\'Neil, Jr.'),
        ("name", "Zoe\u0308", "Zoë"),
        ("name", "家族👨‍👩‍👧", "家族👨‍👩‍👧"),
        ("name", "نور\u200cا", "نور\u200cا"),
        ("name", "a=?b", "a=?b"),
        ("name", "a" * 200, "a" * 200),
        ("name", "'Tis Ann", "'Tis Ann"),
        ("name", "'=Ann", "=Ann"),
        ("language", "ja_JP", "ja-JP"),
        ("language", "ZH-hans-cn", "zh-Hans-CN"),
        ("language", "es-419", "es-419"),
        ("language", "de-CH-1901", "de-CH-1901"),
        ("language", "en-x-US-ABCD", "en-x-us-abcd"),
        ("timezone", "America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("timezone", "UTC", "UTC"),
        ("roles", " Brand ;; MERCHANT;", ("brand", "merchant")),
    ],
)
def test_a_good_cell_is_kept_in_its_canonical_form(
    tmp_path: Path, column: str, cell: str, value: object
) -> None:
    row = one(tmp_path, column, cell)

    assert isinstance(row, Newcomer)
    assert getattr(row.subscriber, column) == value


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2023-03-01", datetime(2023, 3, 1, tzinfo=UTC)),
        ("2023-03-01 09:30", datetime(2023, 3, 1, 9, 30, tzinfo=UTC)),
        ("2023-03-01T09:30:00Z", datetime(2023, 3, 1, 9, 30, tzinfo=UTC)),
        ("2023-03-01T09:30:00+09:00", datetime(2023, 3, 1, 0, 30, tzinfo=UTC)),
        ("2023-04-01T12:00:00", datetime(2023, 4, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_utc(tmp_path: Path, cell: str, moment: datetime) -> None:
    row = one(tmp_path, "subscribed_at", cell)

    assert isinstance(row, Newcomer)
    assert row.subscribed_at == moment


def test_everything_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, "email,name,language\nann@,A\u2028nn,english\n")

    ((line, reason),) = rejects(roster)

    assert line == 2
    assert re.findall(r"(?:^|\. )(\w+): ", reason) == ["email", "name", "language"]


def test_bad_rows_cost_nothing_but_themselves(tmp_path: Path) -> None:
    content = "email,name\na@example.org,A\nb@@example.org,B\nc@example.org,C\n"

    rows = list(roster_of(tmp_path, content))

    assert [type(row) for row in rows] == [Newcomer, Reject, Newcomer]
    assert rows[1] == Reject(line=3, reason=rows[1].reason, row=("b@@example.org", "B"))


def test_the_first_of_two_rows_with_one_address_is_kept(tmp_path: Path) -> None:
    content = "email,name\n\nann@example.org,A\nbob@example.org,B\nANN@Example.ORG,C\n"

    roster = roster_of(tmp_path, content)

    assert [row.subscriber.name for row in newcomers(roster)] == ["A", "B"]
    assert rejects(roster) == [(5, "the address stands on line 3 already")]


def test_a_row_that_was_rejected_does_not_stand_in_the_way_of_a_good_one(tmp_path: Path) -> None:
    content = "email,language\nann@example.org,english\nann@example.org,en\n"

    assert addresses(roster_of(tmp_path, content)) == ["ann@example.org"]


def test_a_newsletter_without_topics_says_so(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,topics\nann@example.org,ai\n", encoding="utf-8")

    ((_, reason),) = rejects(read_roster(path, newsletter=replace(NEWSLETTER, attributes={})))

    assert "declare it under [attributes.topics]" in reason


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_read_from_the_header(tmp_path: Path, delimiter: str) -> None:
    rows = (("Email", "name", "roles"), ("ann@example.org", "Ann", '"brand;merchant"'))

    roster = roster_of(tmp_path, "\n".join(delimiter.join(row) for row in rows))

    assert roster.delimiter == delimiter
    assert newcomers(roster)[0].subscriber.roles == ("brand", "merchant")


def test_a_semicolon_in_a_name_of_a_column_is_no_delimiter(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, "email,a;b;c\nann@example.org,x\n")

    assert roster.delimiter == ","
    assert newcomers(roster)[0].subscriber.attributes == (("a;b;c", "x"),)


def test_a_first_line_with_excels_delimiter_is_understood(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, "sep=;\nemail;name\nann@example.org;Ann, Lee\n")

    assert [(row.line, row.subscriber.name) for row in newcomers(roster)] == [(3, "Ann, Lee")]


def test_columns_are_known_in_any_case_and_with_blanks(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, " E-MAIL , Name\nann@example.org,Ann\n", {"e-mail": "EMAIL"})

    assert roster.columns == ("email", "name")
    assert addresses(roster) == ["ann@example.org"]


def test_a_mapping_says_which_column_is_which(tmp_path: Path) -> None:
    content = "Email Address;Rôle;name\nann@example.org;brand;Ann\n"

    roster = roster_of(tmp_path, content, {"Email Address": "email", "rôle": "roles"})

    assert roster.columns == ("email", "roles", "name")
    assert newcomers(roster)[0].subscriber.roles == ("brand",)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"mail": "emial"}, "'emial' is not a column of a roster. Did you mean 'email'?"),
        ({"e-mial": "email"}, "the file has no column 'e-mial'. Did you mean 'e-mail'?"),
        ({"": "email"}, "the file has no column ''"),
    ],
)
def test_a_wrong_mapping_is_a_wrong_use(
    tmp_path: Path, mapping: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        roster_of(tmp_path, "e-mail,name\nann@example.org,Ann\n", mapping)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,E-mail\n", 'people.csv:1: no column is named email. Did you mean --map "E-mail='),
        ("名前,メールアドレス\n", 'Did you mean --map "メールアドレス=email"?'),
        ("Ann,ann@gmail.com\n", "the first row is a person, not a header. Put a line such as"),
        ("\n\nname,city\n", "people.csv:3: no column is named email. It has 'name', 'city'"),
        ("email,name,Email\n", "the column 'email' stands there twice"),
        ("email,City,city \n", "the column 'City' stands there twice"),
        ("email" + ",x" * 300 + "\n", "the header has 301 columns"),
        ('email,"na\nme"\n', "cannot be the name of a column"),
        ('email,"name\nann@example.org\n', "people.csv:1: the header cannot be read: a quote"),
        ("", "people.csv: the file is empty"),
        ("\n\r\n \n", "the file holds only blank lines"),
        ("sep=;\n", "the file has no header"),
        ("\x00" * 5000, "cannot be the name of a column"),
        ("x" * 50_000, "cannot be the name of a column"),
        ("x" * 300_000, "the row is longer than 100,000 characters"),
    ],
)
def test_a_header_that_cannot_serve_stops_the_import(
    tmp_path: Path, content: str, message: str
) -> None:
    with pytest.raises(ContentError) as caught:
        list(roster_of(tmp_path, content))

    assert message in str(caught.value)
    assert len(str(caught.value)) < 600


def test_two_columns_mapped_to_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="'email' and 'Work' are both 'email'"):
        roster_of(tmp_path, "email,Work\n", {"work": "email"})


def test_a_file_with_a_header_only_has_no_rows(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, "email,name")

    assert list(roster) == []
    assert roster.header == ("email", "name")


def test_an_empty_column_without_a_name_is_harmless_and_a_filled_one_is_not(
    tmp_path: Path,
) -> None:
    roster = roster_of(tmp_path, "email,,\na@example.org,,\nb@example.org,,x\n")

    assert addresses(roster) == ["a@example.org"]
    assert rejects(roster) == [(3, "cell 3 holds text, but its column has no name")]


def test_a_roster_can_be_read_twice(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, HEADER + "ann@example.org,Ann,,,,,,,,,\nann@example.org\n")

    first, second = list(roster), list(roster)

    assert first == second
    assert len(first) == 2


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        content = "email,name,roles\n" + "".join(
            f"reader{number}@example.org,Reader {number},brand;merchant\n" for number in range(rows)
        )
        roster = roster_of(tmp_path, content)
        del content
        tracemalloc.start()
        try:
            assert sum(isinstance(row, Newcomer) for row in roster) == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(2_000), peak(20_000)

    # While the table of seen addresses doubles, old and new stand side by side.
    assert many - few < 18_000 * 60


@given(st.lists(st.integers(0, 3000), max_size=4000))
def test_an_address_is_remembered_with_the_line_of_its_first_row(numbers: list[int]) -> None:
    seen = SeenAddresses()
    first: dict[int, int] = {}

    found = [seen.note(f"{number}@example.org", line) for line, number in enumerate(numbers, 2)]

    assert found == [first.setdefault(number, line) for line, number in enumerate(numbers, 2)]


def test_a_consumer_may_stop_in_the_middle(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, "email\na@example.org\nb@example.org\n")

    rows: Iterator[Newcomer | Reject] = iter(roster)
    first = next(rows)
    del rows

    assert first.line == 2
    assert addresses(roster) == ["a@example.org", "b@example.org"]


def test_a_person_typed_by_hand_is_checked_like_a_row() -> None:
    values = {"email": "Ann@Example.org", "name": "'=Ann ", "language": "", "roles": "brand;brand"}

    row = check_row(values, newsletter=NEWSLETTER)

    assert row.subscriber == Subscriber(address="Ann@example.org", name="'=Ann", roles=("brand",))
    assert row.given == {"email", "name", "roles"}


def test_everything_wrong_with_a_person_typed_by_hand_is_said_at_once() -> None:
    values = {"email": "", "name": "A\nnn", "timezone": "Tokyo"}

    with pytest.raises(UsageError) as caught:
        check_row(values, newsletter=NEWSLETTER)

    assert re.findall(r"(?:^|\. )(\w+): ", caught.value.what) == ["email", "name", "timezone"]
