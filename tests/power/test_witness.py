"""The witness: its log accounts for every byte, also in the middle of a send."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.power.wire import said
from tests.power.witness import Event, Witness
from tests.sites import letter_site
from tests.storm.lanes import with_lanes
from tests.storm.post import recording


def test_in_the_middle_of_a_send_the_files_are_what_the_log_says(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=200)
    with recording(tmp_path, "--delay", "0.02") as post:
        witness = Witness(with_lanes(site.through(post.port), 4), tmp_path)
        with witness.start("-m", "digest", "send-now", "--yes") as process:
            assert post.wait_for(50, alive=lambda: process.poll() is None)
            middle = witness.assert_complete()

    assert 0 < len(said(middle).ended) < 200


def test_a_change_that_was_not_seen_is_found(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=3)
    witness = Witness(site, tmp_path)
    done = witness.run("-m", "digest", "status")
    site.write("var/unseen", "written by a process that is not watched")

    with pytest.raises(AssertionError, match="var/unseen"):
        witness.assert_complete()

    assert done.returncode == 0, done.stderr


def test_a_file_below_a_folder_that_is_not_watched_is_nobodys_business(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=3)
    witness = Witness(site, tmp_path)
    elsewhere = tmp_path / "elsewhere"
    beside = tmp_path / "site-beside"
    script = "import sys; [open(path, 'w').write('x') for path in sys.argv[1:]]"

    done = witness.run("-c", script, str(elsewhere), str(beside), "var/here")

    assert done.returncode == 0, done.stderr
    assert {event.path for event in witness.assert_complete() if event.path} == {
        str(site.home / "var" / "here")
    }


@pytest.mark.parametrize(
    ("spoken", "begun", "ended"),
    [
        (b"MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n", ["a@x"], []),
        (b"MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\nRCPT TO:<b@x>\r\n.\r", ["a@x"], []),
        (b"RCPT TO:<a@x>\r\nDATA\r\none\r\n.\r\nRCPT TO:<b@x>\r\n", ["a@x", "b@x"], ["a@x"]),
        (b"RCPT TO:<a@x>\r\nBDAT 6\r\none\r\n", ["a@x"], []),
        (b"RCPT TO:<a@x>\r\nBDAT 5\r\none\r\nBDAT 0 LAST\r\n", ["a@x"], ["a@x"]),
        (b"RCPT TO:<a@x>\r\nBDAT 5 LAST\r\none\r\nRCPT TO:<b@x>\r\n", ["a@x", "b@x"], ["a@x"]),
        (b"RCPT TO:<a@x>\r\nBDAT 5 LAST\r\non", ["a@x"], []),
    ],
)
def test_what_was_said_is_known_to_the_byte(
    spoken: bytes, begun: list[str], ended: list[str]
) -> None:
    in_one = [Event(0, "N", 0, 7, 0, "", spoken)]
    in_many = [Event(at, "N", 0, 7, 0, "", bytes([byte])) for at, byte in enumerate(spoken)]

    for events in (in_one, in_many):
        heard = said(events)
        assert (heard.begun, heard.ended) == (begun, ended)
