"""One process sends at a time, and one that is killed leaves nothing to clean up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest.errors import StoreError, TryAgainLater
from digest.model.mailing import SenderTrouble
from digest.store.database import Database
from digest.store.ledger import Ledger
from digest.store.sender_lock import lock_file, sender_lock

HOLD = """
import sys, time
from digest.store.database import Database
from digest.store.sender_lock import sender_lock
with sender_lock(Database(sys.argv[1])):
    print("holding", flush=True)
    time.sleep(60)
"""

RACE = """
import sys, time
from digest.errors import TryAgainLater
from digest.store.database import Database
from digest.store.sender_lock import sender_lock
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
try:
    with sender_lock(database):
        print("won", flush=True)
        sys.stdin.readline()
except TryAgainLater as error:
    print("lost", error.exit_code, flush=True)
"""


@contextmanager
def process(program, url):
    """Run a program beside the test, and end it."""
    started = subprocess.Popen(
        [sys.executable, "-c", program, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def test_a_second_process_is_told_who_sends(store_url):
    database = Database(store_url)

    with process(HOLD, store_url) as holder:
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(TryAgainLater) as caught, sender_lock(database):
            pass

    database.close()
    assert f"another process is sending (pid {holder.pid}" in str(caught.value)


def test_a_kill_frees_the_lock(store_url):
    database = Database(store_url)

    with process(HOLD, store_url) as holder:
        holder.stdout.readline()
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        taken = _take_within(database, seconds=10)

    database.close()
    assert taken


def _take_within(database, *, seconds):
    """Take the lock; a server needs a moment to see that a connection has gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with sender_lock(database):
                return True
        except TryAgainLater:
            time.sleep(0.05)
    return False


def test_of_two_processes_that_start_at_once_one_sends(store_url):
    with process(RACE, store_url) as first, process(RACE, store_url) as second:
        for racer in (first, second):
            racer.stdout.readline()
        for racer in (first, second):
            racer.stdin.write("go\n")
            racer.stdin.flush()

        results = sorted(racer.stdout.readline().strip() for racer in (first, second))

    assert results == ["lost 75", "won"]


def test_the_lock_holds_while_the_database_is_written_to(store_url):
    holder, writer = Database(store_url), Database(store_url)

    with sender_lock(holder), writer.write() as connection:
        connection.exec_driver_sql("UPDATE slot SET outcome = ''")

    holder.close()
    writer.close()


def test_a_link_to_the_database_has_the_same_lock(sqlite_url, tmp_path):
    path = Database(sqlite_url).path
    link = tmp_path / "link.db"
    link.symlink_to(path)

    with (
        sender_lock(Database(sqlite_url)),
        pytest.raises(TryAgainLater),
        sender_lock(Database(f"sqlite:///{link}")),
    ):
        pass


def test_two_databases_have_two_locks(sqlite_url, tmp_path):
    with sender_lock(Database(sqlite_url)), sender_lock(Database(f"sqlite:///{tmp_path}/b.db")):
        names = {path.name for path in tmp_path.glob("*.sender")}

    assert names == {"digest.db.sender", "b.db.sender"}


def test_the_lock_s_file_is_its_owner_s_only_and_stays(sqlite_url):
    path = Database(sqlite_url).path

    with sender_lock(Database(sqlite_url)):
        pass

    file = lock_file(path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == f"{os.getpid()}\n"


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with (
        pytest.raises(StoreError, match="the sender's lock cannot be made"),
        sender_lock(Database(f"sqlite:///{tmp_path}/none/digest.db")),
    ):
        pass


def test_what_keeps_a_sender_from_sending_stands_beside_the_file_while_it_lasts(sqlite_url):
    ledger = Ledger(Database(sqlite_url), b"key" * 11)
    elsewhere = Ledger(Database(sqlite_url), b"key" * 11)
    before = elsewhere.find_trouble()

    with ledger.sender_lock():
        ledger.note_trouble("since noon: the disk is full.\nMake room.")
        during = elsewhere.find_trouble()
        ledger.note_trouble("")
        after = elsewhere.find_trouble()

    assert before is None
    assert during == SenderTrouble(said="since noon: the disk is full. Make room.", lasts=True)
    assert after is None


def test_what_kept_the_last_sender_stands_there_until_another_begins(sqlite_url):
    ledger = Ledger(Database(sqlite_url), b"key" * 11)

    with ledger.sender_lock():
        ledger.note_trouble("since noon: " + "\N{SNOWMAN}" * 5000)
    ended = ledger.find_trouble()
    with ledger.sender_lock():
        begun = ledger.find_trouble()

    assert ended is not None
    assert ended.said.startswith("since noon: \N{SNOWMAN}")
    assert not ended.lasts
    assert begun is None


def test_a_server_keeps_no_trouble(postgres_url):
    database = Database(postgres_url)
    ledger = Ledger(database, b"key" * 11)

    with ledger.sender_lock():
        ledger.note_trouble("since noon: it is away")
        found = ledger.find_trouble()

    database.close()
    assert found is None
