"""Databases that cannot be used: said clearly, and nothing is sent or written over."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from tests.sites import Site, letter_site
from tests.smtp_server import RecordingServer


@pytest.fixture
def letter(tmp_path: Path, server: RecordingServer) -> Site:
    """A small newsletter with three readers, nothing sent yet."""
    return letter_site(tmp_path / "site", readers=3).through(server)


def database(site: Site) -> Path:
    """Return the site's database."""
    return site.home / "var" / "digest.db"


def change(path: Path, statement: str) -> None:
    """Change a database behind digest's back."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_database_locked_by_another_process_means_later(
    letter: Site,
    server: RecordingServer,
    locked_database: Callable[[Path], AbstractContextManager[None]],
) -> None:
    with locked_database(database(letter)):
        looked = letter.call("status")
        # Both wait for it as long as they will, side by side.
        with (
            letter.start("send-now", "--yes") as sending,
            letter.start("subscribers", "remove", "r1@readers.example") as removing,
        ):
            ended = [sending.ended(), removing.ended()]
    again = letter.call("send-now", "--yes")

    assert looked.code == 0
    for ran in ended:
        assert ran.code == 75, ran.said
        assert "another process is writing to it. Try again in a moment" in ran.err
        assert "Traceback" not in ran.err
    assert again.code == 0, again.said
    assert len(server.messages) == 3


def test_a_database_of_a_newer_version_is_left_alone(letter: Site, server: RecordingServer) -> None:
    change(database(letter), "UPDATE alembic_version SET version_num = '9999'")
    before = database(letter).read_bytes()

    for command in ("send-now --yes", "status", "plan", "db upgrade", "subscribers list"):
        ran = letter.call(*command.split())

        assert ran.code == 1, command
        assert "made by a newer digest (revision 9999" in ran.err
        assert "Install that version" in ran.err
    assert database(letter).read_bytes() == before
    assert server.messages == []


def test_a_database_of_another_program_is_left_alone(
    letter: Site, tmp_path: Path, server: RecordingServer
) -> None:
    other = tmp_path / "other.db"
    change(other, "CREATE TABLE subscriber (id INTEGER)")

    ran = letter.having(database__url=f"sqlite:///{other}").call("send-now", "--yes")

    assert ran.code == 1
    assert "belongs to another program" in ran.err
    assert server.messages == []


def test_a_file_that_is_no_database_is_left_alone(letter: Site, server: RecordingServer) -> None:
    for path in database(letter).parent.glob("digest.db*"):
        path.unlink()
    database(letter).write_bytes(b"Dear diary,\n" * 500)

    ran = letter.call("send-now", "--yes")

    assert ran.code == 1
    assert "the file is not a database" in ran.err
    assert "[database] url" in ran.err
    assert database(letter).read_bytes() == b"Dear diary,\n" * 500
    assert server.messages == []


def test_a_damaged_database_is_said_to_be_damaged(letter: Site, server: RecordingServer) -> None:
    whole = database(letter).read_bytes()
    database(letter).write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))

    ran = letter.call("send-now", "--yes")

    assert ran.code == 1, ran.said
    assert "damaged" in ran.err
    assert "backup" in ran.err
    assert "Traceback" not in ran.err
    assert server.messages == []


def test_a_database_in_a_folder_that_is_not_there_is_not_made(letter: Site, tmp_path: Path) -> None:
    site = letter.having(database__url=f"sqlite:///{tmp_path}/nowhere/digest.db")

    ran = site.call("subscribers", "import", str(site.home / "readers.csv"))

    assert ran.code == 1
    assert "nowhere/digest.db: its folder does not exist. Create it with: mkdir -p" in ran.err
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_is_said_clearly(letter: Site, tmp_path: Path) -> None:
    # A file where the folder should be: that stops the superuser too.
    site = letter_site(tmp_path / "fresh", readers=0)
    site.write("var", "I am a file")

    ran = site.call("subscribers", "import", str(letter.home / "readers.csv"))

    assert ran.code == 1, ran.said
    assert "var" in ran.err
    assert "Traceback" not in ran.err


def test_a_folder_in_place_of_the_database_is_said_clearly(letter: Site, tmp_path: Path) -> None:
    ran = letter.having(database__url=f"sqlite:///{tmp_path}").call("status")

    assert ran.code == 1
    assert "this is a folder" in ran.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///:memory:", "a database in memory would forget"),
        ("mysql://u:secret@host/db", "mysql is not supported"),
        ("what is this", "this is not a database URL"),
    ],
)
def test_a_database_url_that_cannot_be_used_is_refused(letter: Site, url: str, said: str) -> None:
    ran = letter.having(database__url=url).call("send-now", "--yes")

    assert ran.code == 2
    assert said in ran.err
    assert "secret" not in ran.err


def test_a_receipt_that_cannot_be_written_is_a_warning_for_the_mail_has_left(
    letter: Site, server: RecordingServer
) -> None:
    letter.write("content/letter/sent", "I am a file")

    ran = letter.call("send-now", "--yes")

    assert ran.code == 0, ran.said
    assert "the receipt of issue 1 was not written" in ran.err
    assert len(server.messages) == 3


def test_a_receipt_that_still_cannot_be_written_is_said_again_and_hinders_no_issue(
    letter: Site, server: RecordingServer
) -> None:
    folder = letter.write("content/letter/sent", "I am a file")
    letter.call("send-now", "--yes")

    nothing_new = letter.call("send-now", "--yes")
    letter.write_item("second", "The second thing")
    folder.unlink()
    following = letter.call("send-now", "--yes")

    assert nothing_new.code == following.code == 0
    assert "the receipt of issue 1 was not written" in nothing_new.err
    assert len(server.messages) == 6
    assert sorted(path.name for path in folder.iterdir()) == ["1.toml", "2.toml"]


def test_keys_of_another_site_are_refused(letter: Site, server: RecordingServer) -> None:
    for path in (letter.home / "var" / "keys").iterdir():
        path.unlink()

    ran = letter.call("send-now", "--yes")

    assert ran.code in {1, 2}
    assert "key" in ran.err
    assert server.messages == []
