"""Taking turns with a busy sender: who else wants to write to a SQLite file says so, and is let in.

SQLite's lock is unfair: who waits for it looks only now and then, and a sender that commits one
transaction after another has it again each time. So every other writer holds a shared lock on a
file beside the database, from before it asks for the write lock until it has committed; the sender
looks before each commit whether anybody does, and only then leaves a pause behind the one before.
The lock is the operating system's: a killed process leaves nothing behind. Where the file cannot be
made or locked nobody is announced, and a writer waits as long as it would without all this.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: How long the database is left free between two commits: a multiple of what a commit takes, for
#: SQLite looks for the lock at most every tenth of a second, and has to find it free then.
PAUSE = 0.004


def turnstile_file(path: Path) -> Path:
    """Return the file of a database's turnstile, the same by whatever link it is named."""
    real = path.resolve()
    return real.with_name(f"{real.name}.turn")


class Turnstile:
    """One database's turnstile."""

    def __init__(
        self,
        path: Path,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Name the database; its file is made when it is first needed."""
        self._file = turnstile_file(path)
        self._sleep = sleep
        self._clock = clock
        self._watched: int | None = None
        self._left_at = -PAUSE

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Be known as somebody who wants to write."""
        # A descriptor of its own: a lock belongs to the opening, and threads may wait side by side.
        descriptor = self._open()
        try:
            if descriptor is not None:
                with suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """Commit as the sender: first let in who wants to write, if that was not done yet."""
        if self.is_wanted():
            rest = self._left_at + PAUSE - self._clock()
            if rest > 0:
                self._sleep(rest)
        try:
            yield
        finally:
            self._left_at = self._clock()

    def is_wanted(self) -> bool:
        """Return whether somebody wants to write. Two system calls, and waits for nobody."""
        if self._watched is None:
            self._watched = self._open()
            if self._watched is None:
                return False
        try:
            fcntl.flock(self._watched, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        fcntl.flock(self._watched, fcntl.LOCK_UN)
        return False

    def close(self) -> None:
        """Watch no longer."""
        if self._watched is not None:
            os.close(self._watched)
            self._watched = None

    def _open(self) -> int | None:
        try:
            return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
