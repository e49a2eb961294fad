"""Pacing's side of the ledger: what is remembered of speed, each call one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from digest.model.limits import DomainPause, Handed
from digest.store import pacing, speed
from digest.store.outbox_ledger import OutboxLedger

#: No window is longer than a day; what is older serves nobody.
KEPT = timedelta(days=2)


class PaceLedger(OutboxLedger):
    """What was handed over, and which domains wait."""

    def handed_since(self, since: datetime) -> list[Handed]:
        """Return what was handed over since a moment, by scope and second."""
        with self._database.read() as connection:
            return pacing.handed_since(connection, since)

    def count_handed(self, handed: Mapping[str, int], at: datetime) -> None:
        """Count what is handed over outside of a mailing; what is days old is forgotten."""
        with self._database.write() as connection:
            pacing.forget_handed(connection, at - KEPT)
            pacing.count_handed(connection, handed, at)

    def forget_handed(self, now: datetime) -> None:
        """Forget what is days old."""
        with self._database.write() as connection:
            pacing.forget_handed(connection, now - KEPT)

    def domain_pauses(self) -> list[DomainPause]:
        """Return the domains that asked us to wait, by name."""
        with self._database.read() as connection:
            return pacing.domain_pauses(connection)

    def keep_domain_pause(self, pause: DomainPause) -> None:
        """Remember a pause in place of an earlier one of the same domain."""
        with self._database.write() as connection:
            pacing.keep_domain_pause(connection, pause)

    def lift_domain_pause(self, domain: str) -> None:
        """Forget a domain's pause."""
        with self._database.write() as connection:
            pacing.lift_domain_pause(connection, domain)

    def recent_rate(self, mailing_id: int, at: datetime) -> float:
        """Return how many messages a second were tried lately; 0.0 when it stands still."""
        with self._database.read() as connection:
            return speed.recent_rate(connection, mailing_id, at)

    def waiting(self, mailing_id: int, domains: Collection[str] = ()) -> dict[str, int]:
        """Return how many messages wait: under "" all, and those to each of some domains."""
        with self._database.read() as connection:
            return speed.waiting(connection, mailing_id, domains)
