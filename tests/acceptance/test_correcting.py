"""Correcting an issue that is half sent: nobody gets two revisions in full."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.acceptance.mails import Mail
from tests.sites import LETTER, Site, letter_site, reader
from tests.smtp_server import RecordingServer, Rule

READERS = [reader(number) for number in (1, 2, 3)]
ITEM = f"content/{LETTER}/items/first.md"
MENDED = (
    '+++\ntitle = "The mended thing"\ndate = 2023-03-01\nsection = "news"\n+++\nIts new body.\n'
)
NOTICE = '+++\nsubject = "A correction"\ntitle = "We were wrong"\n+++\nIt was 8, not 9.\n'


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("correcting") / "site", readers=3)


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A small newsletter with three readers, nothing sent yet."""
    return _letter.copy(tmp_path / "site")


def refusing(*numbers: int) -> list[Rule]:
    """Refuse us, and not the reader, at these readers' messages."""
    return [Rule("DOT", "550 5.7.1 blocked", rcpt=reader(number)) for number in numbers]


def half_sent(letter: Site, server: RecordingServer) -> Site:
    """Send the first issue to one reader of three, then be refused; mend the item meanwhile."""
    server.rules = refusing(2, 3)
    site = letter.through(server)
    assert site.call("send-now", "--yes").code == 1
    server.rules = []
    site.write(ITEM, MENDED)
    return site


def got(server: RecordingServer) -> dict[str, list[str]]:
    """Return who got what: "old", "new" or "notice", in order."""
    mails: dict[str, list[str]] = defaultdict(list)
    for message in server.messages:
        mail = Mail(message.rcpt, message.content)
        kinds = {
            "old": mail.says("The first thing"),
            "new": mail.says("The mended thing"),
            "notice": mail.says("It was 8, not 9."),
        }
        mails[message.rcpt].append("+".join(kind for kind, is_it in kinds.items() if is_it))
    return mails


def test_the_rest_get_the_new_revision_and_who_has_had_it_gets_nothing(letter: Site) -> None:
    with RecordingServer() as server:
        site = half_sent(letter, server)
        corrected = site.call("correct", "1", "--yes")
        sent = site.call("send-now")

    assert corrected.code == 0, corrected.said
    assert "changed: first" in corrected.out
    assert "+" in corrected.out
    assert "The mended thing" in corrected.out
    assert "goes to 2 readers who had nothing yet" in corrected.out
    assert sent.code == 0, sent.said
    assert Counter(tuple(each) for each in got(server).values()) == {("old",): 1, ("new",): 2}
    mailing = site.status()
    assert (mailing["state"], mailing["revision"], mailing["states"]["sent"]) == ("complete", 2, 3)
    receipt = tomllib.loads((site.folder / "sent" / "1.toml").read_text())
    assert receipt["revision"] == 2


def test_why_names_the_revision_that_each_reader_got(letter: Site) -> None:
    with RecordingServer() as server:
        site = half_sent(letter, server)
        site.call("correct", "1", "--yes")
        site.call("send-now")

    revisions = {address: site.why(address)[0]["revision"] for address in READERS}
    by_mail = {address: 1 if what == ["old"] else 2 for address, what in got(server).items()}
    assert revisions == by_mail
    newer = next(address for address, revision in revisions.items() if revision == 2)
    assert "issue 1, revision 2: sent" in site.call("why", newer).out


def test_who_has_had_it_gets_the_short_correction_if_there_is_one(letter: Site) -> None:
    with RecordingServer() as server:
        site = half_sent(letter, server)
        site.write(f"content/{LETTER}/notes/1.correction.md", NOTICE)
        corrected = site.call("correct", "1", "--yes")
        sent = [site.call("send-now"), site.call("send-now")]

    assert corrected.code == 0, corrected.said
    assert "1 reader will get the short correction" in corrected.out
    assert sent[0].code == 0, sent[0].said
    assert Counter(tuple(each) for each in got(server).values()) == {
        ("old", "notice"): 1,
        ("new",): 2,
    }
    told = next(address for address, what in got(server).items() if "notice" in what)
    assert "issue 1, correction: sent" in site.call("why", told).out
    assert site.call("status").out.count("complete") >= 2
    again = site.call("send-now")
    assert "nothing new" in again.out


def test_everybody_who_has_had_it_can_be_told_of_the_mistake(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server)
    site.call("send-now", "--yes")
    site.write(ITEM, MENDED)

    nobody = site.call("correct", "1", "--yes")
    site.write(f"content/{LETTER}/notes/1.correction.md", NOTICE)
    told = site.call("correct", "1", "--yes")
    sent = site.call("send-now")

    assert nobody.code == 1
    assert "everybody has had it" in nobody.err
    assert "notes/1.correction.md" in nobody.err
    assert told.code == 0, told.said
    assert sent.code == 0, sent.said
    assert set(map(tuple, got(server).values())) == {("old", "notice")}


def test_nothing_that_changed_is_nothing_to_correct(letter: Site, server: RecordingServer) -> None:
    site = letter.through(server)
    site.call("send-now", "--yes")

    ran = site.call("correct", "1", "--yes")

    assert ran.code == 1
    assert "is as it was frozen" in ran.err


def test_a_correction_that_the_gate_stops_changes_nothing(letter: Site) -> None:
    with RecordingServer() as server:
        site = half_sent(letter, server)
        site.write(ITEM, MENDED.replace("Its new body.", "TODO: write [this](http://x.invalid"))
        site.write(ITEM, MENDED.replace('section = "news"', 'section = "nowhere"'))
        ran = site.call("correct", "1", "--yes")

    assert ran.code == 1
    assert "unknown section" in ran.err
    assert site.status()["revision"] == 1


def test_a_dry_run_shows_the_difference_and_stores_nothing(letter: Site) -> None:
    with RecordingServer() as server:
        site = half_sent(letter, server)
        ran = site.call("correct", "1", "--dry-run")
        unasked = site.call("correct", "1")

    assert ran.code == 0
    assert "The mended thing" in ran.out
    assert site.status()["revision"] == 1
    assert unasked.code == 2
    assert "Add --yes" in unasked.err


def test_what_is_in_doubt_keeps_its_revision(letter: Site) -> None:
    lost = Rule("DOT", close=True, rcpt=reader(2), times=1)
    with RecordingServer([lost, *refusing(3)]) as server:
        site = letter.through(server)
        site.call("send-now", "--yes")
        doubtful = site.status()["states"]["in_doubt"]
        server.rules = []
        site.write(ITEM, MENDED)
        corrected = site.call("correct", "1", "--yes")
        site.call("send-now")

    assert doubtful == 1
    assert corrected.code == 0, corrected.said
    assert Counter(tuple(each) for each in got(server).values()) == {("old",): 2, ("new",): 1}
    assert site.status()["possible_duplicates"] == 1


def test_a_second_correction_reaches_only_who_has_had_none(letter: Site) -> None:
    with RecordingServer() as server:
        site = half_sent(letter, server)
        site.call("correct", "1", "--yes")
        server.rules = refusing(3)
        site.call("send-now")
        server.rules = []
        site.write(ITEM, MENDED.replace("mended", "final"))
        ran = site.call("correct", "1", "--yes")
        site.call("send-now")

    assert ran.code == 0, ran.said
    assert site.status()["revision"] == 3
    revisions = sorted(site.why(address)[0]["revision"] for address in READERS)
    assert revisions == [1, 2, 3]
    assert all(count == 1 for count in Counter(m.rcpt for m in server.messages).values())


def test_a_notice_can_be_paused_and_cancelled_by_itself(
    letter: Site, server: RecordingServer
) -> None:
    site = letter.through(server)
    site.call("send-now", "--yes")
    site.write(ITEM, MENDED)
    site.write(f"content/{LETTER}/notes/1.correction.md", NOTICE)
    site.call("correct", "1", "--yes")

    paused = site.call("pause")
    cancelled = site.call("cancel")
    sent = site.call("send-now")

    assert "the correction of issue 1 is paused" in paused.out
    assert "the correction of issue 1 is cancelled; 3 recipients will not get it" in cancelled.out
    assert "nothing new" in sent.out
    assert len(server.messages) == 3
    assert site.why(READERS[0])[-1]["state"] == "sent"
