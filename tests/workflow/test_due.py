"""Slots: each fires once, and a failure uses none up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import ContentError, DigestError
from digest.workflow.due import Dealt
from digest.workflow.send import Ending
from tests.fakes import DEFERRED
from tests.workflow.desks import Desk

A = "a@readers.example"
FRIDAY_9 = datetime(2023, 3, 31, 9, 0, 20, tzinfo=UTC)


def deal(desk: Desk) -> Dealt:
    return asyncio.run(desk.due.run(desk.publication.newsletter))


def at_the_slot(desk: Desk) -> None:
    desk.subscribe(A)
    desk.clock.at = FRIDAY_9


def test_a_slot_that_has_come_sends_the_issue_once(desk: Desk) -> None:
    at_the_slot(desk)

    first, again = deal(desk), deal(desk)

    assert first.slot == "2023-03-31T09:00"
    assert first.sent is not None
    assert first.sent.ending is Ending.COMPLETE
    assert again == Dealt(newsletter="news")
    assert desk.transport.recipients == [A]
    assert desk.ledger.slots("news") == [("2023-03-31T09:00", "issue 1")]


def test_before_the_slot_nothing_is_due(desk: Desk) -> None:
    desk.subscribe(A)
    desk.clock.at = FRIDAY_9 - timedelta(hours=10)

    assert deal(desk) == Dealt(newsletter="news")


def test_a_slot_with_nothing_new_is_dealt_with_too(desk: Desk) -> None:
    at_the_slot(desk)
    desk.publication = replace(desk.publication, items=())

    dealt = deal(desk)

    assert dealt.sent is not None
    assert dealt.sent.ending is Ending.NOTHING
    assert desk.ledger.slots("news") == [("2023-03-31T09:00", "nothing new")]
    assert deal(desk) == Dealt(newsletter="news")


def test_a_slot_missed_for_too_long_is_reported_and_not_sent(desk: Desk) -> None:
    at_the_slot(desk)
    deal(desk)
    desk.file("b")
    desk.clock.at = FRIDAY_9 + timedelta(days=8)

    dealt = deal(desk)

    assert dealt.missed == ("2023-04-07T09:00",)
    assert dealt.sent is None
    assert desk.transport.recipients == [A]


def test_a_slot_missed_for_a_short_while_is_sent_late(desk: Desk) -> None:
    at_the_slot(desk)
    desk.clock.advance(timedelta(hours=5))

    dealt = deal(desk)

    assert dealt.slot == "2023-03-31T09:00"
    assert desk.transport.recipients == [A]


def test_a_failure_leaves_the_slot_open_until_it_is_mended(desk: Desk) -> None:
    at_the_slot(desk)
    read = desk.read

    def broken(_newsletter: str) -> object:
        raise DigestError("items/a.md:3", "unknown key")

    desk.read = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(DigestError):
        deal(desk)
    desk.read = read  # type: ignore[method-assign]
    desk.clock.advance(timedelta(hours=1))
    dealt = deal(desk)

    assert dealt.slot == "2023-03-31T09:00"
    assert desk.transport.recipients == [A]


def test_what_is_unfinished_is_finished_between_slots(desk: Desk) -> None:
    at_the_slot(desk)
    desk.transport.answer(A, DEFERRED)
    deal(desk)
    desk.clock.advance(timedelta(minutes=2))

    dealt = deal(desk)

    assert dealt.slot == ""
    assert dealt.sent is not None
    assert dealt.sent.ending is Ending.COMPLETE


def test_two_machines_with_one_database_send_a_slot_once(desk: Desk) -> None:
    at_the_slot(desk)
    other = Desk(desk.folder, clock=desk.clock)

    deal(desk)
    dealt = deal(other)

    assert dealt == Dealt(newsletter="news")
    assert other.transport.tried == []


def test_a_newsletter_without_a_schedule_has_no_slots(desk: Desk) -> None:
    at_the_slot(desk)
    newsletter = replace(desk.publication.newsletter, schedule="")
    desk.publication = replace(desk.publication, newsletter=newsletter)

    assert deal(desk) == Dealt(newsletter="news")


def test_a_schedule_that_never_comes_is_refused_before_anything_is_planned(desk: Desk) -> None:
    newsletter = replace(desk.publication.newsletter, schedule="0 0 30 2 *")
    desk.publication = replace(desk.publication, newsletter=newsletter)

    with pytest.raises(ContentError, match=r"newsletter.toml: schedule '0 0 30 2 \*'"):
        desk.plan.run("news")
