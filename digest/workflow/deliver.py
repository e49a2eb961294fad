"""Deliver a mailing: reserve, claim, hand over, record; until nothing more can leave now.

The claim is committed before MAIL FROM, and the reply before the next claim, so that a process
that dies at any instant leaves at most one entry of which it is not known whether it was taken.
The store is synchronous and is called in one writer thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from digest.delivery.retry import RetryPolicy, next_attempt
from digest.errors import DigestError, RecipientError, TryAgainLater
from digest.model.mailing import (
    EntryState,
    Mailing,
    OutboxEntry,
    Reply,
    Result,
    Tally,
    Verdict,
)
from digest.workflow.ports import Clock, Composer, Outbox, Transport

#: How many entries are read ahead. Reading claims nothing.
RESERVE = 200

T = TypeVar("T")
Compose = Callable[[Mailing], Composer]
Progress = Callable[[Tally], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """How far a delivery came."""

    tally: Tally
    complete: bool
    paused: str = ""
    """Why the server refuses to take mail from us, or ""."""
    away: str = ""
    """Why the server could not be reached, or ""."""
    stopped: bool = False
    """True when the process was asked to end."""
    next_due: datetime | None = None
    """When the earliest deferred entry may leave."""


@dataclass(kw_only=True, slots=True)
class _Course:
    """What one delivery has found out so far."""

    mailing: Mailing
    composer: Composer
    paused: str = ""
    away: str = ""
    moved: int = 0

    @property
    def open(self) -> bool:
        return not (self.paused or self.away)


@dataclass(frozen=True, kw_only=True)
class DeliverMailing:
    """Send what a mailing still has to send. The caller holds the sender lock."""

    outbox: Outbox
    compose: Compose
    transport: Transport
    clock: Clock
    retry: RetryPolicy
    resend_in_doubt: bool = True
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    progress: Progress = lambda _tally: None

    async def run(self, mailing: Mailing, *, wait: timedelta = timedelta(0)) -> Delivered:
        """Send until nothing is left, or until what is left is due later than `wait` from now.

        Raises:
            DigestError: login or TLS fails as configured; nothing was sent.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="store") as writer:
            return await _Run(self, writer, mailing).to_the_end(self.clock.now() + wait)


class _Run:
    """One delivery under way."""

    def __init__(self, case: DeliverMailing, writer: ThreadPoolExecutor, mailing: Mailing) -> None:
        self._case = case
        self._writer = writer
        self._course = _Course(mailing=mailing, composer=case.compose(mailing))

    async def to_the_end(self, give_up_at: datetime) -> Delivered:
        """Pass over the outbox until nothing can leave before `give_up_at`."""
        case, course = self._case, self._course
        await self._begin()
        try:
            while course.open and not case.stop.is_set():
                moved = course.moved
                await self._pass()
                if course.moved == moved and not await self._wait_for_next(give_up_at):
                    break
        finally:
            await case.transport.close()
        return await self._summary()

    async def _begin(self) -> None:
        """Account for what a dead process left, then connect before anything is claimed."""
        case, number = self._case, self._course.mailing.id
        now = case.clock.now()
        await self._store(case.outbox.recover, now)
        await self._store(
            lambda: case.outbox.settle_doubts(number, resend=case.resend_in_doubt, at=now)
        )
        if not await self._something_left():
            return
        try:
            connected = await self._connect()
        except TryAgainLater as error:
            self._course.away = str(error)
        except DigestError as error:
            await self._pause(str(error))
            raise
        else:
            if connected:
                await self._store(case.outbox.resume, number)

    async def _connect(self) -> bool:
        """Connect; False when the process was asked to end first. A deaf server takes a while."""
        opening = asyncio.ensure_future(self._case.transport.open())
        stopped = asyncio.ensure_future(self._case.stop.wait())
        await asyncio.wait({opening, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not opening.done():
            opening.cancel()
            await asyncio.wait({opening})
            return False
        opening.result()
        return True

    async def _something_left(self) -> bool:
        return not (await self._tally()).settled

    async def _pass(self) -> None:
        """Go once through what may leave now, by id."""
        after = 0
        while self._course.open and not self._case.stop.is_set():
            entries = await self._reserve(after)
            if not entries:
                return
            for entry in entries:
                after = entry.id
                await self._send(entry)
                if not self._course.open or self._case.stop.is_set():
                    break
            self._case.progress(await self._tally())

    async def _reserve(self, after: int) -> list[OutboxEntry]:
        case, number = self._case, self._course.mailing.id
        now = case.clock.now()
        return await self._store(
            lambda: case.outbox.reserve(number, after=after, limit=RESERVE, at=now)
        )

    async def _send(self, entry: OutboxEntry) -> None:
        case, course = self._case, self._course
        try:
            envelope = course.composer.compose(entry)
        except RecipientError as error:
            envelope, unsafe = None, str(error)
        tried_at = case.clock.now()
        claimed = await self._store(lambda: case.outbox.claim([entry.id], at=tried_at))
        course.moved += 1
        if entry.id not in claimed:
            return
        if envelope is None:
            reply = Reply(verdict=Verdict.REFUSED, code=0, text=unsafe)
        else:
            reply = await case.transport.deliver(envelope)
        await self._record(entry, reply, tried_at)

    async def _record(self, entry: OutboxEntry, reply: Reply, tried_at: datetime) -> None:
        result = self._judge(entry, reply, tried_at)
        await self._store(self._case.outbox.record, [result])
        if reply.verdict is Verdict.BLOCKED:
            await self._pause(f"the server refuses our mail: {_answer(reply)}")
        elif reply.verdict in {Verdict.DEFERRED, Verdict.IN_DOUBT} and not reply.code:
            await self._connect_again(reply.text)

    async def _connect_again(self, why: str) -> None:
        """After a lost line, see at once whether the server is still there."""
        try:
            await self._case.transport.open()
        except TryAgainLater as error:
            self._course.away = f"{why}; {error}"
        except DigestError as error:
            await self._pause(str(error))

    async def _pause(self, reason: str) -> None:
        self._course.paused = reason
        number = self._course.mailing.id
        await self._store(lambda: self._case.outbox.pause(number, reason))

    def _judge(self, entry: OutboxEntry, reply: Reply, tried_at: datetime) -> Result:
        """Turn a reply into the entry's next state."""
        state = _AFTER[reply.verdict]
        not_before, reason = None, ""
        if state is EntryState.IN_DOUBT and (entry.doubts or not self._case.resend_in_doubt):
            state, reason = EntryState.HELD, "in doubt: the server may have taken it"
        elif state is EntryState.DEFERRED:
            not_before = self._next_attempt(entry, tried_at)
            if not_before is None:
                state, reason = EntryState.REFUSED, f"gave up: {_answer(reply)}"
        elif state is EntryState.REFUSED:
            reason = _answer(reply)
        return Result(
            entry_id=entry.id,
            state=state,
            reply=reply,
            tried_at=tried_at,
            not_before=not_before,
            reason=reason,
        )

    def _next_attempt(self, entry: OutboxEntry, tried_at: datetime) -> datetime | None:
        return next_attempt(
            first_tried_at=entry.first_tried_at or tried_at,
            attempts=entry.attempts + 1,
            now=self._case.clock.now(),
            policy=self._case.retry,
        )

    async def _wait_for_next(self, give_up_at: datetime) -> bool:
        """Wait for the earliest deferred entry; False when it is due too late, or there is none."""
        due = await self._store(self._case.outbox.next_due, self._course.mailing.id)
        if due is None or due > give_up_at:
            return False
        seconds = (due - self._case.clock.now()).total_seconds()
        pause = asyncio.ensure_future(self._case.sleep(max(0.0, seconds)))
        stopped = asyncio.ensure_future(self._case.stop.wait())
        await asyncio.wait({pause, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (pause, stopped):
            task.cancel()
        return True

    async def _summary(self) -> Delivered:
        case, course = self._case, self._course
        number, now = course.mailing.id, case.clock.now()
        complete = await self._store(case.outbox.complete_if_settled, number, now)
        tally = await self._tally()
        return Delivered(
            tally=tally,
            complete=complete,
            paused=course.paused,
            away=course.away,
            stopped=case.stop.is_set(),
            next_due=await self._store(case.outbox.next_due, number),
        )

    async def _tally(self) -> Tally:
        return await self._store(self._case.outbox.tally, self._course.mailing.id)

    async def _store(self, call: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, call, *args)


def _answer(reply: Reply) -> str:
    """Return what the server said; a lost line has no code."""
    return f"{reply.code} {reply.text}" if reply.code else reply.text


_AFTER = {
    Verdict.ACCEPTED: EntryState.SENT,
    Verdict.DEFERRED: EntryState.DEFERRED,
    Verdict.REFUSED: EntryState.REFUSED,
    Verdict.BLOCKED: EntryState.QUEUED,
    Verdict.IN_DOUBT: EntryState.IN_DOUBT,
}
