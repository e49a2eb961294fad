"""The crew: opens lanes, as many as are wanted, and opens others where some are lost.

Where there is trouble, lanes are opened one at a time after growing waits, so that a server that
drops us is not stormed. It gives up when there is no lane and trouble has lasted for some tries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from digest.errors import DigestError, TryAgainLater
from digest.workflow.pump import Pump
from digest.workflow.seats import Seat
from digest.workflow.sending_ports import Lanes

#: The waits before opening another lane, in seconds, by how often it went wrong in a row.
WAITS = (0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
#: After so many failures in a row, and with no lane left, the server counts as away.
MOST_FAILURES = 5


class Crew:
    """The lanes of one delivery."""

    def __init__(
        self, lanes: Lanes, pump: Pump, *, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Begin with none; `size` lanes are wanted."""
        self._lanes = lanes
        self._pump = pump
        self._sleep = sleep
        self._opening: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._accepted = 0
        self.size = 1
        self.away = ""
        """Why the server cannot be reached, once that is given up."""
        self.refused: DigestError | None = None
        """How the server refuses us at login or TLS."""

    async def open_first(self) -> None:
        """Open one lane, so that a wrong setting is known before anything is claimed.

        Raises:
            TryAgainLater: the server is away.
            DigestError: TLS or login fails as configured.
        """
        self._pump.add(await self._lanes.open(self._pump))

    def fill(self) -> None:
        """Open what is missing."""
        self._forgive()
        while len(self._pump.seats) + len(self._opening) < self.size and self._may_open():
            task = asyncio.ensure_future(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def lane_ended(self, seat: Seat, reason: str) -> None:
        """Note how a lane ended; one that took nothing and did not end as it should is trouble."""
        self._forgive()
        if reason and not seat.accepted:
            self._fail(reason)

    async def settled(self) -> None:
        """Return when no lane is being opened."""
        while self._opening:
            await asyncio.wait(self._opening)
            await asyncio.sleep(0)

    async def dismiss(self) -> None:
        """Open nothing more."""
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _may_open(self) -> bool:
        if self._pump.halted or self.refused or self.away:
            return False
        return not (self._failures and self._opening)

    async def _open(self) -> None:
        wait = WAITS[min(self._failures, len(WAITS) - 1)]
        if wait:
            await self._sleep(wait)
        if self._pump.halted:
            return
        try:
            lane = await self._lanes.open(self._pump)
        except TryAgainLater as error:
            self._fail(str(error))
        except DigestError as error:
            self.refused = error
            self._pump.halt()
        else:
            self._pump.add(lane)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if not task.cancelled() and task.exception() is None:
            self.fill()

    def _forgive(self) -> None:
        if self._pump.accepted > self._accepted:
            self._accepted = self._pump.accepted
            self._failures = 0

    def _fail(self, reason: str) -> None:
        self._failures += 1
        if self._failures >= MOST_FAILURES and not self._pump.seats:
            self.away = reason
