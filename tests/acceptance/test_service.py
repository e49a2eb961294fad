"""The service and cron: an issue is sent once for its slot, and the end is clean."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.bootstrap import App
from digest.daemon import Service
from digest.workflow.due import Dealt
from tests.sites import Site, letter_site, terminate
from tests.smtp_server import RecordingServer, Rule

#: Half a minute after the letter's slot: Friday at nine in Shanghai.
FRIDAY = datetime(2027, 4, 2, 1, 0, 30, tzinfo=UTC)


@pytest.fixture
def letter(tmp_path: Path, server: RecordingServer) -> Site:
    """A small newsletter with three readers, that is sent on Fridays."""
    return letter_site(tmp_path / "site", readers=3).through(server)


def serve_until(app: App, done: Callable[[], bool], *, then: float = 0.3) -> None:
    """Run the service with a quick tick until something is so, and a few ticks more."""

    async def run() -> None:
        service = asyncio.create_task(Service(app, tick_seconds=0.05, pages=False).run())
        await _until(done, service)
        await asyncio.sleep(then)
        app.stop.set()
        await service

    asyncio.run(run())


async def _until(done: Callable[[], bool], service: asyncio.Task[None]) -> None:
    for _ in range(1000):
        if done():
            return
        assert not service.done()
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


def run(work: Awaitable[Dealt]) -> Dealt:
    """Wait for a coroutine."""

    async def waited() -> Dealt:
        return await work

    return asyncio.run(waited())


def test_the_service_sends_the_issue_once_for_its_slot_and_cron_finds_nothing_to_do(
    letter: Site, server: RecordingServer
) -> None:
    with letter.app(FRIDAY) as (app, _):
        serve_until(app, lambda: len(server.messages) == 3)
        slots = app.ledger.slots("letter")
    with letter.app(FRIDAY) as (app, _):
        newsletter = app.publication("letter")[0].newsletter
        dealt = run(app.send_due().run(newsletter))

    assert len(server.messages) == 3
    assert slots == [("2027-04-02T09:00", "issue 1")]
    assert dealt == Dealt(newsletter="letter")


def test_the_service_waits_for_the_slot(letter: Site, server: RecordingServer) -> None:
    with letter.app(FRIDAY - timedelta(minutes=1)) as (app, clock):
        too_early: list[int] = []

        def slot_came() -> bool:
            if len(too_early) < 20:
                too_early.append(len(server.messages))
            elif len(too_early) == 20:
                too_early.append(len(server.messages))
                clock.advance(timedelta(minutes=1))
            return len(server.messages) == 3

        serve_until(app, slot_came)

    assert set(too_early) == {0}
    assert len(server.messages) == 3


def test_a_slot_with_nothing_new_is_used_up_and_sends_nothing(
    letter: Site, server: RecordingServer
) -> None:
    with letter.app(FRIDAY) as (app, clock):
        newsletter = app.publication("letter")[0].newsletter
        first = run(app.send_due().run(newsletter))
        clock.advance(timedelta(days=7))
        second = run(app.send_due().run(newsletter))
        slots = dict(app.ledger.slots("letter"))

    assert first.slot == "2027-04-02T09:00"
    assert second.slot == "2027-04-09T09:00"
    assert len(server.messages) == 3
    assert slots["2027-04-09T09:00"] == "nothing new"


def test_a_slot_that_was_missed_for_too_long_is_reported_and_not_sent(
    letter: Site, server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    with letter.app(FRIDAY) as (app, clock):
        newsletter = app.publication("letter")[0].newsletter
        run(app.send_due().run(newsletter))
        letter.write(
            "content/letter/items/second.md",
            '+++\ntitle = "Second"\ndate = 2023-04-01\nsection = "news"\n+++\nBody.\n',
        )
        clock.advance(timedelta(days=7, hours=8))
        with caplog.at_level(logging.INFO, logger="digest"):
            serve_until(app, lambda: "missed" in caplog.text)
        slots = dict(app.ledger.slots("letter"))

    assert len(server.messages) == 3
    assert slots["2027-04-09T09:00"] == "missed"
    assert caplog.text.count("slot 2027-04-09T09:00 was missed") == 1


def test_a_slot_missed_for_a_short_time_is_sent(letter: Site, server: RecordingServer) -> None:
    with letter.app(FRIDAY + timedelta(hours=5)) as (app, _):
        newsletter = app.publication("letter")[0].newsletter
        dealt = run(app.send_due().run(newsletter))

    assert dealt.slot == "2027-04-02T09:00"
    assert len(server.messages) == 3


def test_a_broken_file_keeps_the_slot_open_until_it_is_mended(
    letter: Site, server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    broken = letter.write_item("broken", "Broken", sektion="x")
    with letter.app(FRIDAY) as (app, _), caplog.at_level(logging.INFO, logger="digest"):
        mended: list[int] = []

        def mend_once_said() -> bool:
            if "broken.md" in caplog.text and not mended:
                mended.append(len(server.messages))
                broken.unlink()
            return len(server.messages) == 3

        serve_until(app, mend_once_said)
        slots = app.ledger.slots("letter")

    assert mended == [0]
    assert caplog.text.count("broken.md") == 1
    assert slots == [("2027-04-02T09:00", "issue 1")]


def test_the_log_names_no_reader(
    letter: Site, server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    with letter.app(FRIDAY) as (app, _), caplog.at_level(logging.INFO):
        serve_until(app, lambda: len(server.messages) == 3)

    assert "issue 1, slot 2027-04-02T09:00: complete" in caplog.text
    assert "readers.example" not in caplog.text
    assert "Reader 1" not in caplog.text


def every_minute(site: Site) -> None:
    """Let a slot be due at any moment, so that a real process with the real clock sends."""
    path = site.folder / "newsletter.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"0 9 * * 5"', '"* * * * *"'), encoding="utf-8")


def test_sigterm_ends_the_service_within_ten_seconds_and_leaves_nothing_under_way(
    tmp_path: Path,
) -> None:
    with RecordingServer([Rule("DOT", delay=0.02)]) as slow:
        site = letter_site(tmp_path / "site", readers=300).through(slow, web__port="0")
        every_minute(site)
        with site.start("run") as process:
            slow.wait_for(5, seconds=30)
            ended = terminate(process)
        taken = len(slow.messages)
        mailing = site.status()

    assert ended.code == 0, ended.said
    assert "the service has stopped" in ended.err
    assert 5 <= taken < 300
    assert mailing["states"]["sending"] == 0
    assert mailing["states"]["sent"] == taken
    assert mailing["possible_duplicates"] == 0


def test_a_restarted_service_sends_the_rest(tmp_path: Path) -> None:
    with RecordingServer([Rule("DOT", delay=0.02, times=10)]) as server:
        site = letter_site(tmp_path / "site", readers=60).through(server, web__port="0")
        every_minute(site)
        with site.start("run") as process:
            server.wait_for(3, seconds=30)
            terminate(process)
        with site.start("run", "--no-web") as process:
            server.wait_for(60, seconds=30)
            ended = terminate(process)

    assert ended.code == 0, ended.said
    assert len({message.rcpt for message in server.messages}) == len(server.messages) == 60


def test_an_idle_service_ends_at_once(letter: Site) -> None:
    with letter.having(web__port="0").start("run") as process:
        process.wait_for_line("the service runs")
        ended = terminate(process)

    assert ended.code == 0, ended.said


@pytest.mark.parametrize("command", ["run", "web"])
def test_a_port_that_is_taken_is_said_clearly(letter: Site, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = letter.having(web__port=str(port)).run(command, seconds=30)

    assert ran.code == 1
    assert f"[web] 127.0.0.1:{port}" in ran.err
    assert "DIGEST_WEB__PORT" in ran.err
    assert "Traceback" not in ran.err
