"""Trouble that takes hours, in no time: slow servers, greylisting, 4xx storms, and memory.

Loop and clock are stepped, so the engine's own time-outs are waited for to the second as they are
shipped: ten minutes for the answer to a message's end (RFC 5321 4.5.3.2.6).
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

import pytest

from digest.delivery.commands import Offers
from digest.delivery.lane import SmtpLane
from digest.model.envelope import Envelope
from tests.engine.line import Line, Session
from tests.engine.loop import SteppedLoop, Timepiece
from tests.engine.process import CONFIG
from tests.engine.replies import ODD
from tests.engine.setting import READERS, Parts, Setting
from tests.engine.world import World

Make = Callable[[Setting], World]


@pytest.fixture
def world_of() -> Iterator[Make]:
    worlds: list[World] = []

    def make(setting: Setting) -> World:
        worlds.append(World(setting, Parts()))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


def states(world: World) -> list[str]:
    return [row.state for row in world.rows()]


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("minutes", [2, 9.9])
def test_a_server_that_takes_minutes_for_each_message_loses_and_doubles_nobody(
    world_of: Make, minutes: float, pipelining: bool
) -> None:
    world = world_of(Setting(pipelining=pipelining, lanes=2))
    world.start(timedelta(0))

    for _ in range(50):
        while early := [each for each in world.answerable() if each.line.session.stage != "DOT"]:
            world.answer(early[0])
        if world.process is None:
            break
        world.advance(minutes * 60)
        for each in world.answerable():
            world.answer(each)

    assert states(world) == ["sent"] * len(READERS)
    assert not any(row.flagged for row in world.rows())
    assert all(len(reader.taken) == 1 for reader in world.account.readers.values())


def test_after_ten_minutes_without_an_answer_a_message_is_in_doubt(world_of: Make) -> None:
    world = world_of(Setting(lanes=1))
    world.start(timedelta(0))
    world.reach("DOT")

    world.advance(600)
    waits = world.rows()[0]
    world.advance(1)
    given_up = world.rows()[0]

    assert (waits.state, waits.doubts) == ("sending", 0)
    assert given_up.doubts == 1


@pytest.mark.parametrize("resend", [True, False])
def test_a_server_that_never_says_yes_to_what_it_took_is_asked_twice_at_most(
    world_of: Make, resend: bool
) -> None:
    world = world_of(Setting(lanes=1, resend=resend))

    for _ in range(200):
        if world.process is None:
            if world.waits_for_a_person():
                break
            world.start(timedelta(0))
        for each in world.reach("DOT"):
            session = each.line.session
            session.answer(session.usual())  # it takes the message, and its yes is never heard
            world.hang_up(each)
        world.answer_all(3)
        world.advance(20)
    world.check()

    copies = {len(reader.taken) for reader in world.account.readers.values()}
    assert states(world) == ["held"] * len(READERS)
    assert copies == ({2} if resend else {1})
    assert {row.flagged for row in world.rows()} == {resend}


def test_greylisting_costs_each_reader_one_wait_and_nothing_else(world_of: Make) -> None:
    world = world_of(Setting(lanes=2))
    seen: set[int] = set()

    def grey(number: int) -> str:
        if number in seen:
            return ""
        seen.add(number)
        return "greylisted"

    until_settled(world, grey)

    assert states(world) == ["sent"] * len(READERS)
    assert [reader.tries for reader in world.account.readers.values()] == [2] * len(READERS)
    assert world.clock.seconds < timedelta(minutes=5).total_seconds()


def test_a_storm_of_deferrals_is_sat_out_without_storming_back(world_of: Make) -> None:
    world = world_of(Setting(lanes=3))
    over = timedelta(minutes=10).total_seconds()

    until_settled(world, lambda _number: "later" if world.clock.seconds < over else "")

    assert states(world) == ["sent"] * len(READERS)
    assert not any(row.flagged for row in world.rows())
    # After 1, 2, 4 and 8 minutes, at most, and once when it is over.
    assert max(reader.tries for reader in world.account.readers.values()) <= 5


def test_a_storm_that_outlasts_the_issue_gives_up_and_says_so(world_of: Make) -> None:
    world = world_of(Setting(lanes=3))

    until_settled(world, lambda _number: "later")

    assert states(world) == ["refused"] * len(READERS)
    assert not any(reader.taken for reader in world.account.readers.values())


def until_settled(world: World, at_rcpt: Callable[[int], str]) -> None:
    """Let time pass until the mailing has ended; `at_rcpt` chooses the answer for a reader."""
    for _ in range(400):
        if world.process is None:
            if world.has_ended():
                return
            world.start(timedelta(0))
        while waiting := world.answerable():
            each = waiting[0]
            session = each.line.session
            odd = at_rcpt(session.entry) if session.stage == "RCPT" and session.entry else ""
            world.answer(each, odd)
        world.advance(15)
        world.check()
    raise AssertionError("it does not come to an end")


class Deaf:
    """Hears of no fate."""

    def replied(self, *_: Any) -> None:
        pass

    def returned(self, *_: Any) -> None:
        pass

    def ended(self, *_: Any) -> None:
        pass


def test_thousands_of_faults_leave_nothing_behind() -> None:
    clock = Timepiece()
    loop = SteppedLoop(clock)
    faults = cycle((odd.said, closes) for odd in ODD.values() for closes in (True, False))

    def meet(said: bytes, closes: bool) -> None:
        session = Session(lambda *_: None)
        line = Line(
            loop, session, began=lambda *_: None, ended=lambda *_: None, gone=lambda *_: None
        )
        lane = loop.run_until_complete(open_lane(line))
        for number in (1, 2):
            lane.load(number, envelope(number))
        lane.release(1)
        for answer in (session.usual(), said):
            if session.stage is not None and line.up:
                session.answer(answer)
                line.say(answer)
            loop.settle(jobs=False)
        if closes:
            line.hang_up()
        lane.abort()
        clock.seconds += 1  # so that timers that were cancelled are let go
        loop.settle(jobs=False)

    async def open_lane(line: Line) -> SmtpLane:
        return SmtpLane(line, Offers(pipelining=True), CONFIG, Deaf())

    for said, closes in islice(faults, 300):
        meet(said, closes)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for said, closes in islice(faults, 3000):
        meet(said, closes)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    loop.close()

    assert after - before < 100_000


def envelope(number: int) -> Envelope:
    return Envelope(
        sender=f"n{number}@news.example",
        recipient=f"r{number}@one.example",
        content=b"Subject: x\r\n\r\nhello\r\n",
        wire_ready=True,
    )
