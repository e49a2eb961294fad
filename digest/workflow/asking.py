"""Asking the store while mail is sent: one thing after another, in its one writer thread.

Where the store cannot be used, what was asked for is asked for again. So everything that is asked
here has to come to the same when it is done twice; what is asked `later` keeps its order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import TypeVar

from digest.errors import TryAgainLater
from digest.workflow.trouble import Trouble

T = TypeVar("T")


class Asking:
    """What a delivery asks of the store besides its commits."""

    def __init__(
        self, writer: Executor, trouble: Trouble, *, pause: Callable[[float], Awaitable[bool]]
    ) -> None:
        """`pause` waits for so many seconds; False when the process was asked to end first."""
        self._writer = writer
        self._trouble = trouble
        self._pause = pause
        self._last: asyncio.Task[None] | None = None

    async def ask(self, call: Callable[..., T], *args: object) -> T:
        """Call the store, again and again where it cannot be used.

        Raises:
            TryAgainLater: that lasts for too long, or the process is to end.
        """
        loop = asyncio.get_running_loop()
        while True:
            try:
                answer = await loop.run_in_executor(self._writer, call, *args)
            except TryAgainLater as error:
                wait = self._trouble.wait("ask", error)
                if not await self._pause(wait):
                    raise
            else:
                self._trouble.over("ask")
                return answer

    def later(self, call: Callable[[], object]) -> None:
        """Call the store soon, after all that was to be called later before."""
        self._last = asyncio.ensure_future(self._after(self._last, call))
        self._last.add_done_callback(_look_at_its_error)

    async def settled(self) -> None:
        """Return when all that was to be called later has been.

        Raises:
            DigestError: something of it could not be done.
        """
        if self._last is not None:
            await self._last

    async def _after(self, before: asyncio.Task[None] | None, call: Callable[[], object]) -> None:
        if before is not None:
            await before
        await self.ask(call)


def _look_at_its_error(task: asyncio.Task[None]) -> None:
    """Raised by `settled`; where something else ended the delivery before, that is said instead."""
    if not task.cancelled():
        task.exception()
