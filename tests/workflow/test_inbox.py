"""Captured mail as an inbox: newest first, searched in any script, opened, and never a path."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from digest.delivery.capture_storing import prepare_maildir, store_captured
from digest.delivery.captured import CapturedFolder
from digest.workflow.inbox import Inbox, Query

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Keep = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare_maildir(tmp_path / "captured")
    return tmp_path / "captured"


@pytest.fixture
def keep(folder: Path) -> Keep:
    def keep_one(
        subject: str = "hello",
        *,
        to: str = "ada@example.org",
        text: str = "words",
        html: str = "",
        minute: int = 0,
    ) -> Path:
        message = EmailMessage()
        message["From"] = "News <news@example.org>"
        message["To"] = to
        message["Subject"] = subject
        message.set_content(text or html, subtype="plain" if text else "html")
        at = NOON + timedelta(minutes=minute)
        data = message.as_bytes()
        return store_captured(folder, sender="bounce@x", recipient=to, content=data, at=at)

    return keep_one


@pytest.fixture
def inbox(folder: Path) -> Inbox:
    return Inbox(CapturedFolder(folder).newest_first)


def subjects(inbox: Inbox, query: Query | None = None) -> list[str]:
    return [row.subject for row in inbox.page(query or Query()).rows]


def test_the_newest_mail_stands_first_and_pages_follow_each_other(inbox: Inbox, keep: Keep) -> None:
    for number in range(7):
        keep(f"mail {number}", minute=number)

    pages = [inbox.page(start=start, limit=3) for start in (0, 3, 6)]

    assert [[row.subject for row in page.rows] for page in pages] == [
        ["mail 6", "mail 5", "mail 4"],
        ["mail 3", "mail 2", "mail 1"],
        ["mail 0"],
    ]
    assert [page.has_older for page in pages] == [True, True, False]
    assert {page.total for page in pages} == {7}


def test_a_row_tells_envelope_and_header_fields(inbox: Inbox, keep: Keep) -> None:
    keep("微信 ✓", to="Zoë <zoe@example.org>")

    (row,) = inbox.page().rows

    assert (row.subject, row.author, row.to) == (
        "微信 ✓",
        "News <news@example.org>",
        "Zoë <zoe@example.org>",
    )
    assert row.sender == "bounce@x"
    assert (row.captured_at, row.files) == (NOON, 0)
    assert row.size > 100


def test_mail_that_comes_later_is_there_the_next_time(inbox: Inbox, keep: Keep) -> None:
    assert inbox.count() == 0
    seen = []
    for number in range(20):
        keep(f"mail {number}", minute=number)
        seen.append(inbox.count())

    assert seen == list(range(1, 21))
    assert subjects(inbox)[0] == "mail 19"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(words="支付"), ["wide"]),
        (Query(words="信支付"), ["wide"]),  # wrapped in the middle of it
        (Query(words="PAYMENT straße"), ["latin"]),
        (Query(words="ｐａｙment"), ["latin"]),
        (Query(words='"the line"'), ["latin"]),  # wrapped between the two words
        (Query(words="the wide"), []),
        (Query(words="bob@"), ["wide"]),
        (Query(words="hidden style"), []),
        (Query(words="seen bold"), ["markup"]),
        (Query(words="latin"), ["latin"]),
        (Query(to="BOB"), ["wide"]),
        (Query(sender="news@"), ["markup", "wide", "latin"]),
        (Query(sender="bounce", subject="wi"), ["wide"]),
        (Query(since=NOON + timedelta(minutes=1)), ["markup", "wide"]),
        (Query(words="pay", since=NOON + timedelta(minutes=1)), []),
        (Query(words="   "), ["markup", "wide", "latin"]),
        (Query(words='"'), ["markup", "wide", "latin"]),
        (Query(to="*"), []),
    ],
)
def test_search_finds_parts_of_words_in_subject_addresses_and_text(
    inbox: Inbox, keep: Keep, query: Query, found: list[str]
) -> None:
    keep("latin", text="A payment in the\nline of the STRASSE.", minute=0)
    keep("wide", text="微信\n支付 opens\n\nmore", to="bob@example.org", minute=1)
    html = "<style>.hidden style{}</style><p>seen</p><p>b<b>ol</b>d</p>"
    keep("markup", text="", html=html, minute=2)

    assert subjects(inbox, query) == found


def test_opening_gives_the_message_and_its_bytes(inbox: Inbox, keep: Keep) -> None:
    path = keep("hello", text="Grüße")
    (row,) = inbox.page().rows

    opened = inbox.open(row.id)

    assert opened is not None
    assert opened.row == row
    assert opened.message.text.strip() == "Grüße"
    assert inbox.raw(row.id) == path.read_bytes().split(b"\r\n", 2)[2]


@pytest.mark.parametrize(
    "mail_id", ["", ".", "..", "../new", "/etc/passwd", "new/x", "\0", "x" * 10_000, "%2e%2e"]
)
def test_an_id_that_was_not_given_out_opens_nothing(inbox: Inbox, keep: Keep, mail_id: str) -> None:
    path = keep()

    assert inbox.open(mail_id) is None
    assert inbox.raw(mail_id) is None
    assert inbox.raw(path.name) is None


def test_a_mail_keeps_its_id_when_another_program_has_read_it(
    inbox: Inbox, keep: Keep, folder: Path
) -> None:
    path = keep()
    (before,) = inbox.page().rows

    path.rename(folder / "cur" / f"{path.name}:2,S")

    (after,) = inbox.page().rows
    assert after == before
    assert inbox.raw(before.id) is not None


def test_a_mail_that_is_gone_or_broken_spoils_no_list(
    inbox: Inbox, keep: Keep, folder: Path
) -> None:
    gone, _ = keep("gone", minute=1), keep("stays", minute=0)
    (folder / "new" / gone.name.replace("R", "Q")).write_bytes(b"\xff")
    (folder / "new" / gone.name.replace("R", "D")).mkdir()
    assert len(inbox.page().rows) == 3

    gone.unlink()

    assert "stays" in subjects(inbox)
    assert "gone" not in subjects(inbox)
    assert subjects(inbox, Query(words="stays")) == ["stays"]


def test_neighbours_are_the_newer_and_the_older_mail(inbox: Inbox, keep: Keep) -> None:
    for number in range(3):
        keep(minute=number)
    newest, middle, oldest = (row.id for row in inbox.page().rows)

    assert inbox.neighbours(newest) == ("", middle)
    assert inbox.neighbours(middle) == (newest, oldest)
    assert inbox.neighbours(oldest) == (middle, "")
    assert inbox.neighbours("none") == ("", "")


def test_a_folder_that_is_not_there_is_an_empty_inbox(tmp_path: Path) -> None:
    inbox = Inbox(CapturedFolder(tmp_path / "none").newest_first)

    assert inbox.page(Query(words="x")).rows == ()
    assert inbox.newest(Query()) is None


def test_ten_thousand_mails_are_listed_and_searched_in_a_moment(folder: Path, inbox: Inbox) -> None:
    raw = (
        b"To: r%d@example.org\r\nSubject: mail %d\r\n\r\nDear reader %d,\r\n\r\n"
        + b"same\r\n\r\n" * 20
    )
    for number in range(10_000):
        name = f"{1_800_000_000 + number}.M000000P1R{number:016x}.host"
        head = b"Return-Path: <a@b>\r\nDelivered-To: r%d@example.org\r\n" % number
        (folder / "new" / name).write_bytes(head + raw % (number, number, number))
    inbox.page(Query(words="warm"))

    begun = time.process_time()
    first, last = inbox.page(), inbox.page(start=9_990)
    found = inbox.page(Query(words="reader 4321"))
    took = time.process_time() - begun

    assert (first.total, len(last.rows)) == (10_000, 10)
    assert [row.subject for row in found.rows] == ["mail 4321"]
    assert took < 1
