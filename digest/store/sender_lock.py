"""The right to send from a database: one process has it at a time, and losing it needs no clean-up.

Beside a SQLite file it is an operating system's file lock, which ends with its process however that
ends; the file also says what keeps its holder from sending, for that may be the database itself.

On PostgreSQL it is a session's advisory lock, which the server frees when the connection goes; so
everything that only the sender may do is said over that very connection. Where it breaks, the lock
is taken anew, and whether another has sent meanwhile is seen by the epoch.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from digest.errors import StoreError, TryAgainLater
from digest.model.mailing import SenderTrouble
from digest.store.database import Database
from digest.store.dialect import SENDER_LOCK

#: One block of a disk: it is there once the lock has been taken, also when the disk is full later.
_MOST_SAID = 2000

_HINT = "Wait until it is done; `digest status` shows how far it is."

_NEXT_EPOCH = """
WITH before AS (DELETE FROM sender RETURNING epoch)
INSERT INTO sender (epoch) SELECT coalesce(max(epoch), 0) + 1 FROM before
RETURNING epoch
"""


class SessionLock:
    """The lock on PostgreSQL: a driver's connection, open as long as the right is held."""

    def __init__(self, database: Database) -> None:
        """Hold nothing yet."""
        self._database = database
        self._driver: Any = None
        self._epoch = 0

    def take(self) -> None:
        """Take the right to send.

        Raises:
            TryAgainLater: another process holds it, or the server is away.
        """
        with self._database.explained():
            self._driver = self._connect()
            try:
                self._epoch = self._driver.execute(_NEXT_EPOCH).fetchone()[0]
            except BaseException:
                self.release()
                raise

    @property
    def driver(self) -> Any:
        """Return the connection that holds the lock; a broken one is replaced first.

        Raises:
            TryAgainLater: the server is still away, or another process sends now.
            StoreError: another process has sent meanwhile.
        """
        if not self._driver.closed:
            return self._driver
        with self._database.explained():
            driver = self._connect()
            row = driver.execute("SELECT max(epoch) FROM sender").fetchone()
        if row[0] != self._epoch:
            driver.close()
            raise StoreError(
                self._database.where,
                "another process has sent while this one was cut off from the database",
                "Run it again: what was under way here is looked at first.",
            )
        self._driver = driver
        return driver

    def release(self) -> None:
        """Give the right back: the connection ends, also when the server is gone."""
        if self._driver is None:
            return
        # Said outright, for a server takes a moment to see that a connection has ended.
        with suppress(Exception):
            self._driver.execute("SELECT pg_advisory_unlock_all()")
        self._driver.close()

    def _connect(self) -> Any:
        driver = self._database.connect_alone()
        try:
            name = f"digest sender pid {os.getpid()} on {socket.gethostname()}"[:63]
            driver.execute("SELECT set_config('application_name', %s, false)", (name,))
            taken = driver.execute("SELECT pg_try_advisory_lock(%s)", (SENDER_LOCK,)).fetchone()
            if not taken[0]:
                raise _busy(self._database.where, _holder(driver))
        except BaseException:
            driver.close()
            raise
        return driver


class FileLock:
    """The lock beside a SQLite file: an open file, whose words are its holder's."""

    def __init__(self, descriptor: int) -> None:
        """Take the file, locked; nothing was said in it yet."""
        self._descriptor = descriptor
        self.note("")

    def note(self, trouble: str) -> None:
        """Say who holds it, and what keeps them from sending ("": nothing)."""
        said = f"{os.getpid()}\n{' '.join(trouble.split())}".encode()[:_MOST_SAID]
        # On a disk that is full or failing nothing can be said: the lock itself needs no words. No
        # word is taken back first, so that the place they stand in is never given away.
        with suppress(OSError):
            os.pwrite(self._descriptor, said, 0)
            os.ftruncate(self._descriptor, len(said))


def find_trouble(path: Path) -> SenderTrouble | None:
    """Return what keeps the sender from sending, or kept the last one until it ended."""
    try:
        descriptor = os.open(lock_file(path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        _, said = _words(descriptor)
        return SenderTrouble(said=said, lasts=_is_locked(descriptor)) if said else None
    finally:
        os.close(descriptor)


def lock_file(path: Path) -> Path:
    """Return the lock's file of a database, the same by whatever link the database is named."""
    real = path.resolve()
    return real.with_name(f"{real.name}.sender")


@contextmanager
def sender_lock(database: Database) -> Iterator[SessionLock | FileLock]:
    """Hold the right to send, by a file's lock or by a session's.

    Raises:
        TryAgainLater: another process holds it.
        StoreError: the lock's file cannot be made.
    """
    if database.path is not None:
        with _file_lock(database.path) as held:
            yield held
        return
    lock = SessionLock(database)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()


@contextmanager
def _file_lock(path: Path) -> Iterator[FileLock]:
    file = lock_file(path)
    try:
        # Never removed: a lock on a removed file would not keep out who makes it anew.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            str(file),
            f"the sender's lock cannot be made ({error.strerror})",
            "Let this user write to the database's folder.",
        ) from error
    try:
        _lock(descriptor, path)
        yield FileLock(descriptor)
    finally:
        # Closing frees the lock; the process id stays behind, and means nothing without it.
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder, _ = _words(descriptor)
        raise _busy(str(path), f"pid {holder or 'unknown'}") from error


def _is_locked(descriptor: int) -> bool:
    try:
        # For a moment, and shared: two who look do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _words(descriptor: int) -> tuple[str, str]:
    """Return the process id and the trouble that stand in a lock's file."""
    said = os.pread(descriptor, _MOST_SAID, 0).decode("utf-8", "replace")
    holder, _, trouble = said.partition("\n")
    return holder.strip(), trouble.strip()


def _holder(driver: Any) -> str:
    found = driver.execute(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted"
        " AND ((l.classid::bigint << 32) | l.objid::bigint) = %s",
        (SENDER_LOCK,),
    ).fetchone()
    return str((found and found[0]) or "unknown").removeprefix("digest sender ")


def _busy(where: str, holder: str) -> TryAgainLater:
    return TryAgainLater(where, f"another process is sending ({holder})", _HINT)
