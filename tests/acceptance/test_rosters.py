"""Subscribers come in by CSV as the world writes it: the good rows in, the bad ones reported."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.acceptance.mails import Mail
from tests.sites import Site, letter_site, sample_site
from tests.smtp_server import RecordingServer


@pytest.fixture
def letter(tmp_path: Path) -> Site:
    """A small newsletter that nobody reads yet."""
    return letter_site(tmp_path / "site", readers=0)


def bring_in(site: Site, content: str | bytes, *options: str) -> tuple[int, str]:
    """Import a file; return the exit code and all that was said."""
    site.write("in.csv", content)
    ran = site.call("subscribers", "import", "in.csv", *options)
    assert "Traceback" not in ran.said
    return ran.code, ran.said


def people(site: Site) -> dict[str, str]:
    """Return who reads the newsletter, with their names."""
    listed = site.call("subscribers", "list", "--json", "--limit", "10000").json
    return {one["address"]: one["name"] for one in listed}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_in_this_encoding_is_read(letter: Site, encoding: str) -> None:
    text = "email,name\na@readers.example,佐藤 花子\n"
    content = text.encode(encoding)
    if encoding == "utf-16-le":
        content = b"\xff\xfe" + content

    code, said = bring_in(letter, content)

    assert code == 0, said
    assert people(letter) == {"a@readers.example": "佐藤 花子"}


def test_bad_rows_are_reported_with_line_and_reason_and_the_rest_is_in(letter: Site) -> None:
    code, said = bring_in(
        letter,
        "email,name\n"
        "a@readers.example,A\n"
        "no-at-sign,B\n"
        "c@readers.example,C,too,many\n"
        "d@readers.example,D\n"
        "d@readers.example,D again\n"
        ",E\n"
        "f@@readers.example,F\n"
        "g@readers.example\n",
    )

    assert code == 1
    rejects = list(csv.reader((letter.home / "in.rejects.csv").open(encoding="utf-8")))
    assert [row[0] for row in rejects] == ["line", "3", "4", "6", "7", "8", "9"]
    assert all(reason for _, reason, *_ in rejects)
    assert "line 3: " in said
    assert "in.rejects.csv" in said
    assert people(letter) == {"a@readers.example": "A", "d@readers.example": "D"}


def test_hostile_names_reach_nobody_else_and_no_header(
    letter: Site, server: RecordingServer
) -> None:
    names = {
        "a@readers.example": 'O"Brien\\" <x@y.example>',
        "b@readers.example": "=?UTF-8?Q?=0ABcc:_evil@x.example?=",
        "c@readers.example": "=HYPERLINK(1)",
        "d@readers.example": "<script>alert(1)</script>",
        "e@readers.example": "{{ 7*7 }}{name}%s",
    }
    site = letter.through(server)
    with (site.home / "in.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("email", "name"), *names.items()])

    imported = site.call("subscribers", "import", "in.csv")
    ran = site.call("send-now", "--yes")

    assert imported.code == 1
    assert "line 3: name: it holds an encoded word" in imported.err
    assert ran.code == 0, ran.said
    assert {message.rcpt for message in server.messages} == set(names) - {"b@readers.example"}
    for message in server.messages:
        mail = Mail(message.rcpt, message.content)
        assert mail.parsed["Bcc"] is None
        assert "<script" not in mail.html
        assert len(mail.parsed.get_all("To", [])) == 1
        assert message.rcpt in str(mail.parsed["To"])


def test_a_control_character_in_a_name_is_a_bad_row(letter: Site) -> None:
    code, said = bring_in(
        letter, 'email,name\na@readers.example,"A\nBcc: x@y.example"\nb@readers.example,B\n'
    )

    assert code == 1
    assert "line 2: " in said
    assert set(people(letter)) == {"b@readers.example"}


def test_a_nul_in_the_file_is_reported(letter: Site) -> None:
    code, said = bring_in(letter, b"email,name\na@readers.example,A\0A\nb@readers.example,B\n")

    assert code == 1
    assert "line 2: " in said
    assert set(people(letter)) == {"b@readers.example"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("name,language\nA,en\n", "email"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ""),
        (b"email\n\xff\xfe\xfd@x.example\n", "UTF-8"),
    ],
    ids=["nothing", "no email column", "a picture", "an unknown encoding"],
)
def test_a_file_that_is_no_roster_is_refused_whole(
    letter: Site, content: str | bytes, said: str
) -> None:
    code, told = bring_in(letter, content)

    assert code == 1
    assert "in.csv" in told
    assert said in told
    assert people(letter) == {}


def test_importing_again_updates_and_never_revives_who_left(letter: Site) -> None:
    bring_in(letter, "email,name\na@readers.example,A\nb@readers.example,B\n")
    letter.call("subscribers", "remove", "b@readers.example")

    code, said = bring_in(letter, "email,name\nA@Readers.Example,Anna\nb@readers.example,B\n")

    shown = letter.call("subscribers", "show", "b@readers.example", "--json").json
    assert code == 0, said
    assert "0 added, 1 updated" in said
    assert "1 have left and stay out" in said
    assert people(letter)["a@readers.example"] == "Anna"
    assert shown["state"] == "left"


def test_a_dry_run_says_what_would_happen_and_changes_nothing(letter: Site) -> None:
    code, said = bring_in(letter, "email\na@readers.example\nbad\n", "--dry-run")

    assert code == 1
    assert "1 would be added" in said
    assert "line 3: " in said
    assert people(letter) == {}
    assert not (letter.home / "in.rejects.csv").exists()


def test_an_import_can_be_taken_back_and_put_in_again(letter: Site) -> None:
    _, said = bring_in(letter, "email\na@readers.example\n")
    assert "(batch 1)" in said

    undone = letter.call("subscribers", "import", "--undo", "1")
    twice = letter.call("subscribers", "import", "--undo", "1")

    assert undone.code == 0, undone.said
    assert people(letter) == {}
    assert twice.code == 1
    assert bring_in(letter, "email\na@readers.example\n")[0] == 0
    assert set(people(letter)) == {"a@readers.example"}


def test_columns_can_be_renamed_and_unknown_ones_are_kept(letter: Site) -> None:
    code, said = bring_in(
        letter,
        "Email Address,Company\na@readers.example,ACME\n",
        "--map",
        "Email Address=email",
    )

    assert code == 0, said
    assert "ACME" in letter.call("subscribers", "show", "a@readers.example").out


def test_an_export_is_a_file_that_import_reads_back(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    out = site.call("subscribers", "export", "--out", "out.csv")

    again = site.call("subscribers", "import", "out.csv")

    assert out.code == 0, out.said
    assert again.code == 0, again.said
    assert "0 added, 0 updated, 16 unchanged" in again.out


def test_a_suppressed_address_is_kept_and_not_mailed(letter: Site, server: RecordingServer) -> None:
    letter.call("suppress", "add", "b@readers.example", "--reason", "asked by phone")

    _, said = bring_in(letter, "email\na@readers.example\nb@readers.example\n")
    ran = letter.through(server).call("send-now", "--yes")
    why = letter.call("why", "b@readers.example")

    assert "1 suppressed and not mailed" in said
    assert ran.code == 0, ran.said
    assert [message.rcpt for message in server.messages] == ["a@readers.example"]
    assert "suppressed" in why.out
