"""Send an issue: finish what is unfinished, else plan, check, freeze and deliver.

The same way for a hand, cron and the service. One process at a time holds the sender lock over all
of it, so that what was planned is what is frozen, and a second one is told to try again later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from digest.errors import DigestError, TryAgainLater
from digest.model.freeze import AudienceChanged
from digest.model.mailing import Mailing, MailingKind, MailingState, PausedBy
from digest.workflow.deliver import DeliverMailing
from digest.workflow.delivered import Delivered
from digest.workflow.gate import Gate
from digest.workflow.plan import Plan, PlanIssue
from digest.workflow.ports import Issues, Outbox
from digest.workflow.produce import FreezeIssue

#: How often a plan is made anew because somebody subscribed while it was made.
PLANS = 5


class Ending(StrEnum):
    """How a send ended."""

    COMPLETE = "complete"
    UNFINISHED = "unfinished"
    """Something is deferred, paused or held; run again."""
    NOTHING = "nothing"
    """Nothing new, or too thin: nothing was used up."""
    NOBODY = "nobody"
    """There is something to send and nobody to send it to."""
    DECLINED = "declined"
    """The person who was asked said no."""
    ERRORS = "errors"
    """A check found what must not leave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What came of a send."""

    ending: Ending
    mailing: Mailing | None = None
    delivered: Delivered | None = None
    plan: Plan | None = None
    resumed: bool = False
    """True when an earlier mailing was finished and nothing new was planned."""
    reason: str = ""
    warnings: tuple[str, ...] = field(default=())


async def _at_once(mailing: Mailing) -> Mailing:
    return mailing


def _owes_nothing(_newsletter: str) -> str:
    return ""


Confirm = Callable[[Plan], bool]
WriteReceipt = Callable[[Mailing], str]


@dataclass(frozen=True, kw_only=True)
class SendIssue:
    """Send the next issue of a newsletter, once."""

    issues: Issues
    outbox: Outbox
    plan: PlanIssue
    gate: Gate
    freeze: FreezeIssue
    deliver: DeliverMailing
    write_receipt: WriteReceipt
    """Write an issue's receipt; returns what is to be said if it could not be written, or ""."""
    write_owed: Callable[[str], str] = _owes_nothing
    """Write a newsletter's last receipt where a process died before it could; returns the same."""
    prepare: Callable[[Mailing], Awaitable[Mailing]] = _at_once
    """What comes before a mailing's first reader: the seeds of a rollout."""

    async def run(
        self,
        newsletter: str,
        *,
        confirm: Confirm = lambda _plan: True,
        wait: timedelta = timedelta(0),
    ) -> Sent:
        """Finish the newsletter's unfinished mailings; if there was none, send the next issue.

        Raises:
            TryAgainLater: another process sends from this database.
            DigestError: content, templates, login or TLS are wrong; nothing was sent.
        """
        with self.outbox.sender_lock():
            return await self.run_as_sender(newsletter, confirm=confirm, wait=wait)

    async def run_as_sender(
        self,
        newsletter: str,
        *,
        confirm: Confirm = lambda _plan: True,
        wait: timedelta = timedelta(0),
        slot: str | None = None,
    ) -> Sent:
        """Do the same for a caller who holds the sender lock; `slot` is tied to the mailing."""
        trouble = self.write_owed(newsletter)
        if unsettled := self.unsettled(newsletter):
            sent = await self._finish(unsettled, wait)
        else:
            sent = await self._send_next(newsletter, confirm, wait, slot)
        return replace(sent, warnings=(trouble, *sent.warnings)) if trouble else sent

    def unsettled(self, newsletter: str) -> list[Mailing]:
        """Return mailings that a run can bring further, oldest first.

        One that only holds entries waits for a person, and must not hold up the next issue. One
        that is settled and not yet called complete (the process died just then) is among them.
        """
        return [
            mailing
            for mailing in self.issues.unfinished(newsletter)
            if not self.outbox.tally(mailing.id).waits_for_a_person
        ]

    async def _finish(self, mailings: list[Mailing], wait: timedelta) -> Sent:
        for mailing in mailings:
            sent = await self._deliver(mailing, wait, plan=None)
            if sent.ending is not Ending.COMPLETE:
                break
        return sent

    async def _send_next(
        self, newsletter: str, confirm: Confirm, wait: timedelta, slot: str | None
    ) -> Sent:
        asked = False
        for _ in range(PLANS):
            plan = self.plan.run(newsletter)
            refused = _reason_not_to_send(plan)
            if refused:
                return refused
            gated = self.gate.run(plan)
            plan = gated.plan
            if plan.errors:
                return Sent(ending=Ending.ERRORS, plan=plan, reason=_why_not(plan))
            if not asked and not confirm(plan):
                return Sent(ending=Ending.DECLINED, plan=plan)
            asked = True
            try:
                mailing = self.freeze.run(plan, gated.editions, slot=slot)
            except AudienceChanged:
                continue
            return await self._deliver(mailing, wait, plan=plan)
        raise TryAgainLater(
            "", "subscribers keep changing while the issue is planned", "Run again."
        )

    async def _deliver(self, mailing: Mailing, wait: timedelta, plan: Plan | None) -> Sent:
        if not at_rest(mailing):
            mailing = await self.prepare(mailing)
        delivered = await self.deliver.run(mailing, wait=wait)
        warnings = []
        if delivered.complete or delivered.cancelled:
            trouble = self.write_receipt(self.issues.mailing(mailing.id))
            warnings = [trouble] if trouble else []
        return Sent(
            ending=Ending.COMPLETE if delivered.complete else Ending.UNFINISHED,
            mailing=self.issues.mailing(mailing.id),
            delivered=delivered,
            plan=plan,
            resumed=plan is None,
            warnings=tuple(warnings),
        )


def at_rest(mailing: Mailing) -> bool:
    """Return whether only a person lets a mailing go on."""
    by_people = {PausedBy.PERSON, PausedBy.ROLLOUT}
    return mailing.state is MailingState.PAUSED and mailing.paused_by in by_people


def _reason_not_to_send(plan: Plan) -> Sent | None:
    if plan.selection.too_thin:
        return Sent(ending=Ending.NOTHING, plan=plan, reason=plan.selection.too_thin)
    if not plan.audience:
        return Sent(ending=Ending.NOBODY, plan=plan, reason="there is nobody to send it to")
    return None


def _why_not(plan: Plan) -> str:
    first, *others = plan.errors
    more = f" (and {len(others)} more: digest check)" if others else ""
    return f"a check found what must not leave: {first}{more}"


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteReceiptOf:
    """Write `sent/<number>.toml` beside the newsletter's files when its mailing has ended."""

    issues: Issues
    outbox: Outbox
    write: Callable[..., object]
    missing: Callable[[Mailing], bool]

    def owed(self, newsletter: str) -> str:
        """Write that of the newest issue if it has ended and its file is not there.

        The process, or the machine, may have died after the last commit and before the file was
        on disk.
        """
        issues = (
            mailing
            for mailing in self.issues.mailings(newsletter)
            if mailing.kind is MailingKind.ISSUE
        )
        newest = next(issues, None)
        return self(newest) if newest and self.missing(newest) else ""

    def __call__(self, mailing: Mailing) -> str:
        """Write it; a folder that cannot be written is a warning, for the mail has left."""
        number = mailing.number
        ended = mailing.state in {MailingState.COMPLETE, MailingState.CANCELLED}
        if number is None or not ended or mailing.kind is not MailingKind.ISSUE:
            return ""
        sent = next(i for i in self.issues.sent_issues(mailing.newsletter) if i.number == number)
        tally = self.outbox.tally(mailing.id)
        try:
            self.write(mailing, sent, tally)
        except (OSError, DigestError) as error:
            return f"the receipt of issue {number} was not written: {error}"
        return ""
