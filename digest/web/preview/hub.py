"""Tells every open page what happened, as server-sent events.

What must stay true: a page that is slow or gone holds nothing up; when the server ends, every
stream ends by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

#: A page that has not taken so many events gets only the newest: it asks for everything anyway.
_MOST_WAITING = 8
#: So often a stream says that it is alive, so that a dead one is noticed.
HEARTBEAT = 20.0


class Hub:
    """The pages that listen."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pages: set[asyncio.Queue[str]] = set()
        self._closed = False

    @property
    def listening(self) -> int:
        """Return how many pages listen."""
        return len(self._pages)

    def publish(self, event: str, data: str = "") -> None:
        """Tell all pages; call it on the event loop."""
        for page in self._pages:
            if page.full():
                page.get_nowait()
            page.put_nowait(f"event: {event}\ndata: {data}\n\n")

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for page in self._pages:
            if page.full():
                page.get_nowait()
            page.put_nowait("")

    async def stream(self) -> AsyncIterator[str]:
        """Yield the events of one page, until the page is gone or the hub is closed."""
        page: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._pages.add(page)
        try:
            # A page that lost its server for a moment asks again soon, and then looks again.
            yield "retry: 500\nevent: hello\ndata: \n\n"
            while not self._closed:
                try:
                    said = await asyncio.wait_for(page.get(), HEARTBEAT)
                except TimeoutError:
                    said = ": alive\n\n"
                if said:
                    yield said
        finally:
            self._pages.discard(page)
