"""SMTP servers that are away, refuse us, or break off: said clearly, and nobody is lost."""

from __future__ import annotations

import re
import socket
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.mails import Mail
from tests.certificates import Certificate, make_certificate
from tests.sites import BASE_URL, Site, letter_site, reader
from tests.smtp_server import RecordingServer, Rule

SECOND = reader(2)


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("trouble") / "site", readers=3)


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A small newsletter with three readers, nothing sent yet."""
    return _letter.copy(tmp_path / "site")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate of an authority that no system knows."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def assert_all_sent_once(site: Site, server: RecordingServer) -> None:
    """Check that everybody has it, once, and that the account says so."""
    mailing = site.status()
    assert Counter(message.rcpt for message in server.messages) == {
        reader(number): 1 for number in (1, 2, 3)
    }
    assert mailing["state"] == "complete"
    assert mailing["states"]["sent"] == 3


def test_a_server_that_is_away_means_later_and_then_all_is_sent(letter: Site) -> None:
    port = free_port()
    away = letter.through(port).run("send-now", "--yes")
    mailing = letter.status()
    with RecordingServer(port=port) as server:
        back = letter.through(server).call("send-now", "--yes")

    assert away.code == 75
    assert f"127.0.0.1:{port}: the server is away" in away.err
    assert "[smtp] host and port" in away.err
    assert "Traceback" not in away.err
    assert mailing["states"]["queued"] == 3
    assert back.code == 0
    assert_all_sent_once(letter, server)


def test_a_server_whose_name_nobody_knows_means_later(letter: Site) -> None:
    site = letter.having(
        smtp__host="mail.nowhere.invalid", smtp__security="none", site__base_url=BASE_URL
    )

    ran = site.call("send-now", "--yes")

    assert ran.code == 75
    assert "mail.nowhere.invalid:587" in ran.err
    assert "cannot be resolved" in ran.err


def test_a_server_that_says_it_is_busy_means_later(letter: Site) -> None:
    with RecordingServer([Rule("CONNECT", "421 4.3.2 busy", close=True, times=1)]) as server:
        site = letter.through(server)
        busy = site.call("send-now", "--yes")
        later = site.call("send-now", "--yes")

    assert busy.code == 75
    assert "421" in busy.err
    assert later.code == 0
    assert_all_sent_once(site, server)


def test_a_refused_login_pauses_and_the_mended_password_sends_all(letter: Site) -> None:
    with RecordingServer(users={"digest": "right"}) as server:
        wrong = letter.through(server, smtp__username="digest", smtp__password="wrong-secret")
        refused = wrong.call("send-now", "--yes")
        mailing = wrong.status()
        shown = wrong.call("status")
        mended = wrong.having(smtp__password="right").call("send-now", "--yes")

    assert refused.code == 1
    assert "the login was refused: 535" in refused.err
    assert "DIGEST_SMTP__PASSWORD" in refused.err
    assert "wrong-secret" not in refused.said + shown.said
    assert mailing["state"] == "paused"
    assert mailing["states"]["queued"] == 3
    assert shown.code == 1
    assert "mend it, then: digest send-now letter" in shown.out
    assert mended.code == 0, mended.said
    assert_all_sent_once(letter, server)


def test_a_user_without_a_password_is_refused_before_anything_is_frozen(
    letter: Site, server: RecordingServer
) -> None:
    ran = letter.through(server, smtp__username="digest").call("send-now", "--yes")

    assert ran.code == 2
    assert "[smtp] password: there is no password" in ran.err
    assert server.connections == 0
    assert letter.call("status", "--json").json == []


def test_starttls_that_is_not_offered_sends_nothing(letter: Site, server: RecordingServer) -> None:
    site = letter.through(server).having(smtp__security="starttls")

    ran = site.call("send-now", "--yes")

    assert ran.code == 1
    assert "does not offer STARTTLS, so nothing was sent" in ran.err
    assert server.messages == []
    assert not [line for line in server.commands if line.startswith(("MAIL", "AUTH"))]
    assert site.status()["states"]["queued"] == 3


def test_a_certificate_that_nobody_vouches_for_sends_nothing(
    letter: Site, certificate: Certificate
) -> None:
    with RecordingServer(tls=certificate.context()) as server:
        site = letter.through(server).having(smtp__security="starttls")
        refused = site.call("send-now", "--yes")
        so_far = list(server.messages)
        trusted = site.having(smtp__ca_file=str(certificate.ca_file)).call("send-now", "--yes")

    assert refused.code == 1
    assert "certificate is not valid" in refused.err
    assert "ca_file" in refused.err
    assert so_far == []
    assert trusted.code == 0, trusted.said
    assert_all_sent_once(site, server)


def test_one_deferred_reader_is_tried_again_when_due(letter: Site) -> None:
    with RecordingServer([Rule("RCPT", "451 4.7.1 greylisted", rcpt=SECOND, times=1)]) as server:
        site = letter.through(server, delivery__first_wait="1 seconds")
        first = site.call("send-now", "--yes", "--wait", "0s")
        mailing = site.status()
        status = site.call("status")
        later = site.call("send-now", "--wait", "10s")

    assert first.code == 75
    assert re.search(r"the next try is at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", first.err)
    assert mailing["states"]["sent"] == 2
    assert mailing["states"]["deferred"] == 1
    assert mailing["next_due"]
    assert "not finished; digest send-now letter" in status.out
    assert later.code == 0, later.said
    assert_all_sent_once(site, server)
    (issue,) = site.why(SECOND)
    assert [attempt[1:] for attempt in issue["attempts"]] == [
        ["deferred", 451, "4.7.1 greylisted"],
        ["accepted", 250, "2.0.0 taken"],
    ]


def test_a_send_waits_for_a_deferred_reader_who_is_due_soon(letter: Site) -> None:
    with RecordingServer([Rule("DOT", "452 4.2.2 full", rcpt=SECOND, times=1)]) as server:
        site = letter.through(server, delivery__first_wait="1 seconds")
        ran = site.call("send-now", "--yes", "--wait", "10s")

    assert ran.code == 0, ran.said
    assert_all_sent_once(site, server)


def test_one_refused_reader_does_not_keep_the_others_from_it(letter: Site) -> None:
    with RecordingServer([Rule("RCPT", "550 5.1.1 no such user", rcpt=SECOND)]) as server:
        site = letter.through(server)
        ran = site.call("send-now", "--yes")
        status = site.call("status")
        why = site.call("why", SECOND)

    assert ran.code == 0, ran.said
    assert {message.rcpt for message in server.messages} == {reader(1), reader(3)}
    assert "3 recipients = 2 sent + 1 refused" in ran.out
    assert SECOND in status.out
    assert "550" in status.out
    assert "no such user" in why.out
    assert site.status()["adds_up"]


def test_a_server_that_refuses_us_for_policy_pauses_and_blames_no_reader(letter: Site) -> None:
    with RecordingServer([Rule("DOT", "550 5.7.1 blocked", times=1)]) as server:
        site = letter.through(server)
        blocked = site.call("send-now", "--yes")
        mailing = site.status()
        mended = site.call("send-now", "--yes")

    assert blocked.code == 1
    assert "The mailing is paused: the server refuses our mail: 550" in blocked.err
    assert mailing["state"] == "paused"
    assert mailing["states"]["queued"] == 3
    assert mended.code == 0, mended.said
    assert_all_sent_once(site, server)


@pytest.mark.parametrize("kept", [True, False], ids=["taken", "not taken"])
def test_a_line_lost_before_the_last_reply_is_sent_once_more_and_flagged(
    letter: Site, kept: bool
) -> None:
    with RecordingServer([Rule("DOT", message=2, close=True, keep=kept, times=1)]) as server:
        site = letter.through(server)
        ran = site.call("send-now", "--yes")

    counts = Counter(message.rcpt for message in server.messages)
    (issue,) = site.why(SECOND)
    assert ran.code == 0, ran.said
    assert "1 possible duplicate (flagged)" in ran.out
    assert counts == {reader(1): 1, SECOND: 2 if kept else 1, reader(3): 1}
    assert issue["possible_duplicate"] is True
    assert [attempt[1] for attempt in issue["attempts"]] == ["in_doubt", "accepted"]
    ids = {
        Mail(SECOND, message.content).parsed["Message-ID"]
        for message in server.messages
        if message.rcpt == SECOND
    }
    assert len(ids) == 1


def test_what_is_in_doubt_is_held_where_the_settings_say_so(letter: Site) -> None:
    with RecordingServer([Rule("DOT", message=2, close=True, keep=True, times=1)]) as server:
        site = letter.through(server, delivery__in_doubt="hold")
        ran = site.call("send-now", "--yes")
        again = site.call("send-now", "--yes")
        status = site.call("status")

    assert ran.code == 1
    assert "Some are held" in ran.err
    assert "Nothing was sent" in again.out
    assert status.code == 1
    assert "look before sending again" in status.out
    assert Counter(message.rcpt for message in server.messages)[SECOND] == 1
    assert site.status()["states"]["held"] == 1


def test_a_server_that_goes_away_in_the_middle_loses_nobody(letter: Site) -> None:
    gone = [Rule("CONNECT", close=True, connection=number) for number in range(2, 7)]
    rules = [Rule("MAIL", close=True, message=2), *gone]
    with RecordingServer(rules) as server:
        site = letter.through(server, delivery__first_wait="1 seconds")
        away = site.call("send-now", "--yes", "--wait", "0s")
        mailing = site.status()
        back = site.call("send-now", "--wait", "10s")

    assert away.code == 75, away.said
    assert mailing["states"]["sent"] == 1
    assert mailing["states"]["queued"] + mailing["states"]["deferred"] == 2
    assert back.code == 0, back.said
    assert_all_sent_once(site, server)


def test_mail_with_links_to_this_machine_does_not_leave_it(letter: Site) -> None:
    site = letter.having(smtp__host="smtp.example.org", site__base_url="http://127.0.0.1:8025")

    ran = site.call("send-now", "--yes")

    assert ran.code == 2
    assert "site.base_url" in ran.err
    assert "public https address" in ran.err
    assert site.call("status", "--json").json == []
