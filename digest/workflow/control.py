"""What a person does to a mailing: pause, resume, cancel, try again, settle, send once more.

None of it needs the sender lock: each is one transaction on what is stored, whoever sends
meanwhile. Doing the same thing twice changes nothing the second time, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from digest.errors import DigestError
from digest.model.control import Again, Resent
from digest.model.mailing import EntryState, Mailing, MailingKind, MailingState, PausedBy
from digest.workflow.control_ports import Control
from digest.workflow.ports import Clock, Issues, Outbox

BY_HAND = "paused by hand"


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What came of a change."""

    mailing: Mailing
    """As it is now."""
    changed: bool
    """False: it was so already."""
    skipped: int = 0
    warning: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindMailing:
    """Find the mailing that a person means."""

    issues: Issues

    def run(self, newsletter: str, number: int | None = None) -> Mailing:
        """Return the mailing of an issue (default: the newest that is under way, else the newest).

        A notice is meant only where no issue is under way and it is.

        Raises:
            DigestError: there is none.
        """
        known = self.issues.mailings(newsletter)
        mailings = [mailing for mailing in known if mailing.kind is MailingKind.ISSUE]
        if number is not None:
            mailings = [mailing for mailing in mailings if mailing.number == number]
            if not mailings:
                hint = f"digest status {newsletter} lists what was."
                raise DigestError(newsletter, f"issue {number} was not sent", hint)
        if not mailings:
            raise DigestError(newsletter, "nothing has been sent yet", "")
        under_way = [mailing for mailing in [*mailings, *known] if is_under_way(mailing)]
        return (under_way if number is None and under_way else mailings)[0]


def is_under_way(mailing: Mailing) -> bool:
    """Return whether a mailing may still send something by itself."""
    return mailing.state in {MailingState.SENDING, MailingState.PAUSED}


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseMailing:
    """Stop a mailing until `resume`."""

    issues: Issues
    outbox: Outbox

    def run(self, mailing: Mailing, reason: str = BY_HAND) -> Changed:
        """Pause it; what is under way this moment is finished.

        Raises:
            DigestError: it is complete or cancelled.
        """
        if mailing.state is MailingState.PAUSED and mailing.paused_by is PausedBy.PERSON:
            return Changed(mailing=mailing, changed=False)
        _refuse_ended(mailing, "nothing is left to pause")
        self.outbox.pause(mailing.id, reason, PausedBy.PERSON)
        return Changed(mailing=self.issues.mailing(mailing.id), changed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResumeMailing:
    """Let a paused mailing go on, whoever paused it."""

    issues: Issues
    outbox: Outbox

    def run(self, mailing: Mailing) -> Changed:
        """Let it go on; whoever sends next takes it up.

        Raises:
            DigestError: it is complete or cancelled.
        """
        if mailing.state is MailingState.SENDING:
            return Changed(mailing=mailing, changed=False)
        _refuse_ended(mailing, "nothing is left to resume")
        self.outbox.resume(mailing.id)
        return Changed(mailing=self.issues.mailing(mailing.id), changed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelMailing:
    """Stop a mailing for good."""

    issues: Issues
    control: Control
    clock: Clock
    write_receipt: Callable[[Mailing], str]

    def run(self, mailing: Mailing, *, confirm: Callable[[], bool]) -> Changed:
        """Cancel it; `confirm` is asked where something has left already.

        Before the first byte its items return to the next plan and its number is free again.
        After it, the rest is skipped, and the number stays used.

        Raises:
            DigestError: it is complete, or the first byte has left just now.
        """
        if mailing.state is MailingState.CANCELLED:
            return Changed(mailing=mailing, changed=False)
        _refuse_ended(mailing, "nothing is left to cancel")
        now = self.clock.now()
        is_issue = mailing.kind is MailingKind.ISSUE
        begun = self.control.has_begun(mailing.id)
        if begun or not is_issue:  # a notice has no items that could wait for the next plan
            if begun and not confirm():
                return Changed(mailing=mailing, changed=False)
            skipped = self.control.cancel(mailing.id, now)
            cancelled = self.issues.mailing(mailing.id)
            warning = self.write_receipt(cancelled)
            return Changed(mailing=cancelled, changed=True, skipped=skipped, warning=warning)
        if not self.control.withdraw(mailing.id, now):
            raise DigestError("", "the first message has left just now", "Run it again.")
        return Changed(mailing=self.issues.mailing(mailing.id), changed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryEntries:
    """Send what was refused or is held once more."""

    control: Control
    clock: Clock

    def run(
        self,
        mailing: Mailing,
        states: Collection[EntryState] = (EntryState.REFUSED, EntryState.HELD),
        addresses: Sequence[str] = (),
    ) -> Again:
        """Queue it; whoever sends next takes it up.

        Raises:
            DigestError: the mailing was cancelled.
        """
        _refuse_cancelled(mailing)
        return self.control.try_again(mailing.id, states, addresses=addresses, at=self.clock.now())


@dataclass(frozen=True, kw_only=True, slots=True)
class SettleEntries:
    """Decide what became of entries that are held."""

    issues: Issues
    outbox: Outbox
    control: Control
    clock: Clock
    write_receipt: Callable[[Mailing], str]

    def run(
        self, mailing: Mailing, state: EntryState, addresses: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Call them sent, or skipped; return how many, and a warning about the receipt or ""."""
        now = self.clock.now()
        settled = self.control.settle(mailing.id, state, addresses=addresses, at=now)
        if not settled or not self.outbox.complete_if_settled(mailing.id, now):
            return settled, ""
        return settled, self.write_receipt(self.issues.mailing(mailing.id))


@dataclass(frozen=True, kw_only=True, slots=True)
class ResendIssue:
    """Send an issue once more to one of its readers."""

    control: Control
    clock: Clock

    def run(self, mailing: Mailing, address: str) -> None:
        """Queue it, flagged where the reader may have had it.

        Raises:
            DigestError: there is nothing to send once more, or the reader does not want it.
        """
        _refuse_cancelled(mailing)
        came = self.control.resend(mailing.id, address, at=self.clock.now())
        if came is Resent.QUEUED:
            return
        issue = f"issue {mailing.number}"
        what, hint = {
            Resent.NO_READER: (f"was not among the readers of {issue}", "See: digest why EMAIL."),
            Resent.ON_ITS_WAY: (f"{issue} is still on its way there", "See: digest why EMAIL."),
            Resent.UNWILLING: (
                f"has left or is suppressed: {issue} was not sent",
                "Only a reader who wants it gets it: digest subscribers add, suppress remove.",
            ),
        }[came]
        raise DigestError(address, what, hint.replace("EMAIL", address))


def _refuse_ended(mailing: Mailing, what: str) -> None:
    if not is_under_way(mailing):
        hint = f"digest status {mailing.newsletter} shows what became of it."
        raise DigestError(_name(mailing), f"is {mailing.state.value}: {what}", hint)


def _refuse_cancelled(mailing: Mailing) -> None:
    if mailing.state is MailingState.CANCELLED:
        raise DigestError(_name(mailing), "was cancelled", "What it held is skipped for good.")


def _name(mailing: Mailing) -> str:
    number = f" issue {mailing.number}" if mailing.number else " a mailing"
    return f"{mailing.newsletter},{number}"
