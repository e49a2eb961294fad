"""Two that want to send at once: one does, the other is told to come again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.sites import Site, letter_site
from tests.smtp_server import RecordingServer, Rule


@pytest.fixture
def letter(tmp_path: Path) -> Site:
    """A small newsletter with thirty readers."""
    return letter_site(tmp_path / "site", readers=30)


def test_a_second_send_beside_the_first_exits_75_and_sends_nothing(letter: Site) -> None:
    with RecordingServer([Rule("DOT", message=1, delay=15)]) as server:
        site = letter.through(server)
        with site.start("send-now", "--yes") as first:
            server.wait_for(1)
            with site.start("send-now", "--yes") as other, site.start("send-due") as cron:
                second, due = other.ended(), cron.ended()
            ended = first.ended()

    assert ended.code == 0, ended.said
    assert second.code == 75
    assert f"another process is sending (pid {first.pid})" in second.err
    assert "Traceback" not in second.said
    assert due.code == 75
    assert max(Counter(message.rcpt for message in server.messages).values()) == 1
    assert len(server.messages) == 30


def test_of_two_that_start_in_the_same_moment_one_sends(letter: Site) -> None:
    with RecordingServer([Rule("DOT", delay=0.05)]) as server:
        site = letter.through(server)
        with site.start("send-now", "--yes") as one, site.start("send-now", "--yes") as other:
            ended = [one.ended(), other.ended()]

    assert sorted(ran.code for ran in ended) == [0, 75], ended
    assert max(Counter(message.rcpt for message in server.messages).values()) == 1
    assert len(server.messages) == 30


def test_looking_and_changing_readers_goes_on_beside_a_send(letter: Site) -> None:
    with RecordingServer([Rule("DOT", delay=0.05)]) as server:
        site = letter.through(server)
        with site.start("send-now", "--yes") as first:
            server.wait_for(1)
            left = site.call("subscribers", "remove", "r30@readers.example")
            suppressed = site.call("suppress", "add", "r29@readers.example")
            status = site.call("status", "--json")
            ended = first.ended()

    assert left.code == suppressed.code == status.code == 0
    assert ended.code == 0, ended.said
    assert status.json[0]["adds_up"]
    assert len(server.messages) == 28
    assert site.status()["states"]["skipped"] == 2
