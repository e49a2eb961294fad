"""The eyes of the power cuts: a disk, a database and a sender that break a promise are seen."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.power.conftest import LANES, READERS
from tests.power.disk import Power
from tests.power.importing import fail_and_import, record_import
from tests.power.outage import Outage, fail_and_resume
from tests.power.recording import Recording, record
from tests.sites import letter_site
from tests.storm.post import recording as server
from tests.storm.storm import Weather

CARELESS = Path(__file__).with_name("careless.py")


def cut_at(
    sent: Recording, instants: Iterable[int], folder: Path, *, way: str = "nothing"
) -> list[Outage]:
    """Let the power fail at these instants, each from the same send."""
    folder.mkdir()
    with server(folder) as post:
        return [
            fail_and_resume(
                sent,
                "sending",
                Power(cut, random.Random(cut), way, 512),
                room=folder / str(cut),
                post=post,
            )
            for cut in instants
        ]


def in_the_middle(sent: Recording, count: int = 4) -> list[int]:
    """Return instants while mail is sent, in even steps."""
    first, last = sent.spans["sending"]
    return [first + (last - first) * number // count for number in range(1, count + 1)]


@pytest.mark.parametrize("sent", ["DATA"], indirect=True)
def test_a_disk_that_says_it_has_synced_and_has_not_is_caught(
    sent: Recording, tmp_path: Path
) -> None:
    lying, instants = sent.on_a_disk_that_lies(), in_the_middle(sent)

    lost = cut_at(lying, instants, tmp_path / "lost")
    torn = cut_at(lying, instants, tmp_path / "torn", way="torn")

    assert all("something was said to the server" in outage.said for outage in lost)
    assert all(outage.unflagged for outage in lost)
    assert any("not sound" in outage.said for outage in torn)


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_database_that_does_not_sync_its_commits_is_caught(
    synchronous: str, tmp_path: Path
) -> None:
    site = letter_site(tmp_path / "site", readers=READERS)
    weather = Weather(recipients=READERS, kills=1, lanes=LANES, seed=0, delay=0.01)
    program = (str(CARELESS), synchronous)

    sent = record(site, tmp_path, weather, program=program, checkpoints=False)
    lost = cut_at(sent, in_the_middle(sent), tmp_path / "lost")
    behind = cut_at(sent, in_the_middle(sent), tmp_path / "behind", way="instant")

    assert all(outage.unflagged for outage in lost)
    assert any("said to the server" in outage.said for outage in behind)


@pytest.mark.parametrize("sent", ["DATA"], indirect=True)
def test_mail_that_leaves_before_its_commit_is_caught(sent: Recording, tmp_path: Path) -> None:
    hasty = sent.with_mail_earlier(places=10)
    said_rcpt = [event.index + 1 for event in hasty.events if b"\r\nRCPT" in event.data]

    found = cut_at(hasty, said_rcpt[1::8], tmp_path / "hasty")

    assert any("without an intent on disk" in outage.said for outage in found)


def test_an_import_whose_syncs_are_none_is_caught(tmp_path: Path) -> None:
    lying = record_import(tmp_path).on_a_disk_that_lies()
    power = Power(len(lying.events), random.Random(1), "nothing", 512)

    outage = fail_and_import(lying, power, tmp_path / "after")

    assert "0 readers" in outage.said
