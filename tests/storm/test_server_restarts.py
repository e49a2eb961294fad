"""PostgreSQL is stopped and started again in the middle of a send.

With the server's session the right to send is gone, and with the line whatever was just being
committed may be stored or not: nobody may be lost over that, and nobody get two without a flag.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Engine, Server, own_engine
from tests.sites import Site, letter_site
from tests.storm.lanes import with_lanes
from tests.storm.post import Post, recording
from tests.storm.sizes import at_size
from tests.storm.test_database_trouble import (
    account_of,
    assert_each_once,
    assert_flagged_at_most,
    assert_intended,
    assert_still_while_it_lasted,
)

READERS = at_size(small=480, full=20_000)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A PostgreSQL of our own, that may be stopped."""
    with own_engine() as engine:
        yield engine


@pytest.fixture
def letter(engine: Engine, tmp_path: Path) -> Iterator[Site]:
    """A small newsletter whose readers are in that server, nothing sent yet."""
    with Server(engine.dsn).empty_database() as url:
        site = letter_site(tmp_path / "site", readers=0).having(database__url=url)
        rows = [f"r{number}@readers.example\n" for number in range(READERS)]
        file = site.write("readers.csv", "email\n" + "".join(rows))
        imported = site.run("subscribers", "import", str(file))
        assert imported.code == 0, imported.said
        yield with_lanes(site)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """A recording server that takes a moment for each message."""
    with recording(tmp_path, "--delay", "0.01") as post:
        yield post


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "cut off"])
def test_a_server_that_restarts_is_waited_for(
    letter: Site, engine: Engine, post: Post, how: int
) -> None:
    site = letter.through(post.port)
    with site.start("send-now", "--yes") as process:
        post.wait_for(READERS // 4, alive=process.alive)
        engine.stop(how)
        began_at = time.time()
        process.wait_for_line("Nothing leaves for the moment.")
        status = site.run("status")
        time.sleep(max(0.0, began_at + at_size(small=4, full=30) - time.time()))
        ended_at = time.time()
        engine.start()
        assert_intended(account_of(site), post)
        ran = process.ended(seconds=300)
    post.settle()

    assert status.code == 75, status.said
    assert "the database server cannot be reached" in status.err
    assert_still_while_it_lasted(post, began_at, ended_at)
    assert ran.code == 0, ran.said
    assert "sending goes on" in ran.err
    assert_each_once(account_of(site), post, READERS)


def test_a_server_that_stays_away_ends_a_send_and_the_next_one_finishes(
    letter: Site, engine: Engine, post: Post
) -> None:
    site = letter.through(post.port)
    with site.having(database__wait="2 seconds").start("send-now", "--yes") as process:
        post.wait_for(READERS // 4, alive=process.alive)
        engine.stop()
        gave_up = process.ended(seconds=60)
    post.settle()
    engine.start()
    left = account_of(site)
    assert_intended(left, post)
    ran = site.run("send-now", "--yes", seconds=300)
    post.settle()

    assert gave_up.code == 75, gave_up.said
    assert "the database server cannot be reached, for 2 s by now" in gave_up.err
    assert "Then run it again: the rest is sent, and nobody is lost." in gave_up.err
    assert "Traceback" not in gave_up.err
    assert left.states["queued"] > 0
    assert ran.code == 0, ran.said
    assert_flagged_at_most(account_of(site), post, READERS)


def test_who_has_sent_meanwhile_keeps_the_right_to_send(
    letter: Site, engine: Engine, post: Post
) -> None:
    site = letter.through(post.port)
    with site.start("send-now", "--yes") as cut_off:
        post.wait_for(READERS // 4, alive=cut_off.alive)
        cut_off.signal(signal.SIGSTOP)
        engine.stop()
        engine.start()
        with site.start("send-now", "--yes") as other:
            ran = other.ended(seconds=300)
        so_far = post.look()
        cut_off.signal(signal.SIGCONT)
        stopped = cut_off.ended(seconds=60)
    post.settle()
    account = account_of(site)

    assert ran.code == 0, ran.said
    assert stopped.code == 1, stopped.said
    assert "Traceback" not in stopped.err
    assert "another process has sent" in stopped.err
    assert len(post.taken) - so_far <= 2 * int(site.environ["DIGEST_DELIVERY__CONNECTIONS"])
    assert_flagged_at_most(account, post, READERS)
