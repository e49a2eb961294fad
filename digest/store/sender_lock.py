"""The right to send from a database: one process has it at a time, and losing it needs no clean-up.

Beside a SQLite file it is an operating system's file lock, which ends with its process however that
ends. On PostgreSQL it is a session's advisory lock on a connection of its own, which the server
frees when the connection goes.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from digest.errors import StoreError, TryAgainLater
from digest.store.database import Database
from digest.store.dialect import SENDER_LOCK

_HINT = "Wait until it is done; `digest status` shows how far it is."


@contextmanager
def sender_lock(database: Database) -> Iterator[None]:
    """Hold the right to send.

    Raises:
        TryAgainLater: another process holds it.
        StoreError: the lock's file cannot be made.
    """
    held = _file_lock(database.path) if database.path else _session_lock(database)
    with held:
        yield


def lock_file(path: Path) -> Path:
    """Return the lock's file of a database, the same by whatever link the database is named."""
    real = path.resolve()
    return real.with_name(f"{real.name}.sender")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
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
        yield
    finally:
        # Closing frees the lock; the process id stays behind, and means nothing without it.
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise _busy(str(path), f"pid {holder}") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)


@contextmanager
def _session_lock(database: Database) -> Iterator[None]:
    with database.explained():
        # Outside any transaction: a send may take hours, and an open one would keep the server
        # from cleaning up behind it.
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with database.explained():
            _name(connection)
            taken = connection.scalar(
                text("SELECT pg_try_advisory_lock(:lock)"), {"lock": SENDER_LOCK}
            )
            if not taken:
                raise _busy(database.where, _holder(connection))
        yield
    finally:
        # The connection ends, and the lock with it, also when the server is gone.
        connection.invalidate()
        connection.close()


def _name(connection: Connection) -> None:
    name = f"digest sender pid {os.getpid()} on {socket.gethostname()}"[:63]
    connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})


def _holder(connection: Connection) -> str:
    statement = text(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted"
        " AND ((l.classid::bigint << 32) | l.objid::bigint) = :lock"
    )
    name = connection.scalar(statement, {"lock": SENDER_LOCK})
    return str(name or "unknown").removeprefix("digest sender ")


def _busy(where: str, holder: str) -> TryAgainLater:
    return TryAgainLater(where, f"another process is sending ({holder})", _HINT)
