"""The sender's side of the store: its own connection, as long as it has the right to send.

What must stay true: on PostgreSQL everything goes over the connection that holds the lock, so that
who has lost the right neither claims nor records; and a connection that failed is not used again.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext

from digest.errors import DigestError
from digest.model.mailing import Exchange
from digest.store.database import Database
from digest.store.exchange import Batch, Driver
from digest.store.sender_lock import SessionLock
from digest.store.turnstile import Turnstile


class Sender:
    """Commits batches over one connection, which is opened when it is first needed."""

    def __init__(self, database: Database, lock: SessionLock | None = None) -> None:
        """Use the connection of a session's lock, else one of its own."""
        self._database = database
        self._lock = lock
        self._driver: Driver | None = None
        self._over: object = None
        # What a batch came to is read back from the connection: one at a time.
        self._turn = threading.Lock()
        self._turnstile = Turnstile(database.path) if database.path else None

    def exchange(self, batch: Batch) -> Exchange:
        """Commit a batch; it is on the disk on return.

        Raises:
            KeyError: there is no such mailing.
            TryAgainLater: the database is busy, full or away. Of the batch nothing is stored, or
                (only where the server went away) all of it.
            StoreError: it cannot be used, or another process has sent meanwhile.
        """
        with self._turn:
            try:
                with self._giving_way(), self._database.explained():
                    return self._open().exchange(batch)
            except DigestError:
                self._drop()
                raise

    def close(self) -> None:
        """End the connection, unless it is the lock's."""
        with self._turn:
            self._drop()
            if self._turnstile is not None:
                self._turnstile.close()

    def _giving_way(self) -> AbstractContextManager[None]:
        return self._turnstile.giving_way() if self._turnstile else nullcontext()

    def _open(self) -> Driver:
        connection = self._lock.driver if self._lock else None
        if self._driver is None or connection is not self._over:
            self._driver, self._over = self._connect(connection), connection
        return self._driver

    def _connect(self, connection: object) -> Driver:
        if self._database.is_sqlite:
            from digest.store.exchange_sqlite import SqliteExchange

            return SqliteExchange(self._database.connect_alone())
        from digest.store.exchange_postgres import PostgresExchange

        return PostgresExchange(connection or self._database.connect_alone())

    def _drop(self) -> None:
        driver, self._driver, self._over = self._driver, None, None
        if driver is not None and self._lock is None:
            driver.close()
