"""The pump: feeds lanes, and commits what all of them brought and want, in one transaction.

A lane has at most two messages: one under way, one behind it. What must stay true: MAIL of an entry
is written only after the commit that claimed it, and the end of message n+1 only after one commit
that holds the reply to n and the claim of n+2. So a process that dies leaves at most two entries a
lane in `sending`, and at most one of them may really have been taken.

Everything here happens in the event loop's thread, in callbacks that do not wait; only the exchange
with the store runs in its writer thread, and while it runs the next messages are filled.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial

from digest.errors import DigestError, RecipientError, TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import (
    EntryState,
    Exchange,
    MailingState,
    OutboxEntry,
    Reply,
    Result,
    Verdict,
)
from digest.workflow.gathering import Gathering
from digest.workflow.judging import answer
from digest.workflow.reservoir import Reservoir
from digest.workflow.seats import LATE, RESPITE, Batch, PumpParts, Seat
from digest.workflow.sending_ports import Lane


class Pump:
    """Keeps the promises above over any number of lanes (`LaneEvents` of the ports)."""

    def __init__(
        self, parts: PumpParts, reservoir: Reservoir, *, lane_ended: Callable[[Seat, str], None]
    ) -> None:
        """Begin with no lane; `lane_ended` is told how each ends."""
        self._parts = parts
        self._reservoir = reservoir
        self._lane_ended = lane_ended
        self._loop = asyncio.get_running_loop()
        self.seats: dict[Lane, Seat] = {}
        self._wishing: deque[Seat] = deque()
        self._results: list[tuple[Seat, OutboxEntry, Result]] = []
        self._returned: list[OutboxEntry] = []
        self._batch: Batch | None = None
        self._gathering = Gathering(self._begin)
        self._timer: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()
        self.next_at: datetime | None = None  # when the limits, alone in the way, let one leave
        self.moved = 0  # how many entries were claimed
        self.accepted = 0
        self.halted = False  # nothing more is to be claimed
        self._aborted = False
        self._late: tuple[DigestError, asyncio.TimerHandle] | None = None  # a commit's next try
        self.paused = ""  # why the server refuses to take mail from us
        self.state = MailingState.SENDING  # at the last commit
        self.error: BaseException | None = None  # ended everything; raised by whoever waits
        self.fault: DigestError | None = None
        """What stops the mailing for all readers; raised once all is recorded."""
        self.width: int | None = 1
        """How many messages may be under way; None: as many as there is room for. One, until the
        server has taken one: a wrong password or policy then costs one try."""
        self.first_accepted: Callable[[], None] = lambda: None

    # --- what the run asks for ------------------------------------------------------------------

    def add(self, lane: Lane) -> None:
        """Feed a lane that is open."""
        seat = self.seats[lane] = Seat(lane)
        self._quiet.clear()
        if self.halted:
            lane.close()
            return
        self._wish(seat)

    def wake(self) -> None:
        """Look again whether something may leave."""
        self._quiet.clear()
        self.next_at = None
        for seat in self.seats.values():
            self._wish(seat)
        self._kick()

    def halt(self) -> None:
        """Claim nothing more; what is under way is finished, and the lanes end."""
        if self.halted:
            return
        self.halted = True
        self._wishing.clear()
        for seat in list(self.seats.values()):
            seat.lane.close()
            self._release(seat)
        self._kick()

    def abort(self) -> None:
        """End all lanes at once; what they had is answered, and recorded if that goes at once."""
        self.halted = self._aborted = True
        for seat in list(self.seats.values()):
            seat.lane.abort()
        if self._late is not None:
            error, timer = self._late
            timer.cancel()
            self._give_up(error)
        self._kick()

    async def quiet(self) -> None:
        """Return when nothing is under way and nothing more can leave now.

        Raises:
            DigestError: the store cannot be used.
        """
        self._kick()
        await self._quiet.wait()
        if self.error is not None:
            raise self.error

    # --- LaneEvents -----------------------------------------------------------------------------

    def replied(self, lane: Lane, entry_id: int, reply: Reply) -> None:
        """Take a message's fate; it is recorded with the next commit."""
        seat = self.seats[lane]
        entry, tried_at = seat.entries.pop(entry_id)
        parts = self._parts
        now = parts.clock.now() if reply.verdict is not Verdict.ACCEPTED else tried_at
        result = parts.judge.result(entry, reply, tried_at=tried_at, now=now)
        self._results.append((seat, entry, result))
        seat.unrecorded += 1
        if reply.verdict is Verdict.ACCEPTED:
            seat.accepted += 1
            self.accepted += 1
            parts.pace.taken(entry.domain)
            if self.width is not None:
                self._widen()
        else:
            parts.pace.learn(entry.domain, reply, now)
            if reply.verdict is Verdict.BLOCKED and not self.paused:
                self.paused = f"the server refuses our mail: {answer(reply)}"
                self.halt()
        self._wish(seat)

    def returned(self, lane: Lane, entry_id: int) -> None:
        """Take back a message that was never begun."""
        seat = self.seats[lane]
        entry, claimed_at = seat.entries.pop(entry_id)
        self._parts.pace.give_back(entry.domain, claimed_at)
        self._returned.append(entry)
        self._kick()
        # Not at once: a server that was too slow for this one would be for the next.
        self._loop.call_later(RESPITE, self._wish, seat)

    def ended(self, lane: Lane, reason: str) -> None:
        """Forget a lane; what it had was answered before."""
        seat = self.seats.pop(lane)
        self._kick()
        self._lane_ended(seat, reason)

    # --- one commit after the other -------------------------------------------------------------

    def _widen(self) -> None:
        self.width = None  # the server takes our mail
        self.first_accepted()
        for seat in self.seats.values():
            self._wish(seat)

    def _wish(self, seat: Seat) -> None:
        if not self.halted and seat.lane in self.seats:
            self._wishing.append(seat)
        self._kick()

    def _kick(self) -> None:
        if self._batch is None and self.error is None:
            came = 0 if self.halted else len(self._results)
            self._gathering.kick(came, len(self.seats))

    def _begin(self) -> None:
        if self._batch is not None or self.error is not None:
            return
        now = self._parts.clock.now()
        claims, poor = self._choose(now)
        if not (self._results or self._returned or claims):
            for seat in poor:
                self._release(seat)
            self._look_whether_quiet()
            return
        self._quiet.clear()
        batch = Batch(
            self._results, self._returned, claims, now, self._parts.pace.handed() if claims else {}
        )
        self._results, self._returned = [], []
        self._exchange(batch)
        for seat in poor:
            self._release(seat)

    def _choose(self, now: datetime) -> tuple[list[tuple[Seat, OutboxEntry]], list[Seat]]:
        """Return whom to claim for which lane, and the lanes for which there is nobody now."""
        claims: list[tuple[Seat, OutboxEntry]] = []
        poor: list[Seat] = []
        wishing, self._wishing = self._wishing, deque()
        while wishing:
            seat = wishing.popleft()
            while not self.halted and self._has_room(seat, len(claims)):
                entry = self._next_entry(now)
                if entry is None:
                    poor.append(seat)
                    break
                seat.claiming += 1
                claims.append((seat, entry))
        return claims, poor

    def _has_room(self, seat: Seat, claiming: int) -> bool:
        if self.width is not None:
            under_way = sum(len(each.entries) for each in self.seats.values())
            if under_way + claiming + len(self._results) >= self.width:
                return False
        return seat.lane in self.seats and seat.lane.room > seat.claiming

    def _next_entry(self, now: datetime) -> OutboxEntry | None:
        entry, due = self._reservoir.permitted(self._parts.pace, now)
        self._look_again_at(due, now)
        return entry

    def _look_again_at(self, due: datetime | None, now: datetime) -> None:
        """Wait for the limits with a timer: nothing that sleeps could delay a pause or an end."""
        if due is None:
            return
        self.next_at = due
        if self._timer is not None:
            return
        seconds = max(0.0, (due - now).total_seconds())
        self._timer = self._loop.call_later(seconds, self._timer_went)

    def _timer_went(self) -> None:
        self._timer = None
        if not self.halted:
            self.wake()

    def _exchange(self, batch: Batch) -> None:
        self._batch, self._late = batch, None
        parts = self._parts
        call = batch.exchange(parts.outbox, parts.mailing_id)
        done = self._loop.run_in_executor(parts.writer, call)
        # Filled while the store works; what it then does not let leave was filled in vain.
        envelopes = [self._reservoir.message(entry, parts.composer) for _, entry in batch.claims]
        done.add_done_callback(partial(self._exchanged, batch, envelopes))

    def _exchanged(
        self,
        batch: Batch,
        envelopes: list[Envelope | DigestError],
        done: asyncio.Future[Exchange],
    ) -> None:
        try:
            exchange = done.result()
        except TryAgainLater as error:
            self._wait_for_the_store(batch, error)
            return
        except BaseException as error:
            self._give_up(error)
            return
        self._batch = None
        self._parts.trouble.over("commit")
        batch.late = batch.tries > 0 or self._parts.clock.now() - batch.at > LATE
        self.hear(exchange.state)
        self._note_recorded(batch)
        self._load(batch, envelopes, exchange)
        self._parts.count.tell()
        self._kick()

    def hear(self, state: MailingState) -> None:
        """Heed whoever paused or cancelled the mailing meanwhile."""
        self.state = state
        if state is not MailingState.SENDING:
            self.halt()

    def _note_recorded(self, batch: Batch) -> None:
        count = self._parts.count
        for seat, _, result in batch.results:
            seat.unrecorded -= 1
            count.move(EntryState.SENDING, result.state)
        for entry in batch.returned:
            count.move(EntryState.SENDING, entry.state)
            if not self.halted:
                self._reservoir.put_back(entry)

    def _load(
        self, batch: Batch, envelopes: list[Envelope | DigestError], exchange: Exchange
    ) -> None:
        touched = dict.fromkeys(seat for seat, _, _ in batch.results)
        for (seat, entry), envelope in zip(batch.claims, envelopes, strict=True):
            seat.claiming -= 1
            touched[seat] = None
            if entry.id not in exchange.claimed:
                self._pass_over(entry, batch.at, exchange)
                continue
            self.moved += 1
            self._note_claim(entry)
            if isinstance(envelope, DigestError):
                self._refuse(seat, entry, envelope, batch.at)
            elif seat.lane in self.seats and not self.halted:
                self._hand_over(seat, entry, envelope, batch)
            else:
                self._parts.pace.give_back(entry.domain, batch.at)
                self._returned.append(entry)
        for seat in touched:
            self._release(seat)
            if seat.lane in self.seats and seat.lane.room:
                self._wish(seat)

    def _hand_over(self, seat: Seat, entry: OutboxEntry, envelope: Envelope, batch: Batch) -> None:
        at, pace = batch.at, self._parts.pace
        if batch.late:
            # The limits let it leave then; after the wait for the commit they are asked anew.
            pace.give_back(entry.domain, at)
            at = self._parts.clock.now()
            if not pace.permit(entry.domain, at):
                self._returned.append(entry)
                return
        seat.entries[entry.id] = (entry, at)
        seat.lane.load(entry.id, envelope)

    def _note_claim(self, entry: OutboxEntry) -> None:
        self._parts.count.move(entry.state, EntryState.SENDING)
        if entry.state is EntryState.IN_DOUBT:
            self._parts.count.flag()

    def _pass_over(self, entry: OutboxEntry, at: datetime, exchange: Exchange) -> None:
        """Leave out an entry that may not leave any more, or not now."""
        self._parts.pace.give_back(entry.domain, at)
        if exchange.state is MailingState.SENDING:
            self._parts.count.move(entry.state, EntryState.SKIPPED)
            self.moved += 1

    def _refuse(self, seat: Seat, entry: OutboxEntry, error: DigestError, at: datetime) -> None:
        """Refuse an entry that cannot become a message; one for all readers stops the mailing."""
        if not isinstance(error, RecipientError):
            self._returned.append(entry)
            self.fault = self.fault or error
            self.halt()
            return
        reply = Reply(verdict=Verdict.REFUSED, code=0, text=str(error))
        result = self._parts.judge.result(entry, reply, tried_at=at, now=at)
        self._results.append((seat, entry, result))
        seat.unrecorded += 1

    def _release(self, seat: Seat) -> None:
        """Let the message under way end, if every answer before it is on disk."""
        if seat.entries and not seat.unrecorded and not seat.claiming:
            seat.lane.release(next(iter(seat.entries)))

    # --- ends -----------------------------------------------------------------------------------

    @property
    def rests(self) -> bool:
        """Return whether nothing is under way, and nothing more is to be had now."""
        return self._has_nothing and (self._reservoir.dry or self.next_at is not None)

    @property
    def _has_nothing(self) -> bool:
        waiting = self._results or self._returned or self._batch
        return not waiting and not any(seat.entries for seat in self.seats.values())

    def _look_whether_quiet(self) -> None:
        if self._has_nothing and (self.halted or not self.seats or self.rests):
            self._quiet.set()

    def _wait_for_the_store(self, batch: Batch, error: TryAgainLater) -> None:
        """Try the same commit again later: nothing leaves meanwhile, for nothing is released."""
        batch.tries += 1
        try:
            wait = self._parts.trouble.wait("commit", error)
        except TryAgainLater as final:
            self._give_up(final)
            return
        if self._aborted:
            self._give_up(error)
            return
        self._late = (error, self._loop.call_later(wait, self._exchange, batch))

    def _give_up(self, error: BaseException) -> None:
        """End without the store: what is `sending` there is accounted for by the next process."""
        self.error = error
        self.halted = True
        for seat in list(self.seats.values()):
            seat.lane.abort()
        self._quiet.set()
