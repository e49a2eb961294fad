"""What is due and may not leave: it is waited for by the clock, not by asking again and again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.delivery.pacing import DomainRules, PaceRules, Pacing
from digest.model.limits import parse_limit
from digest.model.mailing import EntryState
from digest.workflow.send import Ending, Sent
from tests.fakes import DEFERRED
from tests.workflow.desks import Desk

A, B = "a@readers.example", "b@readers.example"
ONE_AN_HOUR = (parse_limit("1/h"),)
HOUR = timedelta(hours=1)
#: A loop that asks again and again does not end by itself; a good one is done at once.
SECONDS = 20


def send(desk: Desk, rules: PaceRules, wait: timedelta) -> Sent:
    pacing = Pacing(rules)
    deliver = replace(desk.deliver, pace=lambda _mailing, _later: pacing)

    async def in_time() -> Sent:
        async with asyncio.timeout(SECONDS):
            return await replace(desk.send, deliver=deliver).run("news", wait=wait)

    return asyncio.run(in_time())


@pytest.mark.parametrize(
    "rules",
    [
        PaceRules(limits=ONE_AN_HOUR),
        PaceRules(domains={"readers.example": DomainRules(limits=ONE_AN_HOUR)}),
    ],
    ids=["all mail", "a domain"],
)
def test_what_was_deferred_and_is_due_again_waits_for_the_limits_and_no_longer(
    desk: Desk, rules: PaceRules
) -> None:
    desk.subscribe(A, B)
    desk.transport.answer(A, DEFERRED)
    began_at = desk.clock.now()

    first = send(desk, rules, HOUR / 2)
    states, stopped_at = desk.states(), desk.clock.now()
    desk.clock.advance(HOUR)
    second = send(desk, rules, 2 * HOUR)

    assert states == {EntryState.DEFERRED: 1, EntryState.QUEUED: 1}
    assert stopped_at < began_at + HOUR
    assert first.delivered is not None
    assert first.delivered.next_due == began_at + HOUR
    assert second.ending is Ending.COMPLETE


def test_one_whose_domain_waits_holds_up_nobody_who_is_due_later(desk: Desk) -> None:
    rules = PaceRules(domains={"readers.example": DomainRules(limits=ONE_AN_HOUR)})
    other = "c@elsewhere.example"
    desk.subscribe(A, other)
    desk.transport.answer(A, DEFERRED)
    desk.transport.answer(other, DEFERRED, DEFERRED)

    send(desk, rules, HOUR / 2)

    assert desk.transport.recipients == [other]
    assert desk.states() == {EntryState.DEFERRED: 1, EntryState.SENT: 1}
