"""A store that cannot be used is waited for: a person is told, and nothing leaves unrecorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from digest.delivery.pacing import PaceRules, Pacing
from digest.errors import TryAgainLater
from digest.model.limits import parse_limit
from digest.model.mailing import EntryState, Mailing, OutboxEntry
from digest.workflow.deliver import DeliverMailing, Later
from digest.workflow.reservoir import Reservoir
from digest.workflow.send import Ending, SendIssue
from digest.workflow.trouble import OVER, WAITS, Trouble
from digest.workflow.unlimited import Unlimited
from tests.fakes import FakeClock
from tests.workflow.desks import Desk

READERS = [f"{name}@readers.example" for name in "abcd"]
FULL = TryAgainLater("digest.db", "the disk is full", "Make room.")


class Listener:
    """A person and a note: what they were told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.told: list[str] = []
        self.noted: list[str] = []
        self.trouble = Trouble(
            clock=self.clock,
            patience=timedelta(minutes=10),
            notice=self.told.append,
            note=self.noted.append,
        )


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_a_person_hears_once_when_it_begins_and_once_when_it_is_over(listener: Listener) -> None:
    for _ in range(5):
        listener.trouble.wait("commit", FULL)
    listener.trouble.over("commit")
    listener.trouble.over("commit")

    assert listener.told == [
        "Nothing leaves for the moment. digest.db: the disk is full. Make room.",
        OVER,
    ]
    since = "since 2023-03-31 12:00:00 UTC: digest.db: the disk is full. Make room."
    assert listener.noted == [since, ""]


def test_it_is_over_when_nobody_waits_any_more(listener: Listener) -> None:
    listener.trouble.wait("read", FULL)
    listener.trouble.wait("commit", FULL)

    listener.trouble.over("read")
    still = list(listener.told)
    listener.trouble.over("commit")

    assert OVER not in still
    assert listener.told[-1] == OVER


def test_an_answer_without_trouble_tells_nobody(listener: Listener) -> None:
    listener.trouble.over("commit")

    assert listener.told == listener.noted == []


def test_the_waits_grow_and_begin_small_again_after_an_answer(listener: Listener) -> None:
    waits = [listener.trouble.wait("commit", FULL) for _ in range(len(WAITS) + 2)]
    listener.trouble.over("commit")

    assert waits == [*WAITS, WAITS[-1], WAITS[-1]]
    assert listener.trouble.wait("commit", FULL) == WAITS[0]


def test_after_its_patience_it_gives_up_and_says_what_to_do(listener: Listener) -> None:
    listener.trouble.wait("commit", FULL)
    listener.clock.advance(timedelta(minutes=9, seconds=59))
    listener.trouble.wait("commit", FULL)
    listener.clock.advance(timedelta(seconds=1))

    with pytest.raises(TryAgainLater) as raised:
        listener.trouble.wait("commit", FULL)

    assert str(raised.value) == (
        "digest.db: the disk is full, for 10 min by now. Make room. "
        "Then run it again: the rest is sent, and nobody is lost."
    )
    assert listener.noted[-1].startswith("since"), "status goes on saying it"


def test_trouble_that_comes_back_is_waited_for_from_its_own_beginning(listener: Listener) -> None:
    listener.trouble.wait("commit", FULL)
    listener.clock.advance(timedelta(minutes=9))
    listener.trouble.over("commit")
    listener.clock.advance(timedelta(minutes=9))

    assert listener.trouble.wait("commit", FULL) == WAITS[0]


class Shaky:
    """A store in which some calls fail before they do anything, or after they have done it."""

    def __init__(self, ledger: Any, name: str, *, fails: int, after: bool = False) -> None:
        self._ledger = ledger
        self._name = name
        self._left = fails
        self._after = after
        self.failed: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._ledger, name)
        return self._failing(call) if name == self._name else call

    def _failing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **said: Any) -> Any:
            if not self._left:
                return call(*args, **said)
            self._left -= 1
            if self._after:
                call(*args, **said)
            self.failed()
            raise FULL

        return called


def send_over(desk: Desk, shaky: Shaky, **changes: Any) -> tuple[SendIssue, list[str]]:
    """Join the desk's parts over a shaky store; what a person is told is in the list."""
    told: list[str] = []
    deliver: DeliverMailing = replace(desk.deliver, outbox=shaky, notice=told.append, **changes)  # type: ignore[arg-type]
    return replace(desk.send, deliver=deliver), told


@pytest.mark.parametrize(
    "name",
    [
        *("recover", "settle_doubts", "tally", "reserve", "exchange"),
        *("resume", "next_due", "complete_if_settled"),
    ],
)
@pytest.mark.parametrize("after", [False, True], ids=["nothing done", "done all the same"])
def test_whatever_fails_for_a_while_everybody_gets_it_once(
    desk: Desk, name: str, *, after: bool
) -> None:
    desk.subscribe(*READERS)
    send, told = send_over(desk, Shaky(desk.ledger, name, fails=3, after=after))

    sent = asyncio.run(send.run("news"))

    assert sent.ending is Ending.COMPLETE
    assert sorted(desk.transport.recipients) == READERS
    assert desk.states() == {EntryState.SENT: 4}
    assert not desk.tally().possible_duplicates
    assert told == [f"Nothing leaves for the moment. {FULL}", OVER]


def test_a_store_that_never_answers_ends_the_send_and_the_next_one_finishes(desk: Desk) -> None:
    desk.subscribe(*READERS)
    shaky = Shaky(desk.ledger, "exchange", fails=1000)
    shaky.failed = lambda: desk.clock.advance(timedelta(minutes=1))
    send, _ = send_over(desk, shaky, store_patience=timedelta(minutes=3))

    with pytest.raises(TryAgainLater, match="the disk is full, for 3 min by now"):
        asyncio.run(send.run("news"))
    trouble = desk.ledger.find_trouble()
    sent = asyncio.run(desk.send.run("news"))

    assert trouble is not None
    assert trouble.said.startswith("since 2023-03-31 12:01:00 UTC: digest.db: the disk is full")
    assert not trouble.lasts
    assert desk.ledger.find_trouble() is None
    assert sent.ending is Ending.COMPLETE
    assert sorted(desk.transport.recipients) == READERS


def test_once_a_delivery_ends_what_was_to_be_read_again_is_not(listener: Listener) -> None:
    tries: list[int] = []

    def read(after: int, _limit: int, _closed: Sequence[str]) -> list[OutboxEntry]:
        tries.append(after)
        raise FULL

    async def begin_and_end() -> None:
        reader = ThreadPoolExecutor(max_workers=1)
        reservoir = Reservoir(
            read,
            reader=reader,
            closed=list,
            filled=lambda: None,
            trouble=listener.trouble,
        )
        reservoir.begin()
        for _ in range(500):
            if listener.told:
                break
            await asyncio.sleep(0.01)
        reservoir.end()
        await asyncio.sleep(WAITS[0] * 2)
        reader.shutdown()
        assert reservoir.dry
        assert reservoir.error is None

    asyncio.run(begin_and_end())

    assert tries == [0]


class Keeping(Unlimited):
    """A pace that has something kept for each message that was taken."""

    def __init__(self, later: Later, keep: Callable[[int], None]) -> None:
        self._later = later
        self._keep = keep
        self._taken = 0

    def taken(self, domain: str) -> None:
        self._taken += 1
        self._later(partial(self._keep, self._taken))


def test_what_is_to_be_kept_later_is_kept_in_its_order_when_the_store_can_be_used(
    desk: Desk,
) -> None:
    desk.subscribe(*READERS)
    kept: list[int] = []
    failing = [True, False, True, True, False]

    def keep(number: int) -> None:
        if failing and failing.pop(0):
            raise FULL
        kept.append(number)

    send, told = send_over(
        desk,
        Shaky(desk.ledger, "tally", fails=0),
        pace=lambda _mailing, later: Keeping(later, keep),
    )
    sent = asyncio.run(send.run("news"))

    assert sent.ending is Ending.COMPLETE
    assert kept == [1, 2, 3, 4]
    assert told[-1] == OVER


def test_after_a_late_commit_the_limits_are_asked_anew(desk: Desk) -> None:
    desk.subscribe(*READERS)
    begun: list[Any] = []
    desk.transport.before = lambda _envelope: begun.append(desk.clock.now())
    shaky = Shaky(desk.ledger, "exchange", fails=3)
    shaky.failed = lambda: desk.clock.advance(timedelta(seconds=50))
    rules = PaceRules(limits=(parse_limit("1/min"),))

    def pace(_mailing: Mailing, _later: Any) -> Pacing:
        return Pacing(rules, now=desk.clock.now())

    send, _ = send_over(desk, shaky, pace=pace, patience=timedelta(minutes=2))
    sent = asyncio.run(send.run("news"))

    assert sent.ending is Ending.COMPLETE
    assert len(begun) == len(READERS)
    gaps = [later - before for before, later in pairwise(begun)]
    assert all(gap >= timedelta(minutes=1) for gap in gaps), gaps
