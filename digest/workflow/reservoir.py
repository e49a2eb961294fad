"""What may leave next: entries read ahead of the claims, page by page, without claiming anything.

Reading goes forward by id and ends; a new pass begins at the front again, for what became due, was
put back or was passed over meanwhile. What must stay true: an entry is handed out once a pass, and
one that was put back comes again before all others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime

from digest.errors import DigestError, TryAgainLater
from digest.model.mailing import OutboxEntry
from digest.workflow.ahead import Ahead, Made
from digest.workflow.sending_ports import Composer, Pace
from digest.workflow.trouble import Trouble

#: How many entries are read at a time.
PAGE = 500

#: (after, limit, closed domains) -> entries by id.
Read = Callable[[int, int, Sequence[str]], list[OutboxEntry]]


class Reservoir:
    """Entries of one mailing in the order of their ids, read ahead in a thread."""

    def __init__(
        self,
        read: Read,
        *,
        reader: Executor,
        closed: Callable[[], Sequence[str]],
        filled: Callable[[], None],
        trouble: Trouble,
        ahead: Ahead | None = None,
        page: int = PAGE,
    ) -> None:
        """Begin with nothing: `begin` opens the first pass.

        `filled` is called in the event loop when there is more, or when the pass has ended.
        """
        self._read = read
        self._reader = reader
        self._closed = closed
        self._filled = filled
        self._trouble = trouble
        self._ahead = ahead
        self._page = page
        self._entries: deque[OutboxEntry] = deque()
        self._after = 0
        self._reading = False
        self._ended = True
        self.error: DigestError | None = None
        """Why reading failed, if it did."""

    @property
    def dry(self) -> bool:
        """Return whether this pass has nothing more to give."""
        return self._ended and not self._entries and not self._ahead

    def begin(self) -> None:
        """Begin a pass at the front. Nothing that was read before is handed out any more."""
        self._entries.clear()
        if self._ahead is not None:
            self._ahead.clear()
        self._after, self._ended = 0, False
        self._refill()

    def end(self) -> None:
        """Read nothing more; a try that was to come does not come."""
        self._ended = True

    def take(self) -> OutboxEntry | None:
        """Return the next entry, or None where none is at hand (`dry` tells whether for good)."""
        if self._ahead is not None:
            entry = self._ahead.take(self._entries)
        else:
            entry = self._entries.popleft() if self._entries else None
        if len(self._entries) < self._page // 2:
            self._refill()
        return entry

    def message(self, entry: OutboxEntry, composer: Composer) -> Made:
        """Return the message of an entry that was taken: made ahead, or now; or why it is none."""
        made = None if self._ahead is None else self._ahead.made(entry)
        if made is not None:
            return made
        try:
            return composer.compose(entry)
        except DigestError as error:
            return error

    def permitted(self, pace: Pace, now: datetime) -> tuple[OutboxEntry | None, datetime | None]:
        """Return the next entry that may leave now, or when the limits let one leave.

        One whose domain waits is passed over: a later pass finds it again.
        """
        while (entry := self.take()) is not None:
            if pace.permit(entry.domain, now):
                return entry, None
            if entry.domain in pace.closed(now):
                continue
            self.put_back(entry)
            return None, pace.next_at(entry.domain, now)
        return None, None

    def put_back(self, entry: OutboxEntry) -> None:
        """Take back an entry; it comes next."""
        self._entries.appendleft(entry)

    def _refill(self) -> None:
        if self._ended or self._reading:
            return
        self._reading = True
        loop = asyncio.get_running_loop()
        after, closed = self._after, tuple(self._closed())
        reading = loop.run_in_executor(self._reader, self._read, after, self._page, closed)
        reading.add_done_callback(lambda done: self._came(done, after))

    def _came(self, done: asyncio.Future[list[OutboxEntry]], after: int) -> None:
        self._reading = False
        if done.cancelled():
            return
        try:
            entries = done.result()
        except TryAgainLater as error:
            if not self._ended:
                self._try_again(error)
            return
        except DigestError as error:
            self._fail(error)
            return
        self._trouble.over("read")
        if after != self._after:  # of a pass that is over
            self._refill()
            return
        self._entries.extend(entries)
        self._ended = len(entries) < self._page
        if entries:
            self._after = entries[-1].id
        self._filled()

    def _try_again(self, error: TryAgainLater) -> None:
        """Read again a little later: the pass goes on where it is."""
        try:
            wait = self._trouble.wait("read", error)
        except TryAgainLater as final:
            self._fail(final)
        else:
            asyncio.get_running_loop().call_later(wait, self._refill)

    def _fail(self, error: DigestError) -> None:
        self.error, self._ended = error, True
        self._filled()
