"""SIGTERM: what is under way ends or is given back, within ten seconds, and nothing is in doubt."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.sites import Process, Site, letter_site, terminate
from tests.smtp_server import RecordingServer, Rule
from tests.storm.account import Account, read_account
from tests.storm.lanes import LANES, with_lanes
from tests.storm.post import recording

READERS = 400


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("asked") / "site", readers=READERS)


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A small newsletter with four hundred readers."""
    return with_lanes(_letter.copy(tmp_path / "site"))


def account_of(site: Site) -> Account:
    found = read_account(site)
    assert found is not None
    assert found.adds_up
    return found


def wait_until_somebody_is(site: Site, state: str, process: Process) -> None:
    """Wait until `digest status` shows somebody in a state."""
    until = time.monotonic() + 60
    while True:
        mailings = site.call("status", "--json").json
        if mailings and mailings[0]["states"][state]:
            return
        assert process.alive(), process.ended()
        assert time.monotonic() < until
        time.sleep(0.05)


def test_at_full_speed_it_ends_between_messages_and_the_rest_goes_later(
    letter: Site, tmp_path: Path
) -> None:
    with recording(tmp_path, "--delay", "0.01") as post:
        site = letter.through(post.port)
        with site.start("send-now", "--yes") as process:
            post.wait_for(READERS // 4, alive=process.alive)
            stopped = terminate(process)
        post.settle()
        so_far, account = len(post.taken), account_of(site)
        ran = site.run("send-now")
        post.look()

    assert stopped.code == 75, stopped.said
    assert "Run again" in stopped.err
    assert account.states == {"sent": so_far, "queued": READERS - so_far}
    assert not account.flagged
    assert ran.code == 0, ran.said
    assert len(post.taken) == len({message.recipient for message in post.taken}) == READERS


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_at_a_silent_server_it_ends_in_time_and_nothing_is_in_doubt(
    letter: Site, stage: str
) -> None:
    with RecordingServer([Rule(stage, delay=3600)]) as server:
        site = letter.through(server)
        with site.start("send-now", "--yes") as process:
            wait_until_somebody_is(site, "sending", process)
            stopped = terminate(process)
    account = account_of(site)

    assert stopped.code == 75, stopped.said
    assert account.states["sending"] == account.states["in_doubt"] == account.states["held"] == 0
    assert account.states["queued"] + account.states["deferred"] == READERS
    assert not account.flagged


@pytest.mark.parametrize("stage", ["BODY", "DOT"])
def test_at_a_server_that_is_silent_after_the_end_it_ends_in_time_and_says_what_is_in_doubt(
    letter: Site, stage: str
) -> None:
    with RecordingServer([Rule(stage, delay=3600)]) as server:
        site = letter.through(server)
        with site.start("send-now", "--yes") as process:
            wait_until_somebody_is(site, "sending", process)
            time.sleep(0.5)
            stopped = terminate(process)
        taken = {message.rcpt for message in server.messages}
    account = account_of(site)

    # No answer can be waited for: the server may have these. All of them, and no others.
    assert stopped.code == 75, stopped.said
    assert account.states["sent"] == account.states["sending"] == account.states["held"] == 0
    assert 1 <= account.states["in_doubt"] <= LANES
    assert taken <= account.within("in_doubt")


def test_while_it_waits_for_a_deferred_reader_it_ends_at_once(letter: Site) -> None:
    with RecordingServer([Rule("RCPT", "451 4.7.1 later", rcpt="r7@readers.example")]) as server:
        site = letter.through(server, delivery__first_wait="1 minutes")
        with site.start("send-now", "--yes", "--wait", "10m") as process:
            server.wait_for(READERS - 1, seconds=60)
            wait_until_somebody_is(site, "deferred", process)
            time.sleep(0.5)
            asked_at = time.monotonic()
            stopped = terminate(process)
            took = time.monotonic() - asked_at
    account = account_of(site)

    assert stopped.code == 75, stopped.said
    assert took < 3
    assert account.states == {"sent": READERS - 1, "deferred": 1}


def test_while_it_connects_to_a_deaf_server_it_ends_at_once(letter: Site) -> None:
    with RecordingServer([Rule("CONNECT", delay=3600)]) as server:
        site = letter.through(server)
        with site.start("send-now", "--yes") as process:
            until = time.monotonic() + 60
            while not server.connections and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(0.2)
            asked_at = time.monotonic()
            stopped = terminate(process)
            took = time.monotonic() - asked_at

    assert stopped.code == 75, stopped.said
    assert took < 3
    assert account_of(site).states == {"queued": READERS}
