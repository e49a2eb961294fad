"""What a database's own errors mean to a person: where, what, what to do.

Only what a person can mend is explained here; a broken constraint or a wrong statement is a bug and
stays a traceback. What waiting or making room mends is `TryAgainLater`: a send goes on by itself
once it is mended; what is damaged or forbidden is `StoreError`. Nothing said here holds a password:
a server is named by its host only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from digest.errors import DigestError, StoreError, TryAgainLater


def _full(where: str) -> DigestError:
    return TryAgainLater(where, "the disk is full", "Make room; nothing that was recorded is lost.")


_ASK_THE_SERVER = "Look whether the server runs and [database] url names the right host and port."

#: SQLite's result codes (https://www.sqlite.org/rescode.html).
_SQLITE: dict[int, Callable[[str], DigestError]] = {
    sqlite3.SQLITE_BUSY: lambda where: TryAgainLater(
        where, "the database is busy: another process is writing to it", "Try again in a moment."
    ),
    sqlite3.SQLITE_LOCKED: lambda where: TryAgainLater(
        where, "the database is busy: another connection is using it", "Try again in a moment."
    ),
    sqlite3.SQLITE_CANTOPEN: lambda where: StoreError(
        where,
        "the database file cannot be opened",
        "Look whether its folder is there and may be written to by this user.",
    ),
    sqlite3.SQLITE_READONLY: lambda where: StoreError(
        where,
        "the database file cannot be written to",
        "Let this user write to the file and to its folder (for the -wal file beside it).",
    ),
    sqlite3.SQLITE_PERM: lambda where: StoreError(
        where, "this user may not use the database file", "Look at the file's owner and mode."
    ),
    sqlite3.SQLITE_NOTADB: lambda where: StoreError(
        where,
        "the file is not a database",
        "Move it away, or let [database] url name another file.",
    ),
    sqlite3.SQLITE_CORRUPT: lambda where: StoreError(
        where,
        "the database file is damaged",
        "Keep a copy of it, and bring back the last backup.",
    ),
    sqlite3.SQLITE_FULL: _full,
    # The extended code of whoever opens the database first and finds no room for its index.
    sqlite3.SQLITE_IOERR_SHMSIZE: _full,
    sqlite3.SQLITE_IOERR: lambda where: TryAgainLater(
        where,
        "the disk failed while the database was used",
        "Look at the disk, and whether it is full; nothing that was recorded is lost.",
    ),
}

#: PostgreSQL's SQLSTATEs that waiting mends, and classes of them (the first two characters).
_POSTGRES_LATER = {"55P03", "40P01", "40001", "57P01", "57P02", "57P03", "53300", "08"}

#: Words of libpq for a server that answers and says no; they have no SQLSTATE in psycopg.
_POSTGRES_NO = ("authentication failed", "does not exist", "no password supplied", "pg_hba.conf")


def explain(error: Exception, where: str) -> DigestError | None:
    """Return what a person should know of a database's error, or None where it is a bug.

    `where` is the file of the database, or host and name without user and password. The error is
    SQLAlchemy's or the driver's own.
    """
    said: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(said, sqlite3.Error):
        return _explain_sqlite(said, where)
    if said is not None and type(said).__module__.partition(".")[0] == "psycopg":
        return _explain_postgres(said, where)
    return None


def _explain_sqlite(error: sqlite3.Error, where: str) -> DigestError | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    # The lower eight bits are the primary code; the rest seldom says more than a person needs.
    explained = _SQLITE.get(code) or _SQLITE.get(code & 0xFF)
    return explained(where) if explained else None


def _explain_postgres(error: BaseException, where: str) -> DigestError | None:
    state: str | None = getattr(error, "sqlstate", None)
    said = str(error)
    if state is None:
        return _explain_connection(said, where) if _is_operational(error) else None
    if state in _POSTGRES_LATER or state[:2] in _POSTGRES_LATER:
        return TryAgainLater(where, "the database is busy or restarting", "Try again in a moment.")
    if state in {"28000", "28P01", "3D000"}:
        return _explain_connection("authentication failed", where)
    if state in {"42501", "25006"}:
        return StoreError(
            where,
            "this database user may not do that",
            "Let [database] url name a user who owns the tables.",
        )
    if state[:2] == "53":
        return TryAgainLater(where, "the database server has no room left", "Look at its disk.")
    return None


def _is_operational(error: BaseException) -> bool:
    return type(error).__name__ in {"OperationalError", "ConnectionTimeout", "InterfaceError"}


def _explain_connection(said: str, where: str) -> DigestError:
    if any(word in said for word in _POSTGRES_NO):
        return StoreError(
            where,
            "the database server refuses this login",
            "Look at the user, the password and the name of the database in [database] url.",
        )
    return TryAgainLater(where, "the database server cannot be reached", _ASK_THE_SERVER)
