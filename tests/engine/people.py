"""People: what they do to a mailing, by the real use cases, and what the model makes of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from digest.errors import DigestError
from digest.model.mailing import EntryState
from digest.workflow.control import (
    CancelMailing,
    PauseMailing,
    ResendIssue,
    ResumeMailing,
    RetryEntries,
    SettleEntries,
)
from tests.contracts.material import NEWSLETTER, edition, plan
from tests.engine.setting import READERS, Setting
from tests.engine.watching import Watching


class People(Watching):
    """Whoever pauses, resumes, cancels, tries again, settles, sends once more, or says no."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.paused = False
        """Whether a person paused it."""
        self._person_meddled = False
        """Whether a person let something go on in this life of the process."""
        self._under_way: set[int] = set()
        """What was on its way when a person stopped the mailing."""
        self._revision = 1

    def say_no(self, number: int, *, suppressed: bool) -> None:
        """A reader leaves, or is suppressed."""
        address, now = f"r{number}@{READERS[number]}", self.clock.now()
        if suppressed:
            self._person.suppress(address, newsletter=None, reason="asked", at=now)
        else:
            self._person.remove(NEWSLETTER, address, now)
        reader = self.account.readers[number]
        if reader.no_at is None:
            reader.no_at = self.clock.seconds

    def pause(self) -> None:
        with suppress(DigestError):
            if PauseMailing(issues=self._person, outbox=self._person).run(self.mailing()).changed:
                self.paused = True
                self._under_way = self._sending()

    def resume(self) -> None:
        with suppress(DigestError):
            ResumeMailing(issues=self._person, outbox=self._person).run(self.mailing())
            self.paused, self._person_meddled = False, True

    def cancel(self) -> None:
        case = CancelMailing(
            issues=self._person,
            control=self._person,
            clock=self.clock,
            write_receipt=lambda _mailing: "",
        )
        with suppress(DigestError):
            if case.run(self.mailing(), confirm=lambda: True).changed:
                self.paused = False
                self._under_way = self._sending()
                self.account.cancel(self._under_way if self.process else set())

    def retry(self) -> None:
        """Refused and held: once more."""
        case = RetryEntries(control=self._person, clock=self.clock)
        before = {row.number: row.state for row in self.rows()}
        with suppress(DigestError):
            case.run(self.mailing())
            self._person_meddled = True
            for number, state in before.items():
                reader = self.account.readers[number]
                if state in {"refused", "held"} and reader.no_at is None:
                    self.account.once_more(reader)

    def settle_held(self, state: EntryState) -> None:
        """What is held is called sent, or skipped."""
        case = SettleEntries(
            issues=self._person,
            outbox=self._person,
            control=self._person,
            clock=self.clock,
            write_receipt=lambda _mailing: "",
        )
        held = [row.number for row in self.rows() if row.state == "held"]
        case.run(self.mailing(), state)
        self._person_meddled = True
        for number in held:
            reader = self.account.readers[number]
            reader.state, reader.settled = state.value, True

    def resend(self, number: int) -> None:
        """One reader's entry goes out once more, whatever became of it."""
        case = ResendIssue(control=self._person, clock=self.clock)
        with suppress(DigestError):
            case.run(self.mailing(), f"r{number}@{READERS[number]}")
            self._person_meddled = True
            self.account.once_more(self.account.readers[number])

    def correct(self) -> None:
        """A new revision for whoever cannot have had one; the sender's lock is needed for it."""
        if self.process is not None or self.has_ended():
            return
        now, ledger = self.clock.now(), self._person
        with ledger.sender_lock():
            ledger.recover(now)
            ledger.settle_doubts(self.mailing_id, resend=self.setting.resend, at=now)
            if not ledger.standing(self.mailing_id).waiting:
                return  # everybody has had it
            self._revision += 1
            profiles = [number for (number,) in self._watch.execute("SELECT id FROM profile")]
            ledger.correct(
                self.mailing_id,
                replace(
                    plan({}, editions=(edition("new", "item-1"),), at=now),
                    revision=self._revision,
                    content_hash=f"content-{self._revision}",
                    profile_editions=dict.fromkeys(profiles, "new"),
                ),
            )
        self.account.correct(self._revision)
