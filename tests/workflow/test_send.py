"""Sending an issue: once to everybody, whatever the server does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from digest.errors import DeliveryError, TryAgainLater
from digest.model.audience import Subscriber
from digest.model.envelope import Envelope
from digest.model.freeze import Newcomer
from digest.model.mailing import EntryState, MailingState, Result
from digest.workflow.send import Ending, Sent
from tests.fakes import ACCEPTED, BLOCKED, DEFERRED, IN_DOUBT, LOST, REFUSED
from tests.workflow.desks import Desk

A, B, C = "a@readers.example", "b@readers.example", "c@readers.example"


def send(desk: Desk, wait: timedelta = timedelta(0)) -> Sent:
    return asyncio.run(desk.send.run("news", wait=wait))


def test_everybody_gets_the_issue_once_and_a_receipt_is_written(desk: Desk) -> None:
    desk.subscribe(A, B, C)

    sent = send(desk)

    assert sent.ending is Ending.COMPLETE
    assert desk.transport.recipients == [A, B, C]
    assert desk.states() == {EntryState.SENT: 3}
    assert desk.receipts == [1]


def test_again_there_is_nothing_new(desk: Desk) -> None:
    desk.subscribe(A)
    send(desk)

    again = send(desk)

    assert again.ending is Ending.NOTHING
    assert desk.transport.recipients == [A]


def test_the_next_issue_has_the_next_number_and_only_what_is_new(desk: Desk) -> None:
    desk.subscribe(A)
    send(desk)
    desk.clock.advance(timedelta(days=7))
    desk.file("b")

    sent = send(desk)

    assert sent.mailing is not None
    assert sent.mailing.number == 2
    assert [list(issue.items) for issue in desk.ledger.sent_issues("news")] == [["a"], ["b"]]


def test_with_nobody_to_send_to_nothing_is_used_up(desk: Desk) -> None:
    assert send(desk).ending is Ending.NOBODY
    assert desk.ledger.mailings("news") == []


def test_who_says_no_when_asked_sends_nothing(desk: Desk) -> None:
    desk.subscribe(A)

    sent = asyncio.run(desk.send.run("news", confirm=lambda _plan: False))

    assert sent.ending is Ending.DECLINED
    assert desk.ledger.mailings("news") == []


def test_a_deferred_entry_is_tried_again_when_it_is_due(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.transport.answer(A, DEFERRED)

    first = send(desk)
    assert first.ending is Ending.UNFINISHED
    assert desk.states() == {EntryState.DEFERRED: 1, EntryState.SENT: 1}
    assert first.delivered is not None
    assert first.delivered.next_due == desk.clock.now() + timedelta(minutes=1)
    desk.clock.advance(timedelta(minutes=1))
    second = send(desk)

    assert second.ending is Ending.COMPLETE
    assert second.resumed
    assert desk.transport.recipients == [B, A]


def test_a_wait_that_is_long_enough_sees_the_deferred_entry_sent(desk: Desk) -> None:
    desk.subscribe(A)
    desk.transport.answer(A, DEFERRED)

    sent = send(desk, wait=timedelta(minutes=2))

    assert sent.ending is Ending.COMPLETE
    assert desk.transport.tried == [A, A]


def test_what_stays_deferred_too_long_is_given_up_with_the_reason(desk: Desk) -> None:
    desk.subscribe(A)
    desk.transport.answer(A, *[DEFERRED] * 20)

    sent = send(desk, wait=timedelta(hours=2))

    assert sent.ending is Ending.COMPLETE
    assert desk.states() == {EntryState.REFUSED: 1}
    assert "gave up" in desk.ledger.refusals(1)[0][1]


def test_a_refused_address_stops_nobody_else(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.transport.answer(A, REFUSED)

    sent = send(desk)

    assert sent.ending is Ending.COMPLETE
    assert desk.states() == {EntryState.REFUSED: 1, EntryState.SENT: 1}


def test_a_policy_refusal_pauses_the_mailing_and_loses_nobody(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.transport.answer(A, BLOCKED)

    sent = send(desk)
    paused = desk.ledger.mailings("news")[0]

    assert sent.delivered is not None
    assert "policy" in sent.delivered.paused
    assert paused.state is MailingState.PAUSED
    assert desk.states() == {EntryState.QUEUED: 2}
    assert send(desk).ending is Ending.COMPLETE
    assert desk.transport.recipients == [A, B]


def test_what_is_in_doubt_is_sent_once_more_with_the_same_bytes_and_flagged(desk: Desk) -> None:
    desk.subscribe(A)
    desk.transport.answer(A, IN_DOUBT)

    sent = send(desk)

    first, second = desk.transport.taken
    assert sent.ending is Ending.COMPLETE
    assert first.content == second.content
    assert desk.tally().possible_duplicates == 1


def test_in_doubt_twice_is_held_and_never_called_complete(desk: Desk) -> None:
    desk.subscribe(A)
    desk.transport.answer(A, IN_DOUBT, IN_DOUBT)

    sent = send(desk)

    assert sent.ending is Ending.UNFINISHED
    assert desk.states() == {EntryState.HELD: 1}
    assert desk.receipts == []


def test_what_is_held_does_not_hold_up_the_next_issue(desk: Desk) -> None:
    desk.subscribe(A)
    desk.transport.answer(A, IN_DOUBT, IN_DOUBT)
    send(desk)
    desk.clock.advance(timedelta(days=7))
    desk.file("b")

    sent = send(desk)

    assert sent.ending is Ending.COMPLETE
    assert sent.mailing is not None
    assert sent.mailing.number == 2


def test_a_process_that_dies_just_before_complete_is_no_loss(desk: Desk) -> None:
    desk.subscribe(A)
    gated = desk.gate.run(desk.plan.run("news"))
    mailing = desk.send.freeze.run(gated.plan, gated.editions)
    with desk.ledger.sender_lock():
        desk.ledger.exchange(mailing.id, results=(), claims=[1], at=desk.clock.now())
        result = Result(
            entry_id=1, state=EntryState.SENT, reply=ACCEPTED, tried_at=desk.clock.now()
        )
        desk.ledger.exchange(mailing.id, results=[result], claims=(), at=desk.clock.now())

    sent = send(desk)

    assert sent.ending is Ending.COMPLETE
    assert desk.ledger.mailing(mailing.id).state is MailingState.COMPLETE
    assert desk.receipts == [1]
    assert desk.transport.tried == []


def test_under_hold_nothing_in_doubt_is_sent_again(desk: Desk) -> None:
    desk.resend = False
    desk.subscribe(A)
    desk.transport.answer(A, IN_DOUBT)

    send(desk)

    assert desk.transport.tried == [A]
    assert desk.states() == {EntryState.HELD: 1}


def test_a_server_that_is_away_costs_nobody(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.transport.refuse_to_open(TryAgainLater("relay:25", "is away"))

    sent = send(desk)

    assert sent.delivered is not None
    assert "away" in sent.delivered.away
    assert desk.states() == {EntryState.QUEUED: 2}
    assert send(desk).ending is Ending.COMPLETE


def test_a_server_that_goes_away_in_the_middle_leaves_the_rest_queued(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    desk.transport.answer(B, LOST)
    desk.transport.refuse_to_open(None, *[TryAgainLater("relay:25", "is away")] * 9)

    sent = send(desk)

    assert sent.ending is Ending.UNFINISHED
    assert desk.states() == {EntryState.SENT: 1, EntryState.DEFERRED: 1, EntryState.QUEUED: 1}


def test_a_login_that_is_refused_pauses_before_anything_is_claimed(desk: Desk) -> None:
    desk.subscribe(A)
    desk.transport.refuse_to_open(DeliveryError("relay:25", "refuses the login"))

    with pytest.raises(DeliveryError):
        send(desk)

    assert desk.states() == {EntryState.QUEUED: 1}
    assert desk.ledger.mailings("news")[0].state is MailingState.PAUSED
    assert send(desk).ending is Ending.COMPLETE


def test_who_leaves_while_it_is_sent_is_skipped(desk: Desk) -> None:
    desk.subscribe(A, B)

    def leave(envelope: Envelope) -> None:
        if envelope.recipient == A:
            desk.ledger.remove("news", B, desk.clock.now())

    desk.transport.before = leave

    send(desk)

    assert desk.transport.recipients == [A]
    assert desk.states() == {EntryState.SENT: 1, EntryState.SKIPPED: 1}


def test_who_subscribes_with_a_new_profile_while_it_is_planned_is_not_forgotten(desk: Desk) -> None:
    desk.subscribe(A)
    late = iter([B])

    def confirm(_plan: object) -> bool:
        for address in late:
            desk.subscribe(address, language="ja")
        return True

    sent = asyncio.run(desk.send.run("news", confirm=confirm))

    assert sent.ending is Ending.COMPLETE
    assert desk.transport.recipients == [A, B]


def test_a_mailing_is_finished_from_what_is_stored_without_any_content(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.transport.answer(A, DEFERRED)
    send(desk)
    rendered = desk.rendered
    desk.clock.advance(timedelta(minutes=5))

    def gone(_newsletter: str) -> object:
        raise AssertionError("a mailing under way must not read content/")

    desk.read = gone  # type: ignore[method-assign, assignment]
    sent = send(desk)

    assert sent.ending is Ending.COMPLETE
    assert desk.rendered == rendered


def test_an_edition_is_rendered_once_however_many_read_it(desk: Desk) -> None:
    rows = (
        Newcomer(line=n, subscriber=Subscriber(address=f"r{n}@readers.example"))
        for n in range(1000)
    )
    desk.ledger.import_rows("news", rows, source="t", consent="t", at=desk.clock.now())
    desk.subscribe("ja@readers.example", language="ja")

    send(desk)

    assert desk.rendered == 2
    assert desk.tally().planned == 1001


def test_a_second_sender_is_told_to_come_again(desk: Desk) -> None:
    desk.subscribe(A)

    with desk.ledger.sender_lock(), pytest.raises(TryAgainLater):
        asyncio.run(Desk(desk.folder).send.run("news"))

    assert desk.transport.tried == []
