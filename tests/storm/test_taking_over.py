"""Two processes on one database: one sends, and when it is killed the other takes over.

Nothing has to be cleaned up between them: the right to send ends with its process.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.daemon import Service
from tests.sites import Site, letter_site
from tests.storm.account import Account, read_account
from tests.storm.lanes import LANES, with_lanes
from tests.storm.post import Post, recording

READERS = 300


@pytest.fixture
def letter(tmp_path: Path) -> Site:
    """A small newsletter with three hundred readers and a slot every minute."""
    site = letter_site(tmp_path / "site", readers=READERS)
    path = site.folder / "newsletter.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"0 9 * * 5"', '"* * * * *"'), encoding="utf-8")
    return with_lanes(site.having(web__port="0"))


def assert_nobody_lost(site: Site, post: Post, *, kills: int, readers: int = READERS) -> Account:
    """Check that all have it, and that whoever has it twice is flagged."""
    post.look()
    account = read_account(site)
    reached = [message.recipient for message in post.taken]
    twice = {who for who in reached if reached.count(who) > 1}
    assert account is not None
    assert account.adds_up
    assert account.state == "complete"
    assert account.states == {"sent": readers}
    assert set(reached) == account.rows.keys()
    assert twice <= account.flagged
    assert len(reached) - readers <= LANES * kills
    assert len(account.flagged) <= 2 * LANES * kills
    return account


def test_a_send_beside_the_service_is_told_to_come_later_and_nobody_gets_two(
    letter: Site, tmp_path: Path
) -> None:
    with recording(tmp_path, "--delay", "0.1") as post:
        site = letter.through(post.port)
        with site.start("run", "--no-web") as service:
            post.wait_for(10, alive=service.alive)
            beside = site.run("send-now", "--yes")
            post.wait_for(READERS, alive=service.alive)
            service.wait_for_line("complete")

    assert beside.code == 75, beside.said
    assert f"another process is sending (pid {service.pid})" in beside.err
    assert not assert_nobody_lost(site, post, kills=0).flagged


def test_a_send_takes_over_from_a_service_that_was_killed(letter: Site, tmp_path: Path) -> None:
    with recording(tmp_path, "--delay", "0.1") as post:
        site = letter.through(post.port)
        with site.start("run", "--no-web") as service:
            post.wait_for(READERS // 4, alive=service.alive)
            service.kill()
        ran = site.run("send-now", "--yes")
        assert_nobody_lost(site, post, kills=1)

    assert ran.code == 0, ran.said


def test_a_send_that_is_looked_at_and_then_killed_loses_nobody(tmp_path: Path) -> None:
    # So many that they are read in several pages, over another connection than the commits.
    letter, readers = with_lanes(letter_site(tmp_path / "site", readers=1200)), 1200
    with recording(tmp_path, "--delay", "0.03") as post:
        site = letter.through(post.port)
        with site.start("send-now", "--yes") as sender:
            post.wait_for(400, alive=sender.alive)
            # Who looks into a file and closes it must not take anything away from who writes.
            looked = site.run("status")
            before = post.look()
            post.wait_for(before + 40, alive=sender.alive)
            was_sending = sender.alive()
            sender.kill()
        post.settle()
        killed = read_account(site)
        ran = site.run("send-now", "--yes")
        assert_nobody_lost(site, post, kills=1, readers=readers)

    assert was_sending
    assert looked.code == 0, looked.said
    assert killed is not None
    assert killed.states["sent"] > before
    assert ran.code == 0, ran.said


def test_the_service_takes_over_from_a_send_that_was_killed(letter: Site, tmp_path: Path) -> None:
    async def kill_and_watch() -> None:
        service = asyncio.create_task(Service(app, tick_seconds=0.05, pages=False).run())
        await asyncio.sleep(0.5)
        beside = len(post.taken)
        sender.kill()
        for _ in range(6000):
            if post.look() >= READERS and app.ledger.mailings("letter")[0].completed_at:
                break
            assert not service.done()
            await asyncio.sleep(0.01)
        app.stop.set()
        await service
        assert 0 < beside < READERS

    with recording(tmp_path, "--delay", "0.1") as post:
        site = letter.through(post.port)
        with site.start("send-now", "--yes") as sender, site.app(datetime.now(UTC)) as (app, _):
            post.wait_for(20, alive=sender.alive)
            asyncio.run(kill_and_watch())
        assert_nobody_lost(site, post, kills=1)


def test_of_many_that_start_at_once_and_are_killed_in_turn_the_last_one_finishes(
    letter: Site, tmp_path: Path
) -> None:
    with recording(tmp_path, "--delay", "0.05") as post:
        site = letter.through(post.port)
        for _ in range(3):
            with site.start("send-now", "--yes") as one, site.start("send-now", "--yes") as other:
                post.wait_for(len(post.taken) + 20, alive=lambda: one.alive() or other.alive())
                one.kill()
                time.sleep(0.05)
                other.kill()
        post.settle()
        ran = site.run("send-now", "--yes")
        if "held" in ran.err:
            # Two kills in a row met the same readers: a person decides, and says send.
            assert site.run("retry", "--held").code == 0
            ran = site.run("send-now", "--yes")
        assert_nobody_lost(site, post, kills=3)

    assert ran.code == 0, ran.said
