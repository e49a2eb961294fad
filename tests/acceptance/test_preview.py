"""`digest preview` as a process: it starts beside anything, and ends when it is told to."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from urllib.request import urlopen

from tests.sites import Process, letter_site, terminate


def address(process: Process) -> str:
    found = re.search(r"http://\S+/", process.wait_for_line("Preview on"))
    assert found
    return found[0]


def test_it_serves_the_next_issue_and_ends_at_once_when_told(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site")

    with site.start("preview", "--port", "0") as process:
        with urlopen(address(process) + "view/letter/next") as answer:
            page = answer.read().decode()
        events = urlopen(address(process) + "events")  # a page that listens holds nothing up
        assert events.readline()
        ended = terminate(process)
        events.close()

    assert "The first thing" in page
    assert ended.code == 0
    assert "Traceback" not in ended.said


def test_it_starts_with_a_site_that_is_broken(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=0)
    site.write("content/letter/newsletter.toml", "name = [\n")

    with (
        site.start("preview", "--port", "0") as process,
        urlopen(address(process) + "view/letter/next") as answer,
    ):
        page = answer.read().decode()

    assert "content/letter/newsletter.toml" in page
    assert 'role="alert"' in page


def test_a_site_without_a_newsletter_says_what_to_do(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=0)
    (site.folder / "newsletter.toml").unlink()

    with site.start("preview", "--port", "0") as process, urlopen(address(process)) as answer:
        page = answer.read().decode()

    assert "digest init" in page


def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=0)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = site.run("preview", "--port", str(taken.getsockname()[1]))

    assert ran.code == 1
    assert "[preview] 127.0.0.1" in ran.err
    assert "DIGEST_PREVIEW__PORT" in ran.err


def test_a_database_that_is_not_ours_is_said_and_not_touched(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=0)
    database = site.write("var/digest.db", b"no database at all, only some bytes")

    ran = site.run("preview", "--port", "0")

    assert ran.code == 1
    assert "the file is not a database" in ran.err
    assert database.read_bytes() == b"no database at all, only some bytes"
