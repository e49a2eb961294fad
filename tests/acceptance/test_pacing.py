"""Limits, pauses and rollouts, by the real commands against a real SMTP server."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.acceptance.mails import Mail
from tests.sites import Site, letter_site, reader, terminate
from tests.smtp_server import RecordingServer, Rule

MANY = 40


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("pacing") / "site", readers=MANY)


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A newsletter with forty readers, nothing sent yet."""
    return _letter.copy(tmp_path / "site")


def limits(*texts: str) -> str:
    return json.dumps(texts)


def test_a_limit_holds_and_the_rest_is_left_to_a_later_run(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server, delivery__limits=limits("15/h"))

    first = site.call("send-now", "--yes", "--wait", "1s")
    again = site.call("send-now", "--wait", "1s")
    test = site.call("send-now", "--test", "me@example.org")

    assert first.code == 75
    assert "The limits let nothing more out now; the next may leave at" in first.err
    assert len(server.messages) == 15
    assert again.code == 75, "the windows are restored from the database"
    assert test.code == 75, "test mails count as well"
    assert "[delivery] limits: the limits let nothing out before" in test.err
    assert site.status()["states"]["queued"] == MANY - 15


def test_a_limit_a_second_takes_its_time(letter: Site, server: RecordingServer) -> None:
    site = letter.through(server, delivery__limits=limits("10/s"))

    began = time.monotonic()
    ran = site.call("send-now", "--yes", "--wait", "1s")

    assert ran.code == 0, ran.said
    assert len(server.messages) == MANY
    assert time.monotonic() - began > 3, "longer than --wait, for mail goes on leaving"


def test_rate_slows_a_single_send(letter: Site, server: RecordingServer) -> None:
    site = letter.through(server)

    ran = site.call("send-now", "--yes", "--rate", "5/h", "--connections", "2", "--wait", "0s")
    wrong = site.call("send-now", "--rate", "fast")

    assert ran.code == 75
    assert len(server.messages) == 5
    assert server.connections <= 2
    assert wrong.code == 2
    assert '"fast" is no limit' in wrong.err


def test_a_newsletters_own_limit_holds_besides_the_sites(
    letter: Site, server: RecordingServer
) -> None:
    toml = (letter.folder / "newsletter.toml").read_text()
    site = letter.through(server, delivery__limits=limits("30/h"))
    site.write("content/letter/newsletter.toml", f'{toml}\n[delivery]\nlimits = ["7/h"]\n')

    site.call("send-now", "--yes", "--wait", "0s")

    assert len(server.messages) == 7


def test_a_limit_of_a_domain_does_not_hold_up_the_others(
    letter: Site, server: RecordingServer
) -> None:
    rows = "".join(f"p{number}@other.example,\n" for number in range(9))
    site = letter.through(
        server, delivery__domains=json.dumps({"readers.example": {"limits": ["3/h"]}})
    )
    site.write("more.csv", f"email,name\n{rows}")
    assert site.call("subscribers", "import", "more.csv").code == 0

    ran = site.call("send-now", "--yes", "--wait", "0s")

    assert ran.code == 75
    domains = [message.rcpt.partition("@")[2] for message in server.messages]
    assert domains.count("readers.example") == 3
    assert domains.count("other.example") == 9


def test_a_domain_that_asks_us_to_wait_is_left_alone_for_a_while(letter: Site) -> None:
    busy = [
        Rule("RCPT", "421 4.7.0 too many messages from you", rcpt=reader(number))
        for number in range(1, MANY + 1)
    ]
    with RecordingServer(busy) as server:
        site = letter.through(server, delivery__first_wait="1 hour")
        ran = site.call("send-now", "--yes", "--wait", "0s")
        tried = sum(line.startswith("RCPT") for line in server.commands)
        again = site.call("send-now", "--wait", "0s")
        after = sum(line.startswith("RCPT") for line in server.commands)

    assert ran.code == 75
    assert tried < MANY
    assert again.code == 75
    assert after == tried, "the pause outlives the process"
    assert site.status()["states"]["queued"] > 0


def test_plan_says_when_the_last_reader_would_have_it_and_warns(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server, delivery__limits=limits("2/d"))

    ran = site.call("plan")
    planned = site.call("plan", "--json").json

    assert "Sent now, the last of 40 readers has it at" in ran.out
    assert "2/d is what holds it up" in ran.out
    assert "would not be over at the next slot" in ran.err
    assert planned["limit"] == "2/d"
    assert planned["ends_at"]


def test_waiting_for_the_limits_delays_no_pause_and_no_end(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server, delivery__limits=limits("4/min"))

    with site.start("send-now", "--yes", "--wait", "10m") as process:
        server.wait_for(4)
        site.call("pause")
        began = time.monotonic()
        paused = process.ended(seconds=20)
        took = time.monotonic() - began
    site.call("resume")
    with site.start("send-now", "--yes", "--wait", "10m") as process:
        assert "4/min is the limit" in process.wait_for_line("4 of 40")
        stopped = terminate(process)

    assert paused.code == 1
    assert "paused by hand" in paused.err
    assert took < 10
    assert stopped.code == 75
    assert "Run again to send the rest" in stopped.err
    assert len(server.messages) == 4


def test_while_the_limits_let_nothing_out_the_server_is_left_alone(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server, delivery__limits=limits("4/h"))
    site.call("send-now", "--yes", "--wait", "0s")
    connections = server.connections

    again = site.call("send-due", "--wait", "0s")

    assert again.code == 75
    assert "the next may leave at" in again.err
    assert server.connections == connections


def test_a_send_under_way_hears_a_pause_and_only_resume_lets_it_go_on(letter: Site) -> None:
    with RecordingServer([Rule("DOT", delay=0.1)]) as server:
        site = letter.through(server, delivery__connections="2")
        with site.start("send-now", "--yes") as process:
            server.wait_for(3)
            paused = site.call("pause")
            sent = process.ended(seconds=20)
        so_far = len(server.messages)
        due = site.call("send-due")
        refused = site.call("send-now", "--yes")
        still = len(server.messages)
        site.call("resume")
        rest = site.call("send-now", "--yes", "--connections", "20")

    assert paused.code == 0, paused.said
    assert sent.code == 1
    assert "digest resume letter lets it go on" in sent.err
    assert 3 <= so_far < MANY
    assert due.code == 0
    assert "paused until `digest resume`: paused by hand" in due.out
    assert refused.code == 1
    assert still == so_far
    assert rest.code == 0, rest.said
    assert sorted(m.rcpt for m in server.messages) == sorted(map(reader, range(1, MANY + 1)))
    assert site.status()["possible_duplicates"] == 0


def test_a_send_under_way_hears_that_it_is_cancelled(letter: Site) -> None:
    with RecordingServer([Rule("DOT", delay=0.1)]) as server:
        site = letter.through(server, delivery__connections="2")
        with site.start("send-now", "--yes") as process:
            server.wait_for(3)
            cancelled = site.call("cancel", "--yes")
            sent = process.ended(seconds=20)

    assert cancelled.code == 0, cancelled.said
    assert sent.code == 1
    assert "was cancelled" in sent.err
    mailing = site.status()
    assert mailing["state"] == "cancelled"
    assert mailing["states"]["sent"] == len(server.messages) < MANY
    assert mailing["states"]["sent"] + mailing["states"]["skipped"] == MANY
    assert (site.folder / "sent" / "1.toml").exists()


def test_a_correction_waits_for_the_process_that_sends(letter: Site) -> None:
    with RecordingServer([Rule("DOT", delay=0.3)]) as server:
        site = letter.through(server, delivery__connections="2")
        with site.start("send-now", "--yes") as process:
            server.wait_for(3)
            site.write(
                "content/letter/items/first.md",
                '+++\ntitle = "Mended"\ndate = 2023-03-01\nsection = "news"\n+++\nNew.\n',
            )
            corrected = site.call("correct", "1", "--yes")
            sent = process.ended(seconds=20)
        rest = site.call("send-now", "--yes", "--connections", "20")

    assert corrected.code == 0, corrected.said
    assert "it is being corrected" in sent.err
    assert rest.code == 0, rest.said
    mails = [Mail(message.rcpt, message.content) for message in server.messages]
    old = [mail.rcpt for mail in mails if not mail.says("Mended")]
    new = [mail.rcpt for mail in mails if mail.says("Mended")]
    assert len(old) + len(new) == MANY
    assert set(old).isdisjoint(new)
    assert old
    assert new


class TestRollout:
    SEEDS = ("seed@example.org",)

    def rollout(self, **others: object) -> str:
        return json.dumps({"share": "10 %", "wait": "2 seconds", **others})

    def test_first_the_seeds_then_a_share_then_after_the_wait_the_rest(
        self, letter: Site, server: RecordingServer
    ) -> None:
        site = letter.through(server, delivery__rollout=self.rollout(seeds=self.SEEDS))

        first = site.call("send-now", "--yes", "--wait", "0s")
        so_far = [message.rcpt for message in server.messages]
        rest = site.call("send-now", "--wait", "5s")

        assert first.code == 75
        assert so_far[0] == "seed@example.org"
        assert Mail(so_far[0], server.messages[0].content).decoded("Subject").startswith("[Test]")
        assert len(so_far) == 1 + MANY // 10
        assert rest.code == 0, rest.said
        assert len(server.messages) == 1 + MANY, "seeds get it once"

    def test_too_many_refusals_stop_it_until_a_person_resumes(self, letter: Site) -> None:
        with RecordingServer([Rule("RCPT", "550 5.2.2 full", rcpt=reader(2))]) as server:
            site = letter.through(server, delivery__rollout=self.rollout())
            stopped = site.call("send-now", "--yes", "--wait", "5s")
            mailing = site.status()
            due = site.call("send-due", "--wait", "5s")
            site.call("resume")
            rest = site.call("send-now", "--wait", "5s")

        assert stopped.code == 1
        assert "1 of the first 4 readers were refused" in stopped.err
        assert (mailing["state"], mailing["paused_by"]) == ("paused", "rollout")
        assert mailing["states"]["queued"] == MANY - 4
        assert "paused until `digest resume`" in due.out
        assert rest.code == 0, rest.said
        assert len(server.messages) == MANY - 1

    def test_a_seed_that_is_not_taken_stops_it_before_the_first_reader(self, letter: Site) -> None:
        spam = Rule("DOT", "550 5.7.1 looks like spam", rcpt="seed@example.org")
        with RecordingServer([spam]) as server:
            site = letter.through(server, delivery__rollout=self.rollout(seeds=self.SEEDS))
            stopped = site.call("send-now", "--yes")
            cancelled = site.call("cancel")

        assert stopped.code == 1
        assert "the seed seed@example.org was not taken: 550" in stopped.err
        assert server.messages == []
        assert "which gets the same number" in cancelled.out
