"""The database cannot be used in the middle of a send, for a while or for too long.

Locked by another process, on a full disk, on a failing one, on a server that restarts. Nothing may
leave without its intent on disk, the send has to go on by itself, and the account has to be exact.
"""

from __future__ import annotations

import contextlib
import errno
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sites import Process, Ran, Site, letter_site, terminate
from tests.storm.account import Account, read_account
from tests.storm.disks import FailingDisk, small_disk
from tests.storm.lanes import LANES, with_lanes
from tests.storm.post import Post, recording
from tests.storm.sizes import at_size

#: After so long nothing more comes of what was on its way when the trouble began.
ON_ITS_WAY = 1.0

LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def readers() -> int:
    """How many are written to."""
    return at_size(small=480, full=20_000)


@pytest.fixture
def lasts() -> int:
    """For how many seconds the trouble lasts."""
    return at_size(small=4, full=30)


@pytest.fixture
def letter(tmp_path: Path, readers: int) -> Site:
    """A small newsletter with its readers, nothing sent yet."""
    return with_lanes(letter_site(tmp_path / "site", readers=readers))


@contextlib.contextmanager
def served(site: Site, folder: Path) -> Iterator[tuple[Site, Post]]:
    """Let a site send through a recording server that takes a moment for each message."""
    with recording(folder, "--delay", "0.01") as post:
        yield site.through(post.port), post


def account_of(site: Site) -> Account:
    found = read_account(site)
    assert found is not None
    assert found.adds_up
    return found


def assert_intended(account: Account, post: Post) -> None:
    """Check that nobody was named to the server more often than an intent was stored."""
    post.look()
    begun = Counter(begin.recipient for begin in post.begun)
    sent_by_us = account.within("sent") - {message.recipient for message in post.taken}
    assert [who for who, times in begun.items() if account.rows[who].attempts < times] == []
    assert not sent_by_us, "sent, and the server does not have it"
    assert len(account.within("sending")) <= 2 * LANES


def assert_still_while_it_lasted(post: Post, began_at: float, ended_at: float) -> None:
    during = [
        one for one in (*post.taken, *post.begun) if began_at + ON_ITS_WAY < one.at < ended_at
    ]
    assert ended_at - began_at > 2 * ON_ITS_WAY
    assert during == [], "something left that could not be recorded"


def assert_each_once(account: Account, post: Post, readers: int) -> None:
    assert account.state == "complete"
    assert account.states == {"sent": readers}
    assert not account.flagged
    assert len(post.taken) == len({message.recipient for message in post.taken}) == readers


def assert_flagged_at_most(account: Account, post: Post, readers: int) -> None:
    """Check the end after a process that could not record its last answers."""
    counts = Counter(message.recipient for message in post.taken)
    twice = {who for who, times in counts.items() if times > 1}
    assert account.state == "complete"
    assert account.states == {"sent": readers}
    assert len(counts) == readers, "lost"
    assert twice <= account.flagged
    assert len(twice) <= LANES
    assert len(account.flagged) <= 2 * LANES
    assert max(counts.values()) <= 2


def wait_out(site: Site, post: Post, process: Process, lasts: float) -> tuple[Ran, Account]:
    """Be in trouble for so long; return what `digest status` and the rows say meanwhile."""
    until = time.monotonic() + lasts
    process.wait_for_line("Nothing leaves for the moment.")
    status, account = site.run("status"), account_of(site)
    assert_intended(account, post)
    time.sleep(max(0.0, until - time.monotonic()))
    assert process.alive()
    return status, account


@contextlib.contextmanager
def locked(site: Site) -> Iterator[None]:
    """Let another process hold the database's write lock."""
    command = [sys.executable, "-c", LOCK, str(site.home / "var" / "digest.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        yield


def test_a_lock_that_another_process_holds_is_waited_for(
    letter: Site, tmp_path: Path, readers: int, lasts: int
) -> None:
    with served(letter, tmp_path) as (site, post), site.start("send-now", "--yes") as process:
        post.wait_for(readers // 4, alive=process.alive)
        with locked(site):
            began_at = time.time()
            status, account = wait_out(site, post, process, lasts)
            ended_at = time.time()
        ran = process.ended(seconds=300)
        post.settle()

    assert status.code == 1, status.said
    assert "nothing leaves since" in status.out
    assert "The send goes on by itself when that is over." in status.out
    assert "left" not in status.out, "no time left is told while nothing leaves"
    assert "another process is writing to it" in status.out
    assert account.states["queued"] > readers // 4
    assert_still_while_it_lasted(post, began_at, ended_at)
    assert ran.code == 0, ran.said
    assert "sending goes on" in ran.err
    assert_each_once(account_of(site), post, readers)
    assert "nothing leaves" not in site.run("status").out


def test_a_full_disk_is_waited_for(letter: Site, tmp_path: Path, readers: int, lasts: int) -> None:
    megabytes = at_size(small=24, full=200)
    with small_disk(letter, tmp_path, megabytes=megabytes) as disk:
        with served(disk.site, tmp_path) as (site, post):
            disk.break_down()
            before, seen = site.run("send-now", "--yes"), site.run("status")
            disk.mend()
            with site.start("send-now", "--yes") as process:
                post.wait_for(readers // 4, alive=process.alive)
                disk.break_down()
                began_at = time.time()
                status, _ = wait_out(site, post, process, lasts)
                ended_at = time.time()
                disk.mend()
                ran = process.ended(seconds=300)
            post.settle()
        account = account_of(site)

    # Where nobody has it open, a full disk has no room to open the database at all.
    assert status.code in {1, 75}, status.said
    assert "the disk is full. Make room" in status.said
    for ended in (before, seen):
        assert ended.code == 75, ended.said
        assert "the disk is full. Make room; nothing that was recorded is lost." in ended.err
    assert_still_while_it_lasted(post, began_at, ended_at)
    assert ran.code == 0, ran.said
    assert "the disk is full" in ran.err
    assert_each_once(account, post, readers)


@pytest.mark.parametrize("what", ["write", "sync"])
def test_a_disk_that_fails_is_waited_for(
    letter: Site, tmp_path: Path, readers: int, lasts: int, what: str
) -> None:
    disk = FailingDisk(letter, tmp_path, what, errno.EIO)
    with served(disk.site, tmp_path) as (site, post), site.start("send-now", "--yes") as process:
        post.wait_for(readers // 4, alive=process.alive)
        disk.break_down()
        began_at = time.time()
        status, _ = wait_out(site, post, process, lasts)
        ended_at = time.time()
        disk.mend()
        ran = process.ended(seconds=300)
        post.settle()

    assert "the disk failed while the database was used" in ran.err
    assert status.code in {1, 75}, status.said
    assert re.search("the disk (failed while the database was used|is full)", status.said)
    assert_still_while_it_lasted(post, began_at, ended_at)
    assert ran.code == 0, ran.said
    assert_each_once(account_of(site), post, readers)


def test_killed_on_a_disk_that_does_not_sync_it_loses_nobody(
    letter: Site, tmp_path: Path, readers: int
) -> None:
    disk = FailingDisk(letter, tmp_path, "sync", errno.EIO)
    with served(disk.site, tmp_path) as (site, post):
        with site.start("send-now", "--yes") as process:
            post.wait_for(readers // 4, alive=process.alive)
            disk.break_down()
            process.wait_for_line("Nothing leaves for the moment.")
            time.sleep(0.5)
            process.kill()
        post.settle()
        assert_intended(account_of(site), post)
        disk.mend()
        status = site.run("status")
        ran = site.run("send-now", "--yes", seconds=300)
        post.settle()

    assert "the last send ended because it could not use the database, since" in status.out
    assert ran.code == 0, ran.said
    assert_flagged_at_most(account_of(site), post, readers)


def test_trouble_that_lasts_too_long_ends_a_send_and_the_next_one_finishes(
    letter: Site, tmp_path: Path, readers: int
) -> None:
    with served(letter.having(database__wait="2 seconds"), tmp_path) as (site, post):
        with site.start("send-now", "--yes") as process:
            post.wait_for(readers // 4, alive=process.alive)
            with locked(site):
                gave_up = process.ended(seconds=20)
                status = site.run("status")
        post.settle()
        left = account_of(site)
        assert_intended(left, post)
        ran = site.run("send-now", "--yes", seconds=300)
        post.settle()

    assert gave_up.code == 75, gave_up.said
    assert "another process is writing to it, for 2 s by now" in gave_up.err
    assert "Then run it again: the rest is sent, and nobody is lost." in gave_up.err
    assert "Traceback" not in gave_up.err
    assert status.code == 1, status.said
    assert "the last send ended because it could not use the database, since" in status.out
    assert left.states["queued"] > 0
    assert ran.code == 0, ran.said
    assert_flagged_at_most(account_of(site), post, readers)


def test_asked_to_end_while_the_database_is_locked_it_ends_in_time(
    letter: Site, tmp_path: Path, readers: int
) -> None:
    with served(letter, tmp_path) as (site, post):
        with site.start("send-now", "--yes") as process:
            post.wait_for(readers // 4, alive=process.alive)
            with locked(site):
                process.wait_for_line("Nothing leaves for the moment.")
                stopped = terminate(process)
        post.settle()
        assert_intended(account_of(site), post)
        ran = site.run("send-now", "--yes", seconds=300)
        post.settle()

    assert stopped.code == 75, stopped.said
    assert "another process is writing to it" in stopped.err
    assert ran.code == 0, ran.said
    assert_flagged_at_most(account_of(site), post, readers)


def test_asked_to_end_just_before_the_lock_is_freed_it_records_what_it_knows(
    letter: Site, tmp_path: Path, readers: int
) -> None:
    with served(letter, tmp_path) as (site, post):
        with site.start("send-now", "--yes") as process:
            post.wait_for(readers // 4, alive=process.alive)
            with locked(site):
                process.wait_for_line("Nothing leaves for the moment.")
                process.signal(15)
                time.sleep(2)
            stopped = process.ended(seconds=10)
        post.settle()

    assert stopped.code == 75, stopped.said
    assert account_of(site).states == {"sent": len(post.taken), "queued": readers - len(post.taken)}
