"""What control needs from the world: what a person may do to a mailing.

All of it works while another process sends: a mailing's row is changed, and the sender hears of it
with its next commit (`Outbox.exchange`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from digest.model.control import Again, Resent
from digest.model.mailing import EntryState


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

    def resend(self, mailing_id: int, address: str, *, at: datetime) -> Resent:
        """Queue one reader's entry once more, whatever became of it.

        What was sent or held is flagged as a possible duplicate. A mailing that was complete goes
        on.
        """
