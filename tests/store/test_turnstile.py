"""A busy sender lets other writers in, and pauses for nobody else."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from digest.errors import TryAgainLater
from digest.model.mailing import EntryState
from digest.store.database import Database
from digest.store.ledger import Ledger
from digest.store.turnstile import PAUSE, Turnstile, turnstile_file
from tests.contracts.material import (
    HASH_KEY,
    NOON,
    freeze_for_all,
    import_all,
    newcomer,
    result,
    waiting,
)

ROOT = Path(__file__).parents[2]

WRITE = """
import sys, time
from digest.store.database import Database
database = Database(sys.argv[1])
with database.read() as connection:
    connection.exec_driver_sql("SELECT 1")
print("ready", flush=True)
for line in sys.stdin:
    began = time.monotonic()
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE slot SET outcome = ''")
    print(time.monotonic() - began, flush=True)
"""

WAIT = """
import sys, time
from pathlib import Path
from digest.store.turnstile import Turnstile
with Turnstile(Path(sys.argv[1])).announced():
    print("waits", flush=True)
    time.sleep(60)
"""


@contextmanager
def beside(program, argument):
    """Run a program beside the test, and end it."""
    started = subprocess.Popen(
        [sys.executable, "-c", program, argument],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        started.stdout.readline()
        yield started
    finally:
        started.kill()
        started.communicate()


class Course:
    """A clock that moves when it is slept on."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def turnstile(self, path):
        return Turnstile(path, sleep=self.sleep, clock=lambda: self.now)


def commit(turnstile):
    """Be the sender that commits once."""
    with turnstile.giving_way():
        pass


def test_nobody_waits_and_the_sender_never_pauses(tmp_path):
    course = Course()

    with closing(course.turnstile(tmp_path / "digest.db")) as turnstile:
        for _ in range(1000):
            commit(turnstile)

    assert course.slept == []


def test_the_sender_pauses_between_its_commits_while_somebody_waits(tmp_path):
    course = Course()
    path = tmp_path / "digest.db"

    with closing(course.turnstile(path)) as turnstile:
        commit(turnstile)
        with Turnstile(path).announced():
            commit(turnstile)
            commit(turnstile)
        commit(turnstile)

    assert course.slept == pytest.approx([PAUSE, PAUSE])


def test_time_that_passed_between_two_commits_counts(tmp_path):
    course = Course()
    path = tmp_path / "digest.db"

    with closing(course.turnstile(path)) as turnstile, Turnstile(path).announced():
        commit(turnstile)
        course.now += PAUSE / 4
        commit(turnstile)
        course.now += PAUSE
        commit(turnstile)

    assert course.slept == pytest.approx([PAUSE * 3 / 4])


def test_two_who_wait_side_by_side_are_both_known(tmp_path):
    path = tmp_path / "digest.db"

    with closing(Turnstile(path)) as sender:
        with Turnstile(path).announced():
            with Turnstile(path).announced():
                assert sender.is_wanted()
            assert sender.is_wanted()
        assert not sender.is_wanted()


def test_a_killed_writer_is_no_longer_waited_for(tmp_path):
    path = tmp_path / "digest.db"

    with closing(Turnstile(path)) as sender, beside(WAIT, str(path)) as writer:
        before = sender.is_wanted()
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()

        assert before
        assert not sender.is_wanted()


def test_a_link_to_the_database_has_the_same_turnstile(tmp_path):
    path, link = tmp_path / "digest.db", tmp_path / "link.db"
    path.touch()
    link.symlink_to(path)

    with closing(Turnstile(path)) as sender, Turnstile(link).announced():
        assert sender.is_wanted()


def test_the_file_is_its_owner_s_only_and_holds_nothing(tmp_path):
    path = tmp_path / "digest.db"

    with Turnstile(path).announced():
        pass

    file = turnstile_file(path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == b""


def test_without_a_file_everything_goes_on_unannounced(tmp_path):
    path = tmp_path / "nowhere" / "digest.db"

    with closing(Turnstile(path)) as sender, Turnstile(path).announced():
        assert not sender.is_wanted()


def test_a_transaction_that_fails_is_no_longer_announced(sqlite_url):
    database = Database(sqlite_url, patience=timedelta(milliseconds=50))

    with closing(Turnstile(database.path)) as sender:
        with Database(sqlite_url).write():
            with pytest.raises(TryAgainLater), database.write():
                pass
            assert sender.is_wanted()
        assert not sender.is_wanted()

    database.close()


def send_all(ledger, mailing, ids, ended):
    """Send at full speed, a message a commit: the busiest that a sender can be."""
    with ledger.sender_lock():
        for number in ids:
            if ended.is_set():
                return
            ledger.exchange(mailing.id, results=(), claims=[number], at=NOON)
            sent = [result(number, EntryState.SENT)]
            ledger.exchange(mailing.id, results=sent, claims=(), at=NOON)


def test_beside_a_sender_at_full_speed_another_process_writes_without_a_long_wait(sqlite_url):
    database = Database(sqlite_url)
    ledger = Ledger(database, HASH_KEY)
    import_all(ledger, [newcomer(f"r{number}@example.com") for number in range(20_000)])
    mailing = freeze_for_all(ledger)
    ids = [entry.id for entry in ledger.reserve(mailing.id, after=0, limit=20_000, at=NOON)]
    ended = threading.Event()
    sender = threading.Thread(target=send_all, args=(ledger, mailing, ids, ended))

    with beside(WRITE, sqlite_url) as writer:
        sender.start()
        waits = []
        for _ in range(40):
            time.sleep(0.02)
            writer.stdin.write("now\n")
            writer.stdin.flush()
            waits.append(float(writer.stdout.readline()))
        was_sending = sender.is_alive()
        ended.set()
        sender.join()

    left = len(waiting(ledger, mailing))
    database.close()
    assert was_sending, f"the sender was through too early ({left} left)"
    assert statistics.median(waits) < 0.1, waits
    assert max(waits) < 0.5, waits
