"""The ledger's side of corrections: it keeps the promises of `Corrections` in `control_ports`."""

from __future__ import annotations

from collections.abc import Mapping

from digest.errors import TryAgainLater
from digest.model.freeze import Freeze, Standing
from digest.model.mailing import Mailing
from digest.store import corrections, mailings
from digest.store.outbox_ledger import OutboxLedger


class CorrectionLedger(OutboxLedger):
    """Revisions of issues that were frozen."""

    def standing(self, mailing_id: int) -> Standing:
        """Return whom a new revision would reach, and who has had an earlier one."""
        with self._database.read() as connection:
            return corrections.standing(connection, mailing_id)

    def correct(
        self,
        mailing_id: int,
        plan: Freeze,
        *,
        notice: Freeze | None = None,
        notice_keys: Mapping[str, str] | None = None,
    ) -> tuple[int, Mailing | None]:
        """Store a revision and its notice in one transaction: (how many get it, the notice)."""
        with self._database.write() as connection:
            if not corrections.is_newest(connection, mailing_id, plan.revision - 1):
                raise TryAgainLater("", "somebody else has corrected it just now", "Run again.")
            moved = corrections.correct(connection, mailing_id, plan)
            if notice is None:
                return moved, None
            told = corrections.notify(connection, mailing_id, notice, notice_keys or {})
            return moved, mailings.mailing_by_id(connection, told)
