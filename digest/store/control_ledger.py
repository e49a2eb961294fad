"""The control's side of the ledger: what a person does to a mailing, each call one transaction.

It keeps the promises of `digest.workflow.control_ports.Control`, whose words are not repeated here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from digest.model.control import Again, Resent
from digest.model.mailing import EntryState
from digest.store import control, mailings
from digest.store.outbox_ledger import OutboxLedger


class ControlLedger(OutboxLedger):
    """What may be done to mailings, also while another process sends them."""

    def has_begun(self, mailing_id: int) -> bool:
        """Return whether a byte of a mailing may have left."""
        with self._database.read() as connection:
            return control.has_begun(connection, mailing_id)

    def cancel(self, mailing_id: int, at: datetime) -> int:
        """Cancel a mailing and skip what has not left; return how many."""
        with self._database.write() as connection:
            return control.cancel(connection, mailing_id, at)

    def withdraw(self, mailing_id: int, at: datetime) -> bool:
        """Cancel a mailing of which nothing has left; False, and nothing changed, if it has."""
        try:
            with self._database.write() as connection:
                control.withdraw(connection, mailing_id, at)
        except control.HasBegun:
            return False
        return True

    def try_again(
        self,
        mailing_id: int,
        states: Collection[EntryState],
        *,
        addresses: Sequence[str] = (),
        at: datetime,
    ) -> Again:
        """Queue what was refused or is held once more; no address: all of them."""
        with self._database.write() as connection:
            return control.try_again(connection, mailing_id, states, addresses, at)

    def settle(
        self, mailing_id: int, state: EntryState, *, addresses: Sequence[str] = (), at: datetime
    ) -> int:
        """Call what is held sent, or skipped; return how many."""
        with self._database.write() as connection:
            return control.settle(connection, mailing_id, state, addresses, at)

    def keep_rollout(self, mailing_id: int, rollout: str) -> None:
        """Remember how far a mailing's staged rollout is."""
        with self._database.write() as connection:
            mailings.keep_rollout(connection, mailing_id, rollout)

    def resend(self, mailing_id: int, address: str, *, at: datetime) -> Resent:
        """Queue one reader's entry once more."""
        with self._database.write() as connection:
            return control.resend(connection, mailing_id, address, at)
