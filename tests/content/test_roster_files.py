"""A roster in any shape that programs write: encodings, line ends, quotes, damage."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.content.roster import read_roster
from digest.content.roster_rows import ROW_CHARACTERS, ROW_LINES
from digest.errors import ContentError, DigestError, UsageError
from digest.model.freeze import Reject
from tests.content.roster_maker import NEWSLETTER, addresses, newcomers, rejects, roster_of

PEOPLE = "email,name\nann@example.org,李小龙\nbob@example.org,Zoë\n"


@pytest.mark.parametrize(
    ("encoding", "known_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_roster_is_read_in_any_unicode_encoding_with_any_line_ends(
    tmp_path: Path, encoding: str, known_as: str, line_end: str
) -> None:
    roster = roster_of(tmp_path, PEOPLE.replace("\n", line_end).encode(encoding))

    assert roster.encoding == known_as
    assert [(row.line, row.subscriber.name) for row in newcomers(roster)] == [
        (2, "李小龙"),
        (3, "Zoë"),
    ]


def test_utf_16_of_a_big_endian_machine_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, b"\xfe\xff" + PEOPLE.encode("utf-16-be"))

    assert addresses(roster) == ["ann@example.org", "bob@example.org"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "gb18030"])
def test_a_file_in_a_legacy_encoding_is_refused_with_line_and_byte(
    tmp_path: Path, encoding: str
) -> None:
    name = "Zoé" if encoding in ("latin-1", "cp1252") else "李小"
    content = f"email,name\nann@example.org,Ann\nbob@example.org,{name}\n".encode(encoding)

    with pytest.raises(ContentError) as caught:
        roster_of(tmp_path, content)

    assert caught.value.line == 3
    assert "is not UTF-8: byte " in caught.value.what
    assert "Save it as 'CSV UTF-8'" in caught.value.hint


def test_the_byte_that_is_not_utf_8_is_counted_in_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="byte 5 of the line is 0xE9"):
        roster_of(tmp_path, b"email,name\na@b,\xe9\n")


def test_damage_in_a_file_that_is_utf_8_costs_only_the_rows_it_hit(tmp_path: Path) -> None:
    content = PEOPLE.encode() + b"eve@example.org,Ev\xe9\ndan@example.org,Dan\n"

    roster = roster_of(tmp_path, content)

    assert addresses(roster) == ["ann@example.org", "bob@example.org", "dan@example.org"]
    assert rejects(roster) == [(4, "name: it is not UTF-8: it holds the byte 0xE9")]


def test_a_utf_16_file_that_was_cut_off_loses_only_its_last_row(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, PEOPLE.encode("utf-16")[:-3])

    assert addresses(roster) == ["ann@example.org"]
    assert [line for line, _ in rejects(roster)] == [3]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04rest", "a workbook or a ZIP archive"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"\x1f\x8brest", "gzip"),
        (b"%PDF-1.7", "a PDF"),
        (PEOPLE.encode("utf-32"), "UTF-32"),
    ],
)
def test_what_is_no_csv_file_is_called_by_its_name(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    with pytest.raises(ContentError, match=kind):
        roster_of(tmp_path, content)


def test_a_path_that_is_no_file_is_a_wrong_use(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    locked = tmp_path / ("x" * 300)

    def message(path: Path) -> str:
        with pytest.raises(UsageError) as caught:
            read_roster(path, newsletter=NEWSLETTER)
        return str(caught.value)

    assert "there is no such file" in message(tmp_path / "nobody.csv")
    assert "this is a folder" in message(tmp_path)
    assert "this is not a file" in message(tmp_path / "pipe")
    assert "cannot be read" in message(locked)
    assert "cannot be the name of a file" in message(tmp_path / "a\x00b")


def test_a_file_that_goes_away_is_said_and_no_traceback(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, PEOPLE)
    roster.path.unlink()

    with pytest.raises(UsageError, match="there is no such file"):
        list(roster)


def test_ragged_rows_are_rejected_and_blank_ones_are_not_missed(tmp_path: Path) -> None:
    content = "email,name\na@example.org\n\nb@example.org,B,x\n,\n  ,\t\nc@example.org,C\n,,,\n"

    roster = roster_of(tmp_path, content)

    assert addresses(roster) == ["c@example.org"]
    assert rejects(roster) == [
        (2, "the row has 1 cell, the header 2"),
        (4, "the row has 3 cells, the header 2"),
    ]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    content = (
        'email,notes\r\na@example.org,"one\r\ntwo\nthree"\r\n\r\nb@@example.org,\r\n'
        "c@example.org,\u2028\r\nd@@example.org,\x0b\n"
    )

    roster = roster_of(tmp_path, content)

    assert [(row.line, row.subscriber.attributes) for row in newcomers(roster)] == [
        (2, (("notes", "one\r\ntwo\nthree"),)),
        (7, (("notes", "\u2028"),)),
    ]
    assert [line for line, _ in rejects(roster)] == [6, 8]


def test_a_quote_left_open_costs_one_row(tmp_path: Path) -> None:
    rest = "".join(f"r{number}@example.org,R\n" for number in range(3 * ROW_LINES))

    roster = roster_of(tmp_path, f'email,name\na@example.org,"A\n{rest}')

    assert len(addresses(roster)) == 3 * ROW_LINES
    ((line, reason),) = rejects(roster)
    assert (line, reason[:20]) == (2, "a quote is left open")


def test_a_quote_left_open_in_a_file_of_quoted_cells_costs_one_row(tmp_path: Path) -> None:
    content = '"email","name"\n"a@example.org","A\n"b@example.org","B"\n"c@example.org","C"\n'

    roster = roster_of(tmp_path, content)

    assert addresses(roster) == ["b@example.org", "c@example.org"]
    assert [line for line, _ in rejects(roster)] == [2]


def test_a_quote_left_open_in_the_last_row_is_noticed(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, 'email,name\nb@example.org,B\na@example.org,"A')

    assert addresses(roster) == ["b@example.org"]
    assert rejects(roster)[0][0] == 3


def test_a_stray_quote_is_never_swallowed(tmp_path: Path) -> None:
    content = 'email,name\na@example.org,"Ann "the man" Lee"\nb@example.org,5" Bob\n'

    roster = roster_of(tmp_path, content)

    assert [row.subscriber.name for row in newcomers(roster)] == ['5" Bob']
    assert rejects(roster) == [(2, "a quote stands inside a cell that is in quotes; double it")]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_gigantic_cell_costs_one_row(tmp_path: Path, quote: str) -> None:
    giant = "x" * (3 * ROW_CHARACTERS + 17)
    content = f"email,notes\na@example.org,{quote}{giant}{quote}\nb@example.org,B\n"

    roster = roster_of(tmp_path, content)

    assert addresses(roster) == ["b@example.org"]
    (row,) = (row for row in roster if isinstance(row, Reject))
    assert (row.line, row.reason) == (2, "the row is longer than 100,000 characters")
    assert len(row.row[0]) <= 2_000


def test_a_gigantic_line_below_an_open_quote_is_rejected_as_well(tmp_path: Path) -> None:
    giant = "x" * (2 * ROW_CHARACTERS)
    content = f'email,notes\na@example.org,"A\n{giant}\nb@example.org,B\n'

    roster = roster_of(tmp_path, content)

    assert addresses(roster) == ["b@example.org"]
    assert [line for line, _ in rejects(roster)] == [2, 3]


@pytest.mark.parametrize("line", ['x","', '"', 'a@b.test,"', '""","', ",", "x" * 200])
def test_no_pattern_of_quotes_makes_reading_slow(tmp_path: Path, line: str) -> None:
    content = "email,name\n" + f"{line}\n" * 20_000
    roster = roster_of(tmp_path, content)

    started = time.process_time()
    for _ in roster:
        pass

    assert time.process_time() - started < 10


def test_many_different_bad_cells_do_not_make_reading_slow(tmp_path: Path) -> None:
    content = "email,timezone,roles,language\n" + "".join(
        f"r{number}@example.org,Zone/Nr{number},brnd{number},lang{number}x{number}\n"
        for number in range(5_000)
    )
    roster = roster_of(tmp_path, content)

    started = time.process_time()
    found = rejects(roster)

    assert len(found) == 5_000
    assert time.process_time() - started < 10


PIECES = st.sampled_from(
    [
        b"email", b"name", b"a@b.test", b"c@d.test", b",", b";", b"\t", b"\n", b"\r", b"\r\n",
        b'"', b'""', b"\x00", b"\xff", b"\xc3\xa9", b"\xe9", b"\xef\xbb\xbf", b"\xff\xfe", b"=",
        b"'", b"=?utf-8?q?x?=", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"sep=;", b"Asia/Tokyo", b"en",
    ]
)  # fmt: skip
HEADERS = st.sampled_from(
    [
        b"",
        b"email\n",
        b"email,name,language\r\n",
        b"name;email;subscribed_at;roles;topics;timezone\n",
        b"\xef\xbb\xbfemail\tname\n",
        "email,name\n".encode("utf-16"),
        b"line,reason,email,name\n",
        b"sep=;\nemail;name\n",
    ]
)
CONTENTS = st.binary(max_size=300) | st.lists(PIECES, max_size=60).map(b"".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HEADERS, CONTENTS)
def test_arbitrary_bytes_give_rows_or_a_clear_error(
    tmp_path: Path, header: bytes, content: bytes
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(header + content)

    rows, refusal = [], ""
    try:
        rows = list(read_roster(path, newsletter=NEWSLETTER))
    except DigestError as error:
        refusal = error.what

    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert not (rows and refusal)
    for row in rows:
        assert row.reason if isinstance(row, Reject) else row.subscriber.address.isascii()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(PIECES, max_size=6).map(b"".join), max_size=12))
def test_nothing_between_two_good_rows_takes_the_second_away(
    tmp_path: Path, damage: list[bytes]
) -> None:
    content = b"email,name\nfirst@example.org,F\n" + b"\n".join(damage)
    content += b"\n" * 3 + "".join(f"g{n}@example.org,G\n" for n in range(3)).encode()

    try:
        good = addresses(roster_of(tmp_path, content))
    except ContentError as error:
        good = []
        refusal = error.what

    if good:
        assert good[0] == "first@example.org"
        # An open quote may end in the row below it; those after that are safe.
        assert good[-2:] == ["g1@example.org", "g2@example.org"]
    else:
        assert "is not UTF-8" in refusal
