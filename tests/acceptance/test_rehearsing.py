"""Looking before sending: test mails, dry runs, and a send that nobody confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import SentSample
from tests.acceptance.mails import Mail
from tests.sites import Site, letter_site, sample_site
from tests.smtp_server import RecordingServer, Rule


@pytest.fixture(scope="module")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sample_site(tmp_path_factory.mktemp("rehearsing") / "site")


@pytest.fixture
def sample(_sample: Site, server: RecordingServer, tmp_path: Path) -> Site:
    """The sample with its readers, nothing sent yet."""
    return _sample.copy(tmp_path / "site").through(server)


def tokens(mail: Mail) -> set[str]:
    """Return the tokens of a mail's links."""
    ours = (link for link in mail.html_links if "/l/" in link or "/a/" in link)
    return {link.split("?")[0].rsplit("/", 1)[1] for link in ours}


def test_a_test_mail_of_every_edition_goes_to_one_address_and_nothing_is_recorded(
    sample: Site, server: RecordingServer
) -> None:
    ran = sample.run("send-now", "--test", "editor@desk.example")

    assert ran.code == 0, ran.said
    assert "Nothing was recorded" in ran.out
    assert {message.rcpt for message in server.messages} == {"editor@desk.example"}
    planned = sample.call("plan", "--json").json["editions"]
    assert len(server.messages) == len([one for one in planned if one["recipients"]])
    assert sample.call("status", "--json").json == []


def test_a_test_mail_is_marked_and_names_no_reader(sample: Site, server: RecordingServer) -> None:
    sample.call("send-now", "--test", "editor@desk.example")

    mails = [Mail(message.rcpt, message.content) for message in server.messages]
    assert all(str(mail.parsed["Subject"]).startswith("[Test] ") for mail in mails)
    assert len({mail.parsed["Message-ID"] for mail in mails}) == len(mails)
    assert not any("readers.example" in mail.everything for mail in mails)


def test_a_test_mail_as_one_reader_is_that_readers_edition_alone(
    sample: Site, server: RecordingServer
) -> None:
    ran = sample.call(
        "send-now", "--test", "editor@desk.example", "--as", "nakamura.ren@readers.example"
    )

    assert ran.code == 0, ran.said
    (message,) = server.messages
    mail = Mail(message.rcpt, message.content)
    assert message.rcpt == "editor@desk.example"
    assert mail.parsed["Content-Language"] == "ja"
    assert "中村 蓮" in mail.text
    assert mail.answer_url("accept")
    assert "nakamura.ren@readers.example" not in mail.everything


def test_the_links_of_a_test_mail_lead_to_a_page_that_changes_nothing(
    sample: Site, server: RecordingServer
) -> None:
    sample.call("send-now", "--test", "editor@desk.example", "--as", "nakamura.ren@readers.example")
    sample.call("send-now", "--yes")

    test, *real = [Mail(message.rcpt, message.content) for message in server.messages]
    assert len(tokens(test)) == 1
    assert len(real) == 16
    assert not any(tokens(test) & tokens(mail) for mail in real)


def test_a_test_mail_that_is_refused_is_said_and_fails(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site")
    with RecordingServer([Rule("RCPT", "550 5.1.1 no such user")]) as server:
        ran = site.through(server).call("send-now", "--test", "gone@desk.example")

    assert ran.code == 1
    assert "not taken: 550" in ran.out


def test_a_test_to_what_is_no_address_sends_nothing(sample: Site, server: RecordingServer) -> None:
    ran = sample.call("send-now", "--test", "editor@@desk")

    assert ran.code != 0
    assert "editor@@desk" in ran.err
    assert server.connections == 0


def test_as_without_test_is_refused(sample: Site, server: RecordingServer) -> None:
    ran = sample.call("send-now", "--as", "nakamura.ren@readers.example", "--yes")

    assert ran.code == 2
    assert "--test" in ran.err
    assert server.connections == 0


def test_as_somebody_who_does_not_read_it_is_refused(sample: Site, server: RecordingServer) -> None:
    ran = sample.call("send-now", "--test", "editor@desk.example", "--as", "who@readers.example")

    assert ran.code == 1
    assert "who@readers.example: does not read open-class" in ran.err
    assert server.messages == []


def test_a_dry_run_shows_the_plan_and_sends_nothing(sample: Site, server: RecordingServer) -> None:
    ran = sample.run("send-now", "--dry-run", "--yes")

    assert ran.code == 0, ran.said
    assert "nothing was sent" in ran.out
    assert "16 readers" in ran.out
    assert server.connections == 0
    assert sample.call("status", "--json").json == []


def test_a_dry_run_of_a_broken_issue_says_what_is_wrong(
    sample: Site, server: RecordingServer
) -> None:
    sample.write_item("broken", "Broken", sektion="pay")

    ran = sample.call("send-now", "--dry-run")

    assert ran.code == 1
    assert "items/broken.md:5" in ran.said
    assert "sektion" in ran.said
    assert server.connections == 0


def test_without_yes_and_nobody_to_ask_nothing_is_sent(
    sample: Site, server: RecordingServer
) -> None:
    ran = sample.run("send-now")

    assert ran.code == 2
    assert "--yes" in ran.err
    assert server.messages == []
    assert sample.call("status", "--json").json == []


def test_an_unfinished_mailing_is_finished_without_asking_again(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=3)
    with RecordingServer([Rule("RCPT", "451 4.3.0 later", times=3)]) as server:
        reached = site.through(server, delivery__first_wait="1 seconds")
        first = reached.call("send-now", "--yes", "--wait", "0s")
        second = reached.call("send-now", "--wait", "5s")

    assert first.code == 75
    assert second.code == 0, second.said
    assert "Finished what was left of issue 1" in second.out
    assert len(server.messages) == 3


def test_the_sample_was_not_touched_by_looking_at_it(sent: SentSample) -> None:
    for command in ("plan", "check", "status", "build --out look"):
        assert sent.site.call(*command.split()).code == 0

    assert sent.site.status()["states"]["sent"] == 16
