"""kill -9 in the middle of a send, and the account still holds.

A process sends to an SMTP server that is a process too and syncs what it takes before it says so;
its record is what a real server would have delivered. The instants are scripted: the server keeps
silent at one stage of one message, and there the sender is killed. Further instants are drawn at
random, CRASH_ROUNDS of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.mails import Mail
from tests.sites import Ran, Site, letter_site, reader
from tests.smtp_server import Message, read_record

Lock = Callable[[Path], contextlib.AbstractContextManager[None]]
READERS = 300
EVERYBODY = {reader(number) for number in range(1, READERS + 1)}
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))


@dataclass(frozen=True)
class Post:
    """An SMTP server in a process of its own, and its record on disk."""

    port: int
    record: Path

    @property
    def taken(self) -> list[Message]:
        """Return what it has taken."""
        return read_record(self.record)

    def lines(self) -> int:
        """Return how many messages are on disk, which is quicker to ask."""
        return self.record.read_bytes().count(b"\n") if self.record.exists() else 0

    def has(self, count: int) -> Callable[[], bool]:
        """Return a question: has it taken so many?"""
        return lambda: self.lines() >= count


@contextlib.contextmanager
def serving(folder: Path, *rules: dict[str, object]) -> Iterator[Post]:
    """Run the recording server as a process."""
    root = Path(__file__).parents[2]
    record = folder / "taken.jsonl"
    command = [sys.executable, "-m", "tests.smtp_server", "--out", str(record)]
    for rule in rules:
        command += ["--rule", json.dumps(rule)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", cwd=root) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rsplit(":", 1)[1])
            yield Post(port, record)
        finally:
            process.terminate()


def kill_when(site: Site, ready: Callable[[], bool], *, after: float = 0) -> None:
    """Start a send and kill it once something is so."""
    with site.start("send-now", "--yes") as process:
        until = time.monotonic() + 60
        while not ready():
            assert process.process.poll() is None, process.ended()
            assert time.monotonic() < until
            time.sleep(0.005)
        time.sleep(after)
        process.kill()


def is_sending(site: Site, number: int) -> bool:
    """Return whether the n-th entry is under way: it, and at most the one behind it in its lane."""
    time.sleep(0.05)
    states = [mailing["states"] for mailing in site.call("status", "--json").json]
    return bool(states) and states[0]["sent"] == number - 1 and states[0]["sending"] in {1, 2}


def assert_nobody_lost(site: Site, taken: list[Message], ran: Ran) -> None:
    """Check the promises: nobody missed, at most one twice and flagged, everybody counted."""
    counts = Counter(message.rcpt for message in taken)
    twice = [address for address, count in counts.items() if count > 1]
    mailing = site.status()

    assert ran.code == 0, ran.said
    assert set(counts) == EVERYBODY
    assert len(taken) - len(EVERYBODY) == len(twice) <= 1
    assert mailing["adds_up"]
    assert mailing["state"] == "complete"
    assert mailing["states"]["sent"] == mailing["planned"] == READERS
    assert len(twice) <= mailing["possible_duplicates"] <= 2
    for address in twice:
        assert site.why(address)[0]["possible_duplicate"] is True
        ids = {
            Mail(address, message.content).parsed["Message-ID"]
            for message in taken
            if message.rcpt == address
        }
        assert len(ids) == 1


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("crash") / "site", readers=READERS)


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A small newsletter with three hundred readers, sent over one lane."""
    return _letter.copy(tmp_path / "site").having(delivery__connections="1")


@pytest.mark.parametrize(
    ("stage", "number", "really_twice"),
    [
        ("MAIL", 1, 0),  # the very first: claimed, nothing said yet
        ("DOT", 1, 1),  # taken by the server, which did not come to say so
        ("BODY", 120, 0),  # in the middle of a message
        ("RCPT", 201, 0),  # right after the connection was renewed
        ("DOT", 300, 1),  # the last one
    ],
)
def test_a_kill_in_the_middle_of_a_send_loses_nobody(
    letter: Site, tmp_path: Path, stage: str, number: int, really_twice: int
) -> None:
    silence = {"at": stage, "message": number, "times": 1, "delay": 3600}
    with serving(tmp_path, silence) as post:
        site = letter.through(post.port)
        before = number if stage == "DOT" else number - 1
        kill_when(site, lambda: post.lines() >= before and is_sending(site, number))
        broken_off = site.status()
        ran = site.run("send-now", "--yes")
        taken = post.taken

    assert broken_off["adds_up"]
    assert broken_off["state"] == "sending"
    assert broken_off["states"]["sending"] in {1, 2}
    assert broken_off["states"]["sent"] == number - 1
    assert_nobody_lost(site, taken, ran)
    assert len(taken) == READERS + really_twice
    assert site.status()["possible_duplicates"] == broken_off["states"]["sending"]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_kill_at_any_instant_loses_nobody(letter: Site, tmp_path: Path, round_: int) -> None:
    seed = random.randrange(10**9)
    print(f"round {round_}: seed {seed}")
    dice = random.Random(seed)
    with serving(tmp_path) as post:
        site = letter.through(post.port)
        instants = sorted(dice.sample(range(1, READERS - 10), 3))
        for number in instants:
            kill_when(site, post.has(number), after=dice.uniform(0, 0.01))
        ran = site.run("send-now", "--yes")
        taken = post.taken

    # Three kills, and each may leave one that the server took without our knowing.
    counts = Counter(message.rcpt for message in taken)
    mailing = site.status()
    twice = [address for address, count in counts.items() if count > 1]
    assert ran.code in {0, 1}, ran.said
    assert set(counts) | held(site) == EVERYBODY
    assert len(taken) - len(counts) <= len(instants)
    assert mailing["adds_up"]
    assert all(site.why(address)[0]["possible_duplicate"] for address in twice)


def held(site: Site) -> set[str]:
    """Return who is held: in doubt twice, which three kills can bring about."""
    if not site.status()["states"]["held"]:
        return set()
    return {address for address in EVERYBODY if site.why(address)[0]["state"] == "held"}


def test_a_kill_while_the_issue_is_frozen_leaves_no_mailing_or_a_whole_one(
    letter: Site, tmp_path: Path
) -> None:
    # The server never greets, so that no message can leave before the kill.
    with serving(tmp_path, {"at": "CONNECT", "delay": 3600, "times": 1000}) as deaf:
        site = letter.through(deaf.port)
        for pause in (0.3, 0.45, 0.6, 0.75, 0.9, 1.1):
            with site.start("send-now", "--yes") as process:
                time.sleep(pause)
                process.kill()
            mailings = site.call("status", "--json").json
            for mailing in mailings:
                assert mailing["adds_up"]
                assert mailing["states"]["queued"] == mailing["planned"] == READERS
            if mailings:
                break
        nobody = deaf.taken
    with serving(tmp_path) as post:
        ran = letter.through(post.port).run("send-now", "--yes")
        taken = post.taken

    assert nobody == []
    assert_nobody_lost(site, taken, ran)
    assert len(taken) == READERS
    assert site.status()["issue"] == 1


def test_a_kill_while_the_database_is_locked_by_another_freezes_nothing(
    letter: Site, tmp_path: Path, locked_database: Lock
) -> None:
    with serving(tmp_path) as post:
        site = letter.through(post.port)
        with (
            locked_database(site.home / "var" / "digest.db"),
            site.start("send-now", "--yes") as process,
        ):
            time.sleep(1.2)
            process.kill()
        after_kill = site.call("status", "--json").json
        ran = site.run("send-now", "--yes")
        taken = post.taken

    assert after_kill == []
    assert_nobody_lost(site, taken, ran)


def test_sigterm_in_the_middle_ends_between_two_messages(letter: Site, tmp_path: Path) -> None:
    with serving(tmp_path, {"at": "DOT", "delay": 0.02}) as post:
        site = letter.through(post.port)
        with site.start("send-now", "--yes") as process:
            while post.lines() < 10:
                time.sleep(0.005)
            process.process.terminate()
            stopped = process.ended(seconds=10)
        mailing = site.status()
        so_far = post.lines()
    with serving(tmp_path) as post:
        ran = site.through(post.port).run("send-now", "--yes")
        taken = post.taken

    assert stopped.code == 75
    assert "Run again" in stopped.err
    assert mailing["states"]["sending"] == 0
    assert mailing["states"]["sent"] == so_far
    assert_nobody_lost(site, taken, ran)
    assert len(taken) == READERS
    assert site.status()["possible_duplicates"] == 0
