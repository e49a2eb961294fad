"""What goes wrong with a database is said: where, what, and what to do. Never a password."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from digest.errors import ConfigurationError, StoreError, TryAgainLater
from digest.store.database import Database
from digest.store.failures import explain
from digest.store.upgrade import ensure_current

SHORT = timedelta(milliseconds=50)


def read_one(url):
    """Open a database and read."""
    database = Database(url)
    try:
        with database.read() as connection:
            return connection.scalar(text("SELECT count(*) FROM slot"))
    finally:
        database.close()


def test_a_new_file_and_its_log_are_their_owner_s_only(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/digest.db")
    old = os.umask(0)
    try:
        ensure_current(database)
        with database.write() as connection:
            connection.execute(text("UPDATE slot SET outcome = ''"))
    finally:
        os.umask(old)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    database.close()
    names = ("digest.db", "digest.db-wal", "digest.db-shm", "digest.db.turn")
    assert modes == dict.fromkeys(names, 0o600)


def test_a_link_to_a_file_that_is_still_to_be_made_makes_it_its_owner_s_only(tmp_path):
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    database = Database(f"sqlite:///{tmp_path}/link.db")
    old = os.umask(0)
    try:
        ensure_current(database)
    finally:
        os.umask(old)
        database.close()

    assert stat.S_IMODE((tmp_path / "real.db").stat().st_mode) == 0o600


LOOK = """
import sys
from digest.store.database import Database
database = Database(sys.argv[1])
with database.read() as connection:
    print(connection.exec_driver_sql("SELECT count(*) FROM key_fingerprint").scalar())
database.close()
"""


def looked_at_from_elsewhere(url):
    """Let another process open the database, read, and close it."""
    done = subprocess.run([sys.executable, "-c", LOOK, url], capture_output=True, check=True)
    return int(done.stdout)


def test_who_looks_in_from_elsewhere_never_takes_the_log_away_from_who_writes(sqlite_url):
    database = Database(sqlite_url)
    insert = "INSERT INTO key_fingerprint (name, fingerprint) VALUES ('{}', '')"
    log = database.path.with_name(f"{database.path.name}-wal")

    # Several connections, opened one after the other; and somebody looks in after each.
    connections, seen, logs = [], [], set()
    for number in range(3):
        connections.append(database.connect_alone())
        connections[0].execute(insert.format(number))
        seen.append(looked_at_from_elsewhere(sqlite_url))
        logs.add(log.stat().st_ino)

    for connection in connections:
        connection.close()
    database.close()
    assert seen == [1, 2, 3]
    assert len(logs) == 1


def test_what_is_committed_is_on_the_disk_and_foreign_keys_hold(sqlite_url):
    database = Database(sqlite_url)

    with database.read() as connection:
        pragmas = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    database.close()
    assert pragmas["journal_mode"] == "wal"
    assert pragmas["synchronous"] == 2
    assert pragmas["foreign_keys"] == 1
    assert pragmas["busy_timeout"] >= 5000


def test_nothing_is_opened_before_the_first_transaction(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/digest.db")

    assert not database.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(StoreError) as caught:
        read_one(f"sqlite:///{tmp_path}/none/digest.db")

    assert str(caught.value) == (
        f"{tmp_path}/none/digest.db: its folder does not exist. "
        f"Create it with: mkdir -p {tmp_path}/none"
    )


def test_a_folder_in_place_of_the_file_is_said(tmp_path):
    with pytest.raises(StoreError, match="this is a folder"):
        read_one(f"sqlite:///{tmp_path}")


def test_a_file_in_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "var").write_text("a file")

    with pytest.raises(StoreError, match=r"cannot be opened \(Not a directory\)"):
        read_one(f"sqlite:///{tmp_path}/var/digest.db")


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "digest.db").write_bytes(b"PK\x03\x04" + b"this is a spreadsheet " * 100)

    with pytest.raises(StoreError, match="the file is not a database"):
        read_one(f"sqlite:///{tmp_path}/digest.db")


def test_a_damaged_database_is_said(sqlite_url):
    path = Database(sqlite_url).path
    pages = bytearray(path.read_bytes())
    pages[200:] = b"\xff" * (len(pages) - 200)
    path.write_bytes(pages)

    with pytest.raises(StoreError, match="the database file is damaged"):
        read_one(sqlite_url)


def test_a_file_that_may_not_be_written_is_said(sqlite_url):
    path = Database(sqlite_url).path
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    with pytest.raises(sqlite3.OperationalError) as caught:
        reader.execute("UPDATE slot SET outcome = ''")

    reader.close()
    explained = explain(DBAPIError("UPDATE", {}, caught.value), str(path))
    assert isinstance(explained, StoreError)
    assert "cannot be written to" in str(explained)


def test_a_broken_constraint_is_a_bug_and_is_not_explained_away(database):
    twice = text("INSERT INTO key_fingerprint (name, fingerprint) VALUES ('a', 'b'), ('a', 'b')")

    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(twice)


def test_a_database_that_another_process_writes_to_is_busy(sqlite_url):
    first, second = Database(sqlite_url), Database(sqlite_url, patience=SHORT)

    with (
        first.write(),
        pytest.raises(TryAgainLater, match="the database is busy"),
        second.write(),
    ):
        pass

    with second.write():
        pass
    first.close()
    second.close()


def test_reading_goes_on_while_another_process_writes(sqlite_url):
    first, second = Database(sqlite_url), Database(sqlite_url, patience=SHORT)

    with first.write() as writing, second.read() as reading:
        writing.execute(text("INSERT INTO key_fingerprint (name, fingerprint) VALUES ('a', 'b')"))
        seen = reading.scalar(text("SELECT count(*) FROM key_fingerprint"))

    first.close()
    second.close()
    assert seen == 0


def test_a_reading_transaction_sees_one_moment(database):
    add = text("INSERT INTO key_fingerprint (name, fingerprint) VALUES ('a', 'b')")
    count = text("SELECT count(*) FROM key_fingerprint")

    with database.read() as connection:
        before = connection.scalar(count)
        with database.write() as other:
            other.execute(add)
        after = connection.scalar(count)

    assert (before, after) == (0, 0)


def test_a_transaction_that_fails_leaves_nothing(database):
    def add_and_fail():
        with database.write() as connection:
            connection.execute(
                text("INSERT INTO key_fingerprint (name, fingerprint) VALUES ('a', 'b')")
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()

    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM key_fingerprint")) == 0


def test_threads_may_write_at_the_same_time(database):
    def add(number):
        with database.write() as connection:
            connection.execute(
                text("INSERT INTO key_fingerprint (name, fingerprint) VALUES (:n, 'f')"),
                {"n": str(number)},
            )

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM key_fingerprint")) == 8


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:secret@h/db",
        "sqlite:///file:a?mode=memory",
    ],
)
def test_a_wrong_url_is_refused_with_what_to_write_and_without_its_password(url):
    with pytest.raises(ConfigurationError, match="Write sqlite:///") as caught:
        Database(url)

    assert "secret" not in str(caught.value)


def test_a_server_that_is_away_is_named_by_its_host_and_never_by_its_password():
    database = Database("postgresql://me:secret@127.0.0.1:1/digest")

    with pytest.raises(TryAgainLater) as caught, database.read():
        pass

    said = str(caught.value)
    assert said.startswith("PostgreSQL at 127.0.0.1: the database server cannot be reached.")
    assert "secret" not in said
    assert "secret" not in repr(caught.value.__cause__)


def test_a_server_that_refuses_the_login_is_told_from_one_that_is_away(postgres_url):
    database = Database(postgres_url)
    wrong = database.url.set(database="no_such_database").render_as_string(hide_password=False)
    database.close()

    with pytest.raises(StoreError, match="refuses this login"), Database(wrong).read():
        pass


def test_a_row_locked_for_long_on_a_server_is_busy(postgres_url):
    first, second = Database(postgres_url), Database(postgres_url, patience=SHORT)
    lock = text("LOCK TABLE slot IN ACCESS EXCLUSIVE MODE")

    with first.write() as connection:
        connection.execute(lock)
        with pytest.raises(TryAgainLater, match="busy"), second.write() as other:
            other.execute(lock)

    first.close()
    second.close()


def test_reading_transactions_of_a_server_cannot_write(postgres_url):
    database = Database(postgres_url)

    with pytest.raises(StoreError, match="may not do that"), database.read() as connection:
        connection.execute(text("UPDATE slot SET outcome = ''"))

    database.close()


def test_without_the_driver_the_extra_is_named():
    blocked = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from digest.errors import ConfigurationError\n"
        "from digest.store.database import Database\n"
        "try: Database('postgresql://localhost/digest')\n"
        "except ConfigurationError as error: print(error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", blocked], capture_output=True, text=True, check=True
    )

    assert "pip install 'digest-mailer[postgres]'" in done.stdout


def test_the_store_is_opened_without_importing_alembic(sqlite_url):
    program = (
        "import sys\n"
        "from digest.store.database import Database\n"
        "from digest.store.ledger import Ledger\n"
        "from digest.store.upgrade import ensure_current\n"
        "database = Database(sys.argv[1])\n"
        "assert ensure_current(database) is False\n"
        "Ledger(database, b'k' * 16).mailings()\n"
        "print([name for name in ('alembic', 'psycopg', 'idna') if name in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, sqlite_url], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_a_connection_counts_its_statements(database):
    """The events that the cost contracts count with really fire."""
    seen = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    with database.read() as connection:
        connection.execute(text("SELECT 1"))

    assert "SELECT 1" in seen
