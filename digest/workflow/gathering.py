"""When a commit begins: at once, or when enough lanes have something for it.

A commit costs the same for one message and for thirty, so where many lanes send, the next one waits
for some of them, a moment at most. What must stay true: nothing waits here where nobody else could
join, and what ends a delivery waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

#: The next commit begins so long, in seconds, after the last one began, at the latest.
LONGEST = 0.002
#: This part of the lanes is enough.
SHARE = 4


class Gathering:
    """Calls `begin` in the event loop, once for all kicks of a while."""

    def __init__(self, begin: Callable[[], None]) -> None:
        """Begin at rest."""
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.Handle | None = None
        self._hurried = False
        self._last = float("-inf")

    def kick(self, came: int, lanes: int) -> None:
        """Begin soon; `came` of `lanes` have something. With nothing in it, a commit is no cost."""
        enough = not came or came * SHARE >= lanes
        if self._due is not None:
            if self._hurried or not enough:
                return
            self._due.cancel()
        wait = self._last + LONGEST - self._loop.time()
        self._hurried = enough or wait <= 0
        if self._hurried:
            # At the end of this turn of the loop, so that all replies of the turn are in.
            self._due = self._loop.call_soon(self._go)
        else:
            self._due = self._loop.call_later(wait, self._go)

    def _go(self) -> None:
        self._due = None
        self._last = self._loop.time()
        self._begin()
