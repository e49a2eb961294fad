"""What control needs from the world: what a person may do to a mailing.

All of it works while another process sends: a mailing's row is changed, and the sender hears of it
with its next commit (`Outbox.exchange`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from digest.model.control import Again, Resent
from digest.model.freeze import Freeze, Standing
from digest.model.mailing import EntryState, Mailing


class Control(Protocol):
    """The moves that only a person's word allows."""

    def has_begun(self, mailing_id: int) -> bool:
        """Return whether a byte of a mailing may have left."""

    def cancel(self, mailing_id: int, at: datetime) -> int:
        """Cancel a mailing and skip what has not left, also what is held; return how many.

        What is on its way now is recorded by its sender; what of it does not arrive is skipped.
        """

    def withdraw(self, mailing_id: int, at: datetime) -> bool:
        """Cancel a mailing of which nothing has left, as if its issue had never been frozen.

        The issue's number, its items and its invitations are free again; the mailing and its
        entries stay as an account. False, and nothing is changed, when the first byte was quicker.
        """

    def try_again(
        self,
        mailing_id: int,
        states: Collection[EntryState],
        *,
        addresses: Sequence[str] = (),
        at: datetime,
    ) -> Again:
        """Queue what is in these states (`refused`, `held`) once more; no address: all of it.

        What was held is flagged, for the server may have taken it. Readers who have left or are
        suppressed are passed over. A mailing that was complete goes on.
        """

    def settle(
        self, mailing_id: int, state: EntryState, *, addresses: Sequence[str] = (), at: datetime
    ) -> int:
        """Call what is held `sent` or `skipped`; no address: all of it. Return how many."""

    def keep_rollout(self, mailing_id: int, rollout: str) -> None:
        """Remember how far a mailing's staged rollout is."""

    def resend(self, mailing_id: int, address: str, *, at: datetime) -> Resent:
        """Queue one reader's entry once more, whatever became of it.

        What was sent or held is flagged as a possible duplicate. A mailing that was complete goes
        on.
        """


class Corrections(Protocol):
    """New revisions of issues that were frozen."""

    def standing(self, mailing_id: int) -> Standing:
        """Return whom a new revision would reach, and who has had an earlier one.

        Reached is who waits and cannot have had anything: never in doubt, and not flagged.
        """

    def correct(
        self,
        mailing_id: int,
        plan: Freeze,
        *,
        notice: Freeze | None = None,
        notice_keys: Mapping[str, str] | None = None,
    ) -> tuple[int, Mailing | None]:
        """Store a revision, give it to those who have had nothing, and tell the others.

        In one transaction. What was refused or skipped would go out in the new revision, too; what
        was ever in doubt keeps its own. `notice` becomes a mailing of its own to all who have had
        an earlier revision, or may have; `notice_keys` is language -> key of its edition. Returns
        how many wait for the new revision, and the notice's mailing. The caller holds the sender
        lock.

        Raises:
            AudienceChanged: a reader has a profile that was not planned for; nothing is stored.
            TryAgainLater: the mailing is at another revision by now; nothing is stored.
        """
