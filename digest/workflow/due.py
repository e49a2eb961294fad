"""Send what the schedule says is due, once per slot; for cron and for the service alike.

The database decides: a slot is a row with a unique key, taken before anything is planned. Whoever
takes it sends; whoever comes second finds it taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from digest.model.mailing import Mailing
from digest.model.newsletter import Newsletter
from digest.schedule.slots import Due, Slot, due_slot
from digest.workflow.ports import Clock, Outbox, Slots
from digest.workflow.send import Ending, SendIssue, Sent, at_rest


@dataclass(frozen=True, kw_only=True, slots=True)
class Dealt:
    """What came of looking at a newsletter's schedule."""

    newsletter: str
    slot: str = ""
    """The slot that was taken, or ""."""
    sent: Sent | None = None
    waits: str = ""
    """Why a mailing that is paused is left alone, or ""."""
    missed: tuple[str, ...] = ()
    """Slots that passed while nothing ran and are too old to be sent."""


@dataclass(frozen=True, kw_only=True)
class SendDue:
    """Deal with the slots of a newsletter that have come."""

    slots: Slots
    outbox: Outbox
    send: SendIssue
    clock: Clock

    def is_called_for(self, newsletter: Newsletter) -> bool:
        """Return whether `run` would have anything to do; looks only, takes no lock."""
        if unsettled := self.send.unsettled(newsletter.id):
            return not any(self._waits(mailing) for mailing in unsettled)
        due = self._due(newsletter)
        return bool(due.slot or due.missed)

    async def run(self, newsletter: Newsletter, *, wait: timedelta = timedelta(0)) -> Dealt:
        """Finish what is unfinished; then take the slot that is due, if any, and send for it.

        Raises:
            TryAgainLater: another process sends.
            DigestError: nothing was frozen; the slot stays open and is tried again until it is
                older than the newsletter's `catch_up`.
        """
        for mailing in self.send.unsettled(newsletter.id):
            if why := self._waits(mailing):
                return Dealt(newsletter=newsletter.id, waits=why)
        if not self.is_called_for(newsletter):
            return Dealt(newsletter=newsletter.id)
        with self.outbox.sender_lock():
            return await self._run_as_sender(newsletter, wait)

    def _waits(self, mailing: Mailing) -> str:
        """Return why a paused mailing is not this run's to let go on, or "".

        While it waits, so does the next issue: two at once would be out of order.
        """
        if at_rest(mailing):
            return f"issue {mailing.number} is paused until `digest resume`: {mailing.reason}"
        if mailing.retry_at and mailing.retry_at > self.clock.now():
            at = f"{mailing.retry_at:%Y-%m-%d %H:%M:%S} UTC"
            return f"issue {mailing.number} is paused, and tried again at {at}: {mailing.reason}"
        return ""

    async def _run_as_sender(self, newsletter: Newsletter, wait: timedelta) -> Dealt:
        finished = None
        if self.send.unsettled(newsletter.id):
            finished = await self.send.run_as_sender(newsletter.id, wait=wait)
            if finished.ending is not Ending.COMPLETE:
                return Dealt(newsletter=newsletter.id, sent=finished)
        slot, missed = self._take(newsletter)
        if slot is None:
            return Dealt(newsletter=newsletter.id, sent=finished, missed=missed)
        sent = await self.send.run_as_sender(newsletter.id, wait=wait, slot=slot.wall_time)
        if sent.ending is not Ending.ERRORS:
            self.slots.close_slot(newsletter.id, slot.wall_time, _outcome(sent))
        return Dealt(newsletter=newsletter.id, slot=slot.wall_time, sent=sent, missed=missed)

    def _due(self, newsletter: Newsletter) -> Due:
        if not newsletter.schedule:
            return Due(slot=None, missed=())
        return due_slot(
            newsletter.schedule,
            ZoneInfo(newsletter.timezone),
            last_known=self.slots.last_slot(newsletter.id),
            now=self.clock.now(),
            catch_up=newsletter.catch_up,
        )

    def _take(self, newsletter: Newsletter) -> tuple[Slot | None, tuple[str, ...]]:
        """Claim the due slot and close the missed ones; None when there is none left to take."""
        due, now = self._due(newsletter), self.clock.now()
        missed = tuple(
            slot.wall_time
            for slot in due.missed
            if self.slots.claim_slot(newsletter.id, slot.wall_time, now)
        )
        for wall_time in missed:
            self.slots.close_slot(newsletter.id, wall_time, "missed")
        if due.slot and self.slots.claim_slot(newsletter.id, due.slot.wall_time, now):
            return due.slot, missed
        return None, missed


def _outcome(sent: Sent) -> str:
    if sent.ending in {Ending.NOTHING, Ending.NOBODY}:
        return sent.reason
    number = sent.mailing.number if sent.mailing else None
    return f"issue {number}" if number else sent.ending.value
