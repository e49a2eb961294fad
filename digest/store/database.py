"""A database: one SQLite file, or PostgreSQL. Opens transactions, and explains what goes wrong.

A writing transaction on SQLite takes the write lock as it begins; a reading one sees one moment. A
commit is on the disk when it returns (`synchronous=FULL`): what is recorded of a message must
survive the next second's power cut. The file is readable by its owner only, for it holds addresses.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from digest.errors import ConfigurationError, DigestError, StoreError
from digest.store.dialect import BEGIN_READING, BEGIN_WRITING
from digest.store.failures import explain
from digest.store.turnstile import Turnstile

#: How long a transaction waits for another process's. SQLite's lock is unfair: beside a busy
#: sender a write may well wait some seconds.
PATIENCE = timedelta(seconds=10)

#: SQLite's foreign keys are checked, but in a transaction that says so, and while it lasts.
_UNCHECKED = "PRAGMA foreign_keys = OFF"
_CHECKED = "PRAGMA foreign_keys = ON"


class Database:
    """Where everything is kept. Nothing is opened before the first transaction."""

    def __init__(self, url: str, *, patience: timedelta = PATIENCE) -> None:
        """Take `sqlite:///path` or `postgresql://user:password@host/name`.

        Raises:
            ConfigurationError: the URL is none, or names a database that is not supported, or
                PostgreSQL's driver is not installed.
        """
        self.url = _url(url)
        self.path = _path(self.url)
        self.where = _where(self.url, self.path)
        self._patience = patience
        self._turnstile = Turnstile(self.path) if self.path else None
        self.engine = self._engine()
        self._readers = self._reading(self.engine)
        self._bulk = self.engine.execution_options(digest_keys=_UNCHECKED)

    @property
    def is_sqlite(self) -> bool:
        """Return whether this is one file."""
        return self.path is not None

    def exists(self) -> bool:
        """Return whether there may be anything in it: False for a file that is not there yet."""
        return self.path is None or self.path.exists()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment and changes nothing.

        Raises:
            TryAgainLater: it is busy, or its server away.
            StoreError: it cannot be used.
        """
        with self.explained(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that changes something; it is on the disk when this returns.

        Raises:
            TryAgainLater: it is busy, or its server away.
            StoreError: it cannot be used.
        """
        announced = self._turnstile.announced() if self._turnstile else nullcontext()
        with announced, self.explained(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write_in_bulk(self) -> Iterator[Connection]:
        """Open a connection for one or more writing transactions (`with connection.begin():`).

        For many rows whose foreign keys were read or written in the same transaction: SQLite does
        not look each of them up again, which takes it longer than the row itself.

        Raises:
            TryAgainLater: it is busy, or its server away.
            StoreError: it cannot be used.
        """
        with self.explained(), self._bulk.connect() as connection:
            yield connection

    @contextmanager
    def rehearse(self) -> Iterator[Connection]:
        """Open a writing transaction that leaves nothing behind, however it ends.

        Raises:
            TryAgainLater: it is busy, or its server away.
            StoreError: it cannot be used.
        """
        with self.explained(), self.engine.connect() as connection:
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn the database's errors that a person can mend into ours."""
        try:
            yield
        except DigestError:
            raise
        except Exception as error:
            # The driver's own errors too, where a statement is said to it directly.
            known = explain(error, self.where)
            if known is None:
                raise
            raise known from error

    def connect_alone(self) -> Any:
        """Return a driver's connection of its own, each statement of which commits by itself.

        Raises:
            TryAgainLater: it is busy, or its server away.
            StoreError: it cannot be used.
        """
        with self.explained():
            pooled = self.engine.raw_connection()
            driver: Any = pooled.driver_connection
            pooled.detach()
            if not self.is_sqlite:
                driver.rollback()
                driver.autocommit = True
        return driver

    def close(self) -> None:
        """Close its connections. It may be used again afterwards."""
        self.engine.dispose()

    def _engine(self) -> Engine:
        milliseconds = int(self._patience / timedelta(milliseconds=1))
        try:
            if self.path is not None:
                engine = create_engine(self.url, connect_args={"timeout": milliseconds / 1000})
                _prepare_sqlite(engine, self.path)
                return engine
            # Tables and indexes of a server are looked after by others: nothing waits for ever.
            options = f"-c lock_timeout={milliseconds} {self.url.query.get('options', '')}".strip()
            return create_engine(
                self.url,
                pool_pre_ping=True,
                connect_args={"connect_timeout": 10, "options": options},
            )
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                "[database] url",
                "PostgreSQL needs a driver that is not installed",
                "Install it with: pip install 'digest-mailer[postgres]'",
            ) from error

    def _reading(self, engine: Engine) -> Engine:
        if self.is_sqlite:
            return engine.execution_options(digest_begin=BEGIN_READING)
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _url(text: str) -> URL:
    hint = "Write sqlite:///var/digest.db, or postgresql://user:password@host/name."
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        # Not `from` the cause, which quotes the URL and with it a password.
        raise ConfigurationError("[database] url", "this is not a database URL", hint) from None
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ConfigurationError("[database] url", f"{backend} is not supported", hint)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigurationError(
            "[database] url", "a database in memory would forget who was mailed", hint
        )
    return url.set(drivername="sqlite+pysqlite")


def _path(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(url.database)


def _where(url: URL, path: Path | None) -> str:
    if path is not None:
        return str(path)
    host = url.host or url.query.get("host") or "localhost"
    return f"PostgreSQL at {host if isinstance(host, str) else ','.join(host)}"


def _prepare_sqlite(engine: Engine, path: Path) -> None:
    @event.listens_for(engine, "do_connect")
    def _create(*_: Any) -> None:
        _create_private(path)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions of its own: `_begin` below does.
        connection.isolation_level = None
        connection.execute(_CHECKED)
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # 9 MB: an import touches pages all over, and gains little from three times as many.
        connection.execute("PRAGMA cache_size = -9000")
        # In pages: 64 MB of log. What is written again and again is then folded in once, which
        # spares a large import a quarter of its writing.
        connection.execute("PRAGMA wal_autocheckpoint = 16000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        # Said once, not before each transaction: SQLite forgets every statement it has prepared.
        if "digest_keys" in options and "digest_keys" not in connection.info:
            connection.exec_driver_sql(options["digest_keys"])
            connection.info["digest_keys"] = options["digest_keys"]
        connection.exec_driver_sql(options.get("digest_begin", BEGIN_WRITING))

    @event.listens_for(engine, "checkin")
    def _check_keys_again(connection: Any, record: Any) -> None:
        if record.info.pop("digest_keys", None) and connection is not None:
            connection.execute(_CHECKED)


def _create_private(path: Path) -> None:
    """Create the file for its owner only; SQLite gives its -wal and -shm files the same mode.

    A file that is there is never opened here. To close it would drop every lock that this process
    has on it (fcntl(2)): the next program that looks into the database would then take itself for
    the last one, and remove the log that is still written to.
    """
    try:
        if path.is_dir():
            hint = "Let [database] url name a file in it."
            raise StoreError(str(path), "this is a folder", hint)
        if not path.exists():
            # By its own name, should this be a link to a file that is still to be made.
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            os.close(os.open(path.resolve(), flags, 0o600))
    except FileExistsError:
        return  # another has made it just now
    except FileNotFoundError as error:
        raise StoreError(
            str(path), "its folder does not exist", f"Create it with: mkdir -p {path.parent}"
        ) from error
    except OSError as error:
        raise StoreError(
            str(path),
            f"the database file cannot be opened ({error.strerror})",
            "Let this user write to the file and to its folder.",
        ) from error
