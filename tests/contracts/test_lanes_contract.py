"""What every lane promises whoever feeds it: the fake of tests/fakes.py, and the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from digest.delivery.config import SmtpConfig
from digest.delivery.lanes import SmtpLanes
from digest.errors import TryAgainLater
from digest.model.mailing import Reply, Verdict
from digest.workflow.sending_ports import Lane, Lanes
from tests.delivery.sending import Told, envelope
from tests.fakes import ScriptedLanes
from tests.smtp_server import EXTENSIONS, RecordingServer, Rule

GONE = "550 5.1.1 no such user"
CHUNKING = (*EXTENSIONS, "CHUNKING")
STEP_BY_STEP = tuple(each for each in EXTENSIONS if each != "PIPELINING")


class World:
    """A server that answers as told, and what it took."""

    def __init__(self, kind: str, stack: ExitStack) -> None:
        self.kind = kind
        self.stack = stack
        self.server: RecordingServer | None = None
        self.scripted = ScriptedLanes()

    def lanes(self, *rules: Rule) -> Lanes:
        """Return the way to a server with rules at RCPT and DOT, for one recipient each."""
        if self.kind == "scripted":
            for rule in rules:
                assert rule.rcpt
                self.scripted.answer(rule.rcpt, _in_short(rule))
            return self.scripted
        offers = {"real": EXTENSIONS, "step by step": STEP_BY_STEP, "chunking": CHUNKING}
        self.server = RecordingServer(rules, extensions=offers[self.kind])
        self.stack.enter_context(self.server)
        return self._real(self.server.port)

    def away(self) -> Lanes:
        """Return the way to a server that is not there."""
        if self.kind == "scripted":
            self.scripted.refuse_to_open(TryAgainLater("smtp", "away", "Later."))
            return self.scripted
        return self._real(1)

    @property
    def taken(self) -> list[str]:
        if self.server is None:
            return list(self.scripted.recipients)
        return [message.rcpt for message in self.server.messages]

    def _real(self, port: int) -> SmtpLanes:
        return SmtpLanes(
            SmtpConfig(host="127.0.0.1", port=port, security="none", timeout=timedelta(seconds=5))
        )


def _in_short(rule: Rule) -> Reply:
    if rule.close:
        return Reply(verdict=Verdict.IN_DOUBT, code=0, text="lost")
    code, enhanced, text = (rule.reply or "").split(" ", 2)
    verdict = Verdict.DEFERRED if code[0] == "4" else Verdict.REFUSED
    return Reply(verdict=verdict, code=int(code), text=text, enhanced=enhanced)


@pytest.fixture(params=["scripted", "real", "step by step", "chunking"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(request.param, stack)


def talk(lanes: Lanes, use: Callable[[Lane, Told], Awaitable[None]]) -> Told:
    """Open a lane, use it, and return what it told."""

    async def run() -> Told:
        told = Told()
        lane = await lanes.open(told)
        try:
            await use(lane, told)
        finally:
            await lanes.close()
        return told

    return asyncio.run(run())


def test_a_lane_holds_two_messages_and_answers_each_once_in_order(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        assert (lane.room, lane.idle) == (2, True)
        lane.load(1, envelope("a@example.org"))
        assert (lane.room, lane.idle) == (1, False)
        lane.load(2, envelope("b@example.org"))
        assert lane.room == 0
        for number in range(1, 10):
            lane.release(number)
            await told.until(lambda number=number: number in told.replies)
            lane.load(number + 2, envelope(f"r{number}@example.org"))
        lane.close()
        lane.release(10)
        await told.until_ended()

    told = talk(world.lanes(), use)

    assert {len(replies) for replies in told.replies.values()} == {1}
    assert {replies[0].verdict for replies in told.replies.values()} == {Verdict.ACCEPTED}
    assert sorted([*told.replies, *told.back]) == list(range(1, 12))
    assert told.reasons == [""]
    assert world.taken[:3] == ["a@example.org", "b@example.org", "r1@example.org"]
    assert len(world.taken) == len(told.replies)


def test_no_message_ends_before_it_is_released(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        lane.load(1, envelope("a@example.org"))
        lane.load(2, envelope("b@example.org"))
        await asyncio.sleep(0.1)
        assert told.order == []
        assert world.taken == []
        lane.release(1)
        await told.until(lambda: told.replies)
        await asyncio.sleep(0.1)

    told = talk(world.lanes(), use)

    assert told.order[:1] == [("replied", 1)]
    assert world.taken == ["a@example.org"]


def test_releasing_what_is_gone_is_nothing(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        lane.release(7)
        lane.load(1, envelope("a@example.org"))
        lane.release(1)
        lane.release(1)
        await told.until(lambda: told.replies)
        lane.release(1)
        lane.close()
        await told.until_ended()

    told = talk(world.lanes(), use)

    assert told.order == [("replied", 1), ("ended", 0)]


def test_a_refused_recipient_holds_up_nobody(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        lane.load(1, envelope("gone@example.org"))
        lane.release(1)
        await told.until(lambda: told.replies)
        lane.load(2, envelope("ada@example.org"))
        lane.release(2)
        await told.until(lambda: 2 in told.replies)

    told = talk(world.lanes(Rule("RCPT", GONE, rcpt="gone@example.org")), use)

    assert (told.replies[1][0].verdict, told.replies[1][0].code) == (Verdict.REFUSED, 550)
    assert told.replies[2][0].verdict is Verdict.ACCEPTED
    assert world.taken == ["ada@example.org"]


def test_a_line_lost_after_the_end_leaves_a_doubt_and_gives_back_the_rest(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        lane.load(1, envelope("a@example.org"))
        lane.load(2, envelope("b@example.org"))
        lane.release(1)
        await told.until_ended()
        assert (lane.room, lane.idle) == (0, False)

    told = talk(world.lanes(Rule("DOT", rcpt="a@example.org", close=True)), use)

    assert told.order == [("replied", 1), ("returned", 2), ("ended", 0)]
    assert (told.replies[1][0].verdict, told.replies[1][0].code) == (Verdict.IN_DOUBT, 0)
    assert told.reasons != [""]


def test_closing_gives_back_what_has_not_begun_and_finishes_what_has(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        lane.load(1, envelope("a@example.org"))
        lane.load(2, envelope("b@example.org"))
        lane.close()
        assert lane.room == 0
        lane.close()
        await asyncio.sleep(0.05)
        assert told.order == [("returned", 2)]
        lane.release(1)
        await told.until_ended()

    told = talk(world.lanes(), use)

    assert told.order == [("returned", 2), ("replied", 1), ("ended", 0)]
    assert told.reasons == [""]
    assert world.taken == ["a@example.org"]


def test_a_lane_that_ends_at_once_answers_for_what_had_begun(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        lane.load(1, envelope("a@example.org"))
        await asyncio.sleep(0.05)
        lane.abort()
        lane.abort()
        await told.until_ended()

    told = talk(world.lanes(), use)

    assert told.order == [("replied", 1), ("ended", 0)]
    assert (told.replies[1][0].verdict, told.replies[1][0].code) == (Verdict.DEFERRED, 0)
    assert world.taken == []


def test_a_lane_without_anything_to_do_can_be_closed(world: World) -> None:
    async def use(lane: Lane, told: Told) -> None:
        lane.close()
        await told.until_ended()

    told = talk(world.lanes(), use)

    assert told.reasons == [""]


def test_a_server_that_is_away_is_said_so(world: World) -> None:
    lanes = world.away()

    with pytest.raises(TryAgainLater):
        asyncio.run(lanes.open(Told()))
