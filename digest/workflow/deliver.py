"""Deliver a mailing: reserve, claim, hand over, record; until nothing more can leave now.

The pump keeps the promises (`workflow/pump.py`); here a delivery begins, waits and ends. It begins
by accounting for what a dead process left, and connects before anything is claimed. The store is
synchronous: commits run in one writer thread, reading ahead in another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from digest.delivery.retry import PROBES, RetryPolicy, probe_at
from digest.errors import DigestError, TryAgainLater
from digest.model.mailing import EntryState, Mailing, MailingState, OutboxEntry, PausedBy, Tally
from digest.workflow.ahead import Ahead
from digest.workflow.asking import Asking
from digest.workflow.counting import Count, Progress, shows_nothing
from digest.workflow.crew import Crew
from digest.workflow.delivered import Delivered
from digest.workflow.judging import Judge
from digest.workflow.ports import Clock, Outbox
from digest.workflow.pump import Pump
from digest.workflow.reservoir import Reservoir
from digest.workflow.seats import PumpParts, Seat
from digest.workflow.sending_ports import Composer, Lanes, Pace
from digest.workflow.trouble import Trouble, says_nothing
from digest.workflow.unlimited import Unlimited

#: How long messages under way may take to end once the process is asked to; what is left then is
#: cut off, so that all is over within ten seconds.
DRAIN_SECONDS = 8.0
#: While a delivery waits, it looks so often, in seconds, whether somebody paused or cancelled it.
LISTEN_SECONDS = 2.0
#: How many threads sign; the event loop and the store have what is left of the machine.
SIGNERS = 2

Compose = Callable[[Mailing], Composer]
Later = Callable[[Callable[[], object]], object]
"""Calls the store in its writer thread, soon."""


@dataclass(frozen=True, kw_only=True)
class DeliverMailing:
    """Send what a mailing still has to send. The caller holds the sender lock."""

    outbox: Outbox
    compose: Compose
    lanes: Lanes
    clock: Clock
    retry: Callable[[Mailing], RetryPolicy]
    probes: RetryPolicy = PROBES
    """When a mailing that the server's refusal paused is tried again."""
    patience: timedelta = timedelta(0)
    """The limits are waited for at least so long at a time, however short `wait` is."""
    connections: int = 10
    pace: Callable[[Mailing, Later], Pace] = field(default=lambda _mailing, _later: Unlimited())
    resend_in_doubt: bool = True
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    store_patience: timedelta = timedelta(minutes=15)
    """A store that cannot be used is tried again for so long."""
    progress: Progress = shows_nothing
    notice: Callable[[str], None] = says_nothing
    """Tells a person what is in the way while it goes on trying."""

    async def run(self, mailing: Mailing, *, wait: timedelta = timedelta(0)) -> Delivered:
        """Send until nothing is left, or what is left is due, or permitted, later than `wait`.

        A mailing that a person paused is left alone. One that the server's refusal paused is tried.

        Raises:
            DigestError: login or TLS fails as configured, or the store cannot be used.
        """
        with ExitStack() as stack:
            writer, reader = (
                stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix=name))
                for name in ("store", "reader")
            )
            return await _Run(self, mailing, writer, reader, stack).to_the_end(wait)


class _Run:
    """One delivery under way."""

    def __init__(
        self,
        case: DeliverMailing,
        mailing: Mailing,
        writer: Executor,
        reader: Executor,
        stack: ExitStack,
    ) -> None:
        self._case = case
        self._mailing = mailing
        self._writer = writer
        self._reader = reader
        self._stack = stack
        self._patience = timedelta(0)
        self._held_until: datetime | None = None
        self._passed_at: datetime | None = None
        self._paused = self._away = ""
        self._trouble = Trouble(
            clock=case.clock,
            patience=case.store_patience,
            notice=case.notice,
            note=case.outbox.note_trouble,
        )
        self._asking = Asking(writer, self._trouble, pause=self._pause_for)
        self._store = self._asking.ask

    async def to_the_end(self, wait: timedelta) -> Delivered:
        """Pass over the outbox until nothing can leave within `wait`."""
        self._patience = max(wait, self._case.patience)
        give_up_at = self._case.clock.now() + wait
        await self._account_for_the_dead()
        if self._mailing.paused_by in {PausedBy.PERSON, PausedBy.ROLLOUT}:
            self._paused = self._mailing.reason
        elif not (await self._tally()).settled:
            await self._deliver(give_up_at)
        return await self._summary()

    async def _account_for_the_dead(self) -> None:
        case, number = self._case, self._mailing.id
        now = case.clock.now()
        await self._store(case.outbox.recover, now)
        await self._store(
            lambda: case.outbox.settle_doubts(number, resend=case.resend_in_doubt, at=now)
        )

    async def _deliver(self, give_up_at: datetime) -> None:
        await self._prepare()
        if await self._nothing_leaves_before(give_up_at):
            return
        watching = asyncio.ensure_future(self._watch_for_the_end())
        self._held_until = None
        try:
            if await self._connect():
                await self._pass_on_until(give_up_at)
        finally:
            watching.cancel()
            await self._end()
        if self._pump.fault is not None:
            raise self._pump.fault

    async def _nothing_leaves_before(self, give_up_at: datetime) -> bool:
        """Return whether connecting would be in vain: the limits, or deferrals, say later."""
        if self._mailing.state is not MailingState.SENDING:
            return False  # what the server refused is tried by connecting
        tally, now = await self._tally(), self._case.clock.now()
        due = await self._deferred_until()
        if tally[EntryState.QUEUED] or tally[EntryState.IN_DOUBT] or (due and due <= now):
            self._held_until = self._pace.next_at("", now)
            return self._held_until is not None and self._held_until > now + self._patience
        return due is not None and due > give_up_at

    async def _prepare(self) -> None:
        case, mailing = self._case, self._mailing
        composer = await self._store(case.compose, mailing)
        self._pace = await self._store(case.pace, mailing, self._asking.later)
        self._count = Count(await self._tally(), case.progress)
        self._reservoir = Reservoir(
            self._read,
            reader=self._reader,
            closed=lambda: sorted(self._pace.closed(case.clock.now())),
            filled=self._filled,
            trouble=self._trouble,
            ahead=self._signing_ahead(composer) if composer.signs else None,
        )
        parts = PumpParts(
            outbox=case.outbox,
            mailing_id=mailing.id,
            composer=composer,
            judge=Judge(retry=case.retry(mailing), resend_in_doubt=case.resend_in_doubt),
            clock=case.clock,
            pace=self._pace,
            count=self._count,
            writer=self._writer,
            trouble=self._trouble,
        )
        self._pump = Pump(parts, self._reservoir, lane_ended=self._lane_ended)
        self._crew = Crew(case.lanes, self._pump, sleep=case.sleep)
        self._pump.first_accepted = self._let_everybody_in

    def _read(self, after: int, limit: int, closed: Sequence[str]) -> list[OutboxEntry]:
        now = self._case.clock.now()
        return self._case.outbox.reserve(
            self._mailing.id, after=after, limit=limit, at=now, closed=closed
        )

    def _signing_ahead(self, composer: Composer) -> Ahead:
        pool = self._stack.enter_context(
            ThreadPoolExecutor(max_workers=SIGNERS, thread_name_prefix="signer")
        )
        return Ahead(composer.compose, pool=pool, ready=self._filled)

    def _filled(self) -> None:
        self._pump.wake()

    def _let_everybody_in(self) -> None:
        """Open the other lanes, no more than there are messages for."""
        self._crew.size = max(1, min(self._case.connections, self._count.waiting // 2))
        self._crew.fill()

    def _lane_ended(self, seat: Seat, reason: str) -> None:
        self._crew.lane_ended(seat, reason)
        if not self._reservoir.dry:
            self._crew.fill()

    async def _connect(self) -> bool:
        """Connect before anything is claimed; False when that was not to be."""
        try:
            connected = await self._unless_stopped(self._crew.open_first())
        except TryAgainLater as error:
            self._away = str(error)
            return False
        except DigestError as error:
            await self._pause(str(error))
            raise
        if connected:
            number, probes = self._mailing.id, self._mailing.probes
            await self._store(lambda: self._case.outbox.resume(number, probes=probes))
        return connected

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do something that may take a while; False when the process was asked to end first."""
        doing = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._case.stop.wait())
        try:
            await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()
                return True
            return False
        finally:
            for task in (doing, stopped):
                task.cancel()
            await asyncio.gather(doing, stopped, return_exceptions=True)

    async def _pass_on_until(self, give_up_at: datetime) -> None:
        pump = self._pump
        moved = -1
        while not self._over():
            # What became due, was put back or passed over meanwhile is found by another pass.
            # A pump that is not at rest any more was woken by the limits' timer meanwhile.
            if (
                pump.moved == moved
                and not await self._wait_for_next(give_up_at)
                and pump.moved == moved
                and pump.rests
            ):
                return
            moved, self._passed_at = pump.moved, self._case.clock.now()
            self._reservoir.begin()
            pump.wake()
            self._crew.fill()
            await pump.quiet()
            while not (pump.rests or self._over()):
                await (pump.quiet() if pump.seats else self._open_again())
            if self._reservoir.error is not None:
                raise self._reservoir.error

    async def _open_again(self) -> None:
        """All lanes are lost and there is more to send."""
        self._crew.fill()
        await self._unless_stopped(self._crew.settled())
        self._away = self._crew.away
        self._pump.wake()
        await self._pump.quiet()

    def _over(self) -> bool:
        crew = self._crew
        return bool(self._pump.halted or crew.refused or self._away or self._case.stop.is_set())

    async def _wait_for_next(self, give_up_at: datetime) -> bool:
        """Wait until something may leave; False when that is too late, or there is nothing.

        What is deferred is waited for until `give_up_at`; the limits as long as mail goes on
        leaving under them, however slowly. What was due and did not leave, the limits hold up.
        """
        patient_until = self._case.clock.now() + self._patience
        due = await self._deferred_until(after=self._passed_at)
        moments = (due, give_up_at), (self._permitted_at(), patient_until)
        in_time = [at for at, last in moments if at is not None and at <= last]
        if not in_time:
            return False
        due = min(in_time)
        while not self._over():
            seconds = (due - self._case.clock.now()).total_seconds()
            if seconds <= 0:
                return True
            await self._pause_for(min(seconds, LISTEN_SECONDS))
            await self._listen()
            self._count.tell(at_once=True)
        return False

    async def _pause_for(self, seconds: float) -> bool:
        return await self._unless_stopped(self._sleep(seconds))

    async def _sleep(self, seconds: float) -> None:
        await self._case.sleep(seconds)

    async def _listen(self) -> None:
        """Hear whether somebody paused or cancelled the mailing while nothing is committed."""
        now = self._case.clock.now()
        exchange = await self._store(
            lambda: self._case.outbox.exchange(self._mailing.id, results=(), claims=(), at=now)
        )
        self._pump.hear(exchange.state)

    async def _next_due(self) -> datetime | None:
        """Return the earliest moment at which something that waits may leave."""
        permitted_at = self._permitted_at()
        after = self._case.clock.now() if permitted_at else None
        moments = [await self._deferred_until(after), permitted_at]
        return min((at for at in moments if at is not None), default=None)

    def _permitted_at(self) -> datetime | None:
        """Return when the limits let the next message leave; None: they hold nothing up."""
        now = self._case.clock.now()
        moments = [self._pump.next_at, self._pace.opens_at(now), self._held_until]
        return min((at for at in moments if at is not None), default=None)

    async def _watch_for_the_end(self) -> None:
        await self._case.stop.wait()
        self._pump.halt()
        await asyncio.sleep(DRAIN_SECONDS)
        self._pump.abort()

    async def _end(self) -> None:
        """Let what is under way end, record it, and close the lanes."""
        pump, crew = self._pump, self._crew
        pump.halt()
        self._reservoir.end()
        await crew.dismiss()
        try:
            await pump.quiet()
        finally:
            await self._case.lanes.close()
        if crew.refused is not None:
            await self._pause(str(crew.refused))
        elif pump.paused:
            await self._pause(pump.paused)
        await self._asking.settled()
        self._count.tell(at_once=True)

    async def _pause(self, reason: str) -> None:
        """Pause for the server's refusal; each try in vain makes the wait for the next longer."""
        self._paused = reason
        case, number = self._case, self._mailing.id
        vain = 0 if self._pump.accepted else self._mailing.probes
        retry_at = probe_at(probes=vain, now=case.clock.now(), policy=case.probes)
        await self._store(
            lambda: case.outbox.pause(number, reason, retry_at=retry_at, probes=vain + 1)
        )

    async def _summary(self) -> Delivered:
        case, number = self._case, self._mailing.id
        now = case.clock.now()
        complete = await self._store(case.outbox.complete_if_settled, number, now)
        pump: Pump | None = getattr(self, "_pump", None)
        if pump:
            await self._listen()
        state = pump.state if pump else self._mailing.state
        if state is MailingState.CANCELLED:
            # What was on its way just then, and did not arrive.
            await self._store(case.outbox.skip_rest, number, "cancelled", now)
        return Delivered(
            tally=await self._tally(),
            complete=complete,
            paused=self._paused or ("paused by hand" if state is MailingState.PAUSED else ""),
            away=self._away,
            stopped=case.stop.is_set(),
            cancelled=state is MailingState.CANCELLED,
            next_due=await (self._next_due() if pump else self._deferred_until()),
        )

    async def _deferred_until(self, after: datetime | None = None) -> datetime | None:
        return await self._store(self._case.outbox.next_due, self._mailing.id, after)

    async def _tally(self) -> Tally:
        return await self._store(self._case.outbox.tally, self._mailing.id)
