"""What a person does to a mailing, by the real commands against a real SMTP server."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.test_server_trouble import free_port
from tests.sites import Site, letter_site, reader
from tests.smtp_server import RecordingServer, Rule

FIRST, SECOND, THIRD = (reader(number) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("control") / "site", readers=3)


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A small newsletter with three readers, nothing sent yet."""
    return _letter.copy(tmp_path / "site")


@pytest.fixture
def frozen(letter: Site) -> Site:
    """The same, its first issue frozen, and its server away: nothing has left."""
    assert letter.through(free_port()).call("send-now", "--yes").code == 75
    return letter


def taken(server: RecordingServer) -> Counter[str]:
    return Counter(message.rcpt for message in server.messages)


def test_a_paused_mailing_waits_for_its_person_and_then_goes_on(
    frozen: Site, server: RecordingServer
) -> None:
    site = frozen.through(server)

    paused, again = site.call("pause"), site.call("pause")
    resumed, twice = site.call("resume"), site.call("resume")
    sent = site.call("send-now", "--yes")

    assert (paused.code, again.code, resumed.code, twice.code) == (0, 0, 0, 0)
    assert "issue 1 is paused" in paused.out
    assert "issue 1 is already paused" in again.out
    assert "issue 1 goes on" in resumed.out
    assert "is not paused" in twice.out
    assert sent.code == 0, sent.said
    assert taken(server) == {FIRST: 1, SECOND: 1, THIRD: 1}


def test_a_mailing_cancelled_before_its_first_message_leaves_its_number_and_items_to_the_next(
    frozen: Site, server: RecordingServer
) -> None:
    site = frozen.through(server)

    cancelled, again = site.call("cancel"), site.call("cancel")
    planned = site.call("plan", "--json").json
    sent = site.call("send-now", "--yes")

    assert cancelled.code == 0, cancelled.said
    assert "its items wait for the next issue, which gets the same number" in cancelled.out
    assert "cancelled already" in again.out
    assert planned["issue"] == 1
    assert [item["id"] for item in planned["items"]] == ["first"]
    assert sent.code == 0, sent.said
    assert taken(server) == {FIRST: 1, SECOND: 1, THIRD: 1}
    assert site.call("status").code == 0


def test_a_mailing_that_has_begun_is_cancelled_only_by_a_yes_and_the_rest_is_skipped(
    letter: Site,
) -> None:
    refusals = [Rule("DOT", "550 5.7.1 blocked", rcpt=rcpt) for rcpt in (SECOND, THIRD)]
    with RecordingServer(refusals) as server:
        site = letter.through(server)
        site.call("send-now", "--yes")
        unasked = site.call("cancel")
        still = site.status()["state"]
        cancelled = site.call("cancel", "--yes")
        mailing = site.status()
        later = site.call("send-now", "--yes")

    assert unasked.code == 2
    assert "Add --yes" in unasked.err
    assert still == "paused"
    assert cancelled.code == 0, cancelled.said
    assert mailing["state"] == "cancelled"
    assert mailing["states"]["sent"] == 1
    assert mailing["states"]["skipped"] == 2
    assert mailing["adds_up"]
    assert "nothing new since issue 1" in later.out
    assert sum(taken(server).values()) == 1
    receipt = tomllib.loads((site.folder / "sent" / "1.toml").read_text())
    assert receipt["counts"] == {"sent": 1, "skipped": 2}


def test_what_was_refused_is_sent_once_the_reason_is_mended(letter: Site) -> None:
    full = Rule("RCPT", "550 5.2.2 mailbox full", rcpt=SECOND, times=1)
    with RecordingServer([full]) as server:
        site = letter.through(server)
        site.call("send-now", "--yes")
        before = site.status()
        retried = site.call("retry")
        sent = site.call("send-now")
        after = site.status()
        nothing = site.call("retry")

    assert (before["state"], before["states"]["refused"]) == ("complete", 1)
    assert retried.code == 0, retried.said
    assert "1 message of issue 1 will be sent once more" in retried.out
    assert sent.code == 0, sent.said
    assert (after["state"], after["states"]["sent"]) == ("complete", 3)
    assert after["possible_duplicates"] == 0
    assert taken(server) == {FIRST: 1, SECOND: 1, THIRD: 1}
    assert "nothing of issue 1 to send once more" in nothing.out
    receipt = tomllib.loads((site.folder / "sent" / "1.toml").read_text())
    assert receipt["counts"] == {"sent": 3}


def test_what_is_held_can_be_called_sent(letter: Site) -> None:
    lost = Rule("DOT", rcpt=SECOND, close=True, keep=True, times=1)
    with RecordingServer([lost]) as server:
        site = letter.through(server, delivery__in_doubt="hold")
        held = site.call("send-now", "--yes")
        neither = site.call("settle")
        settled = site.call("settle", "--sent", "--to", SECOND)

    assert held.code == 1
    assert neither.code == 2
    assert settled.code == 0, settled.said
    assert "The mailing is complete" in settled.out
    mailing = site.status()
    assert (mailing["state"], mailing["states"]["sent"]) == ("complete", 3)
    assert taken(server) == {FIRST: 1, SECOND: 1, THIRD: 1}
    assert (site.folder / "sent" / "1.toml").exists()


def test_what_is_held_can_be_sent_once_more_and_is_flagged(letter: Site) -> None:
    lost = Rule("DOT", rcpt=SECOND, close=True, keep=True, times=1)
    with RecordingServer([lost]) as server:
        site = letter.through(server, delivery__in_doubt="hold")
        site.call("send-now", "--yes")
        site.call("retry", "--held")
        sent = site.call("send-now")
        mailing = site.status()

    assert sent.code == 0, sent.said
    assert mailing["possible_duplicates"] == 1
    twice = [message.content for message in server.messages if message.rcpt == SECOND]
    assert len(twice) == 2
    assert len(set(twice)) == 1


def test_an_issue_is_sent_once_more_to_a_reader_who_says_that_it_did_not_come(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server)
    site.call("send-now", "--yes")

    again = site.call("resend", "1", SECOND.upper())
    stranger = site.call("resend", "1", "nobody@readers.example")
    unknown = site.call("resend", "7", SECOND)
    sent = site.call("send-now")

    assert again.code == 0, again.said
    assert stranger.code == 1
    assert "was not among the readers of issue 1" in stranger.err
    assert unknown.code == 1
    assert "issue 7 was not sent" in unknown.err
    assert sent.code == 0, sent.said
    assert taken(server) == {FIRST: 1, SECOND: 2, THIRD: 1}
    assert len({m.content for m in server.messages if m.rcpt == SECOND}) == 1
    assert site.why(SECOND)[0]["possible_duplicate"]


def test_a_reader_who_left_is_not_sent_anything_once_more(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server)
    site.call("send-now", "--yes")
    site.call("subscribers", "remove", SECOND)

    ran = site.call("resend", "1", SECOND)

    assert ran.code == 1
    assert "has left or is suppressed" in ran.err


@pytest.mark.parametrize("command", ["pause", "resume", "cancel", "retry"])
def test_without_a_mailing_the_commands_say_so(letter: Site, command: str) -> None:
    ran = letter.call(command)

    assert ran.code == 1
    assert "nothing has been sent yet" in ran.err
    assert "Traceback" not in ran.said


def test_a_mailing_that_is_complete_cannot_be_stopped(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server)
    site.call("send-now", "--yes")

    for command in ("pause", "resume", "cancel"):
        ran = site.call(command)
        assert (command, ran.code) == (command, 1)
        assert "is complete" in ran.err
