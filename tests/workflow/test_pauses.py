"""Who lets a paused mailing go on: a person's pause waits for a person, a refusal for its time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.retry import PROBES
from digest.errors import DigestError
from digest.model.mailing import EntryState, Mailing, MailingState, PausedBy
from digest.workflow.control import (
    CancelMailing,
    FindMailing,
    PauseMailing,
    ResumeMailing,
)
from digest.workflow.due import Dealt
from digest.workflow.send import Ending, Sent
from tests.fakes import BLOCKED
from tests.workflow.desks import Desk

READERS = [f"{name}@readers.example" for name in "abcd"]
FRIDAY_9 = datetime(2023, 3, 31, 9, 0, 20, tzinfo=UTC)


@pytest.fixture
def blocked(desk: Desk) -> Desk:
    """A mailing that the server refuses for policy at its slot, and goes on refusing."""
    desk.subscribe(*READERS)
    desk.clock.at = FRIDAY_9
    for reader in READERS:
        desk.transport.answer(reader, *[BLOCKED] * 20)
    deal(desk)
    assert mailing(desk).state is MailingState.PAUSED
    return desk


def deal(desk: Desk) -> Dealt:
    return asyncio.run(desk.due.run(desk.publication.newsletter))


def send(desk: Desk) -> Sent:
    return asyncio.run(desk.send.run("news"))


def mailing(desk: Desk) -> Mailing:
    return desk.ledger.mailings("news")[0]


def relent(desk: Desk) -> None:
    desk.transport.script.clear()


def test_a_refusal_is_tried_again_by_itself_only_when_its_time_has_come(blocked: Desk) -> None:
    tried = len(blocked.transport.tried)

    early = deal(blocked)
    blocked.clock.advance(PROBES.first_wait)
    late = deal(blocked)

    assert "tried again at" in early.waits
    assert early.sent is None
    assert late.sent is not None
    assert len(blocked.transport.tried) == tried + 1, "one message a step"


def test_each_refusal_makes_the_wait_longer_and_a_yes_ends_it(blocked: Desk) -> None:
    waits = []
    for _ in range(4):
        now, at = blocked.clock.now(), mailing(blocked).retry_at
        assert at is not None
        waits.append(at - now)
        blocked.clock.at = at
        deal(blocked)
    relent(blocked)
    at = mailing(blocked).retry_at
    assert at is not None
    blocked.clock.at = at

    dealt = deal(blocked)

    assert waits == [PROBES.wait(step) for step in (1, 2, 3, 4)]
    assert dealt.sent is not None
    assert dealt.sent.ending is Ending.COMPLETE
    assert blocked.states() == {EntryState.SENT: 4}


def test_a_refusal_after_many_were_taken_begins_with_the_first_wait_again(blocked: Desk) -> None:
    blocked.clock.advance(timedelta(days=1))
    relent(blocked)
    blocked.transport.answer(READERS[3], BLOCKED)

    deal(blocked)

    at = mailing(blocked).retry_at
    assert at is not None
    assert at - blocked.clock.now() == PROBES.first_wait


def test_a_person_tries_a_refusal_at_once(blocked: Desk) -> None:
    relent(blocked)

    sent = send(blocked)

    assert sent.ending is Ending.COMPLETE


def test_a_persons_pause_is_left_alone_by_everybody(desk: Desk) -> None:
    desk.subscribe(*READERS)
    desk.clock.at = FRIDAY_9
    desk.transport.answer(READERS[1], BLOCKED)
    deal(desk)
    found = FindMailing(issues=desk.ledger).run("news")
    PauseMailing(issues=desk.ledger, outbox=desk.ledger).run(found)
    tried = len(desk.transport.tried)
    desk.clock.advance(timedelta(days=1))

    dealt, by_hand = deal(desk), send(desk)

    assert "until `digest resume`" in dealt.waits
    assert by_hand.ending is Ending.UNFINISHED
    assert by_hand.delivered is not None
    assert by_hand.delivered.paused == "paused by hand"
    assert len(desk.transport.tried) == tried
    ResumeMailing(issues=desk.ledger, outbox=desk.ledger).run(mailing(desk))
    assert deal(desk).sent is not None
    assert desk.states() == {EntryState.SENT: 4}


def test_a_rollouts_pause_waits_for_a_person_too(blocked: Desk) -> None:
    blocked.ledger.pause(mailing(blocked).id, "too many refused", PausedBy.ROLLOUT)
    relent(blocked)
    blocked.clock.advance(timedelta(days=1))

    assert "too many refused" in deal(blocked).waits


def test_while_a_mailing_is_paused_the_next_slot_waits(blocked: Desk) -> None:
    blocked.clock.at = FRIDAY_9 + timedelta(days=7)
    blocked.file("b")
    PauseMailing(issues=blocked.ledger, outbox=blocked.ledger).run(mailing(blocked))

    deal(blocked)

    assert len(blocked.ledger.mailings("news")) == 1
    assert len(blocked.ledger.slots("news")) == 1


def test_what_is_cancelled_while_it_is_sent_ends_without_anything_open(desk: Desk) -> None:
    desk.subscribe(*READERS)
    cancel = CancelMailing(
        issues=desk.ledger,
        control=desk.ledger,
        clock=desk.clock,
        write_receipt=lambda _mailing: "",
    )
    desk.transport.before = lambda envelope: (
        cancel.run(mailing(desk), confirm=lambda: True)
        if envelope.recipient == READERS[1]
        else None
    )

    sent = send(desk)

    assert sent.delivered is not None
    assert sent.delivered.cancelled
    assert mailing(desk).state is MailingState.CANCELLED
    states = desk.states()
    assert set(states) <= {EntryState.SENT, EntryState.SKIPPED}
    assert sum(states.values()) == len(READERS)


def test_a_mailing_that_is_not_there_cannot_be_found(desk: Desk) -> None:
    find = FindMailing(issues=desk.ledger)

    with pytest.raises(DigestError, match="nothing has been sent"):
        find.run("news")
    desk.subscribe(*READERS)
    send(desk)
    with pytest.raises(DigestError, match="issue 9 was not sent"):
        find.run("news", 9)
    assert find.run("news").number == find.run("news", 1).number == 1
