"""Messages made ahead in threads, where making one takes long: a signature does.

OpenSSL lets other threads run while it signs, so the event loop goes on. What must stay true: an
entry is handed out in its turn and only once its message is made, so that nobody waits for a thread
in the event loop; and what was made is given to nobody else.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

from digest.errors import DigestError
from digest.model.envelope import Envelope
from digest.model.mailing import OutboxEntry

#: How many messages are made ahead at most: some megabytes.
DEPTH = 128

Made = Envelope | DigestError


class Ahead:
    """Makes the messages of entries before their turn."""

    def __init__(
        self,
        compose: Callable[[OutboxEntry], Envelope],
        *,
        pool: Executor,
        ready: Callable[[], None],
    ) -> None:
        """`ready` is called in the event loop when the first in the row is made and was wanted."""
        self._compose = compose
        self._pool = pool
        self._ready = ready
        self._row: deque[tuple[OutboxEntry, asyncio.Future[Made]]] = deque()
        self._made: dict[int, Made] = {}
        self._wanted = False

    def __len__(self) -> int:
        """Return how many are in the row."""
        return len(self._row)

    def take(self, entries: deque[OutboxEntry]) -> OutboxEntry | None:
        """Return the first whose message is made, or None; fill the row from `entries`."""
        loop = asyncio.get_running_loop()
        while entries and len(self._row) < DEPTH:
            entry = entries.popleft()
            making = loop.run_in_executor(self._pool, self._make, entry)
            making.add_done_callback(self._came)
            self._row.append((entry, making))
        if not self._row or not self._row[0][1].done():
            self._wanted = True
            return None
        entry, making = self._row.popleft()
        self._made[entry.id] = making.result()
        return entry

    def made(self, entry: OutboxEntry) -> Made | None:
        """Return the message of an entry that was taken, once; None: it was not made ahead."""
        return self._made.pop(entry.id, None)

    def clear(self) -> None:
        """Forget what was not taken."""
        for _, making in self._row:
            making.cancel()
        self._row.clear()

    def _make(self, entry: OutboxEntry) -> Made:
        try:
            return self._compose(entry)
        except DigestError as error:
            return error

    def _came(self, _making: asyncio.Future[Made]) -> None:
        if self._wanted and self._row and self._row[0][1].done():
            self._wanted = False
            self._ready()
