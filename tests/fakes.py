"""Stand-ins for the parts that reach outside: the clock and the SMTP server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from digest.errors import DigestError
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict
from digest.workflow.sending_ports import LaneEvents

ACCEPTED = Reply(verdict=Verdict.ACCEPTED, code=250, text="ok")
DEFERRED = Reply(verdict=Verdict.DEFERRED, code=451, text="come again")
REFUSED = Reply(verdict=Verdict.REFUSED, code=550, text="no such user", enhanced="5.1.1")
BLOCKED = Reply(verdict=Verdict.BLOCKED, code=554, text="policy", enhanced="5.7.1")
IN_DOUBT = Reply(verdict=Verdict.IN_DOUBT, code=0, text="the line was lost after the last byte")
LOST = Reply(verdict=Verdict.DEFERRED, code=0, text="the line was lost")


class FakeClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime = datetime(2023, 3, 31, 12, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, span: timedelta) -> None:
        self.at += span

    async def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))


class ScriptedTransport:
    """Answers as told, by recipient and attempt, and keeps what it took."""

    def __init__(self) -> None:
        self.script: dict[str, list[Reply]] = {}
        self.opening: list[DigestError | None] = []
        self.taken: list[Envelope] = []
        self.tried: list[str] = []
        self.opened = 0
        self.before: Callable[[Envelope], None] = lambda _envelope: None

    def answer(self, recipient: str, *replies: Reply) -> None:
        self.script[recipient] = list(replies)

    def refuse_to_open(self, *errors: DigestError | None) -> None:
        self.opening = list(errors)

    async def open(self) -> None:
        self.opened += 1
        error = self.opening.pop(0) if self.opening else None
        if error:
            raise error

    async def deliver(self, envelope: Envelope) -> Reply:
        self.before(envelope)
        self.tried.append(envelope.recipient)
        replies = self.script.get(envelope.recipient, [])
        reply = replies.pop(0) if replies else ACCEPTED
        if reply.verdict in {Verdict.ACCEPTED, Verdict.IN_DOUBT}:
            self.taken.append(envelope)
        return reply

    async def close(self) -> None:
        pass

    @property
    def recipients(self) -> Sequence[str]:
        return [envelope.recipient for envelope in self.taken]


class ScriptedLane:
    """A lane of `ScriptedLanes`: answers when a message's end is released."""

    def __init__(self, lanes: ScriptedLanes, events: LaneEvents) -> None:
        self._lanes = lanes
        self._events = events
        self._loaded: dict[int, Envelope] = {}
        self._released: set[int] = set()
        self._closing = False
        self._ended = False

    @property
    def room(self) -> int:
        return 0 if self._closing else 2 - len(self._loaded)

    @property
    def idle(self) -> bool:
        return not (self._loaded or self._ended)

    def load(self, entry_id: int, envelope: Envelope) -> None:
        assert self.room
        self._lanes.before(envelope)
        self._loaded[entry_id] = envelope

    def release(self, entry_id: int) -> None:
        if entry_id in self._loaded and entry_id not in self._released:
            self._released.add(entry_id)
            asyncio.get_running_loop().call_soon(self._answer, entry_id)

    def close(self) -> None:
        self._closing = True
        first, *rest = [*self._loaded, None]
        for entry_id in rest:
            if entry_id is not None:
                del self._loaded[entry_id]
                self._events.returned(self, entry_id)
        if first is None:
            asyncio.get_running_loop().call_soon(self._end, "")

    def abort(self) -> None:
        for entry_id in [*self._loaded]:
            del self._loaded[entry_id]
            self._events.replied(self, entry_id, LOST)
        self._end("aborted")

    def _answer(self, entry_id: int) -> None:
        envelope = self._loaded.pop(entry_id, None)
        self._released.discard(entry_id)
        if envelope is None:
            return
        reply = self._lanes.reply_to(envelope)
        self._events.replied(self, entry_id, reply)
        if reply.code == 0 or (self._closing and not self._loaded):
            for other in [*self._loaded]:
                del self._loaded[other]
                self._events.returned(self, other)
            self._end("the line was lost" if reply.code == 0 else "")

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = self._closing = True
            self._events.ended(self, reason)


class ScriptedLanes(ScriptedTransport):
    """Serves the port `Lanes`: answers as told, by recipient and attempt."""

    async def open(self, events: LaneEvents) -> ScriptedLane:  # type: ignore[override]
        await super().open()
        return ScriptedLane(self, events)

    def reply_to(self, envelope: Envelope) -> Reply:
        self.tried.append(envelope.recipient)
        replies = self.script.get(envelope.recipient, [])
        reply = replies.pop(0) if replies else ACCEPTED
        if reply.verdict in {Verdict.ACCEPTED, Verdict.IN_DOUBT}:
            self.taken.append(envelope)
        return reply
