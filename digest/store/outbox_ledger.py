"""The outbox's side of the ledger: everything a delivery asks of the store.

It keeps the promises of `digest.workflow.ports.Outbox`, whose words are not repeated here. What
changes something is on the disk when the call returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from types import MappingProxyType

from digest.model.mailing import (
    Exchange,
    OutboxEntry,
    PausedBy,
    Result,
    SenderTrouble,
    Tally,
)
from digest.store import mailings, outbox, reserving, sender_lock
from digest.store.database import Database
from digest.store.exchange import batch_of
from digest.store.sender import Sender
from digest.store.sender_lock import FileLock


class OutboxLedger:
    """The entries of mailings, and the moves they make."""

    def __init__(self, database: Database) -> None:
        """Use a database whose schema is current."""
        self._database = database
        self._sender: Sender | None = None
        self._file_lock: FileLock | None = None

    @contextmanager
    def sender_lock(self) -> Iterator[None]:
        """Hold the right to send from this database (TryAgainLater: another process has it)."""
        with sender_lock.sender_lock(self._database) as lock:
            if isinstance(lock, FileLock):
                self._sender, self._file_lock = Sender(self._database), lock
            else:
                self._sender = Sender(self._database, lock)
            try:
                yield
            finally:
                self._sender.close()
                self._sender = self._file_lock = None

    def note_trouble(self, said: str) -> None:
        """Keep what keeps the sender from sending; only beside a file, for a server answers."""
        if self._file_lock is not None:
            self._file_lock.note(said)

    def find_trouble(self) -> SenderTrouble | None:
        """Return what keeps the sender from sending, or kept the last one until it ended."""
        path = self._database.path
        return sender_lock.find_trouble(path) if path else None

    def recover(self, at: datetime) -> int:
        """Turn what a dead process left in `sending` into `in_doubt`; return how many.

        Raises:
            RuntimeError: the caller does not hold the sender lock; the process may well be alive.
        """
        if self._sender is None:
            raise RuntimeError("only the holder of the sender lock may recover")
        with self._database.write() as connection:
            return outbox.recover(connection, at)

    def settle_doubts(self, mailing_id: int, *, resend: bool, at: datetime) -> int:
        """Hold the entries in doubt that are not to be sent again; return how many."""
        with self._database.write() as connection:
            return outbox.settle_doubts(connection, mailing_id, resend=resend, at=at)

    def reserve(
        self,
        mailing_id: int,
        *,
        after: int,
        limit: int,
        at: datetime,
        closed: Sequence[str] = (),
    ) -> list[OutboxEntry]:
        """Return entries with an id above `after` that may leave now, by id. Reads only."""
        with self._database.read() as connection:
            return reserving.reserve(
                connection, mailing_id, after=after, limit=limit, at=at, closed=closed
            )

    def exchange(
        self,
        mailing_id: int,
        *,
        results: Sequence[Result],
        claims: Sequence[int],
        returned: Sequence[int] = (),
        handed: Mapping[str, int] = MappingProxyType({}),
        at: datetime,
    ) -> Exchange:
        """Record results and claim entries, for all lanes that wait, in one transaction."""
        batch = batch_of(
            mailing_id, results=results, claims=claims, returned=returned, handed=handed, at=at
        )
        if self._sender is not None:
            return self._sender.exchange(batch)
        with closing(Sender(self._database)) as sender:
            return sender.exchange(batch)

    def skip_rest(self, mailing_id: int, reason: str, at: datetime) -> int:
        """Skip what waits to leave; return how many."""
        with self._database.write() as connection:
            return outbox.skip_rest(connection, mailing_id, reason, at)

    def pause(
        self,
        mailing_id: int,
        reason: str,
        by: PausedBy = PausedBy.SERVER,
        *,
        retry_at: datetime | None = None,
        probes: int = 0,
    ) -> None:
        """Pause a mailing, saying why and by whom."""
        with self._database.write() as connection:
            mailings.pause(connection, mailing_id, reason, by=by, retry_at=retry_at, probes=probes)

    def resume(self, mailing_id: int, *, probes: int = 0) -> None:
        """Let a paused mailing go on."""
        with self._database.write() as connection:
            mailings.resume(connection, mailing_id, probes=probes)

    def complete_if_settled(self, mailing_id: int, at: datetime) -> bool:
        """Mark a mailing complete when nothing of it is open; return whether it is complete."""
        with self._database.write() as connection:
            return mailings.complete_if_settled(connection, mailing_id, at)

    def tally(self, mailing_id: int) -> Tally:
        """Count a mailing's entries by state, from rows (KeyError: no such mailing)."""
        with self._database.read() as connection:
            return outbox.tally(connection, mailing_id)

    def next_due(self, mailing_id: int, after: datetime | None = None) -> datetime | None:
        """Return when the earliest deferred entry (of those due `after`) is due, or None."""
        with self._database.read() as connection:
            return outbox.next_due(connection, mailing_id, after)

    def refusals(self, mailing_id: int, limit: int = 20) -> list[tuple[str, str]]:
        """Return (address, reason) of entries refused or held."""
        with self._database.read() as connection:
            return outbox.refusals(connection, mailing_id, limit)
