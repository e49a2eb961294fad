"""An event loop that stands still: it turns only when it is told to, and so does its clock.

What must stay true: nothing here waits and no thread is begun. What would run in a thread is a job
that is run, or lost, when the test says so; so a process can die before, in and after each commit.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
#: So many turns without an end are a loop that spins.
MOST_TURNS = 3_000


class Timepiece:
    """The time of the world: it outlives the processes, and moves only when it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Return the moment, never earlier than what a timer of the loop was set to."""
        return NOON + timedelta(microseconds=math.ceil(round(self.seconds * 1e6, 3)))


class SteppedLoop(asyncio.SelectorEventLoop):
    """A process's loop."""

    def __init__(self, clock: Timepiece) -> None:
        super().__init__()
        self._timepiece = clock
        self.jobs: deque[tuple[Callable[[], Any], asyncio.Future[Any] | None]] = deque()
        self.faults: list[str] = []
        self.set_exception_handler(self._note)

    def time(self) -> float:
        return self._timepiece.seconds

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Keep a job for later, in the order in which they come."""
        del executor
        future: asyncio.Future[Any] = self.create_future()
        self.jobs.append((lambda: func(*args), future))
        return future

    def later(self, call: Callable[[], object]) -> None:
        """Keep a job for whose end nobody waits."""
        self.jobs.append((call, None))

    def turn(self) -> None:
        """Run what is due now, once."""
        self.call_soon(self.stop)
        self.run_forever()

    @property
    def has_work(self) -> bool:
        """Return whether something can run without the clock's moving."""
        due = bool(self._scheduled) and self._scheduled[0].when() <= self.time()
        return bool(self._ready) or due

    @property
    def next_deadline(self) -> float | None:
        """Return when the next timer goes, or None."""
        timers = [timer.when() for timer in self._scheduled if not timer.cancelled()]
        return min(timers, default=None)

    def settle(self, *, jobs: bool) -> None:
        """Turn until nothing more happens by itself; with `jobs` those are run, too."""
        for _ in range(MOST_TURNS):
            if self.has_work:
                self.turn()
            elif jobs and self.jobs:
                self.run_job()
            else:
                return
        raise AssertionError("the process spins: it does something for ever, and time stands still")

    def run_job(self, *, heard: bool = True) -> None:
        """Run the oldest job; unless `heard`, whoever waits for it does not learn of its end."""
        call, future = self.jobs.popleft()
        try:
            result = call()
        except Exception as error:
            if future is None:
                raise
            if heard and not future.cancelled():
                future.set_exception(error)
        else:
            if heard and future is not None and not future.cancelled():
                future.set_result(result)

    def _note(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.append(f"{context.get('message')}: {context.get('exception')!r}")
