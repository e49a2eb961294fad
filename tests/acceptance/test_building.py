"""What `build` writes is what is sent, and it needs nobody's database."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.mails import Mail, mails_of
from tests.sites import Site, sample_site
from tests.smtp_server import RecordingServer

KEYS = {
    "newsletter",
    "issue",
    "edition",
    "language",
    "audience",
    "question",
    "subject",
    "preheader",
    "recipients",
    "html",
    "text",
    "eml",
    "html_bytes",
    "mail_bytes",
}
INVITED = "nakamura.ren@readers.example"
PLAIN = "jonas.weber@readers.example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample with its readers, nothing sent yet."""
    home = tmp_path_factory.mktemp("building") / "site"
    return sample_site(home).having(site__base_url="https://news.example")


@pytest.fixture(scope="module")
def built(site: Site) -> tuple[Path, list[dict[str, Any]]]:
    """A build of it: the folder and the rows of its index."""
    ran = site.run("build", "--out", "out")
    assert ran.code == 0, ran.said
    out = site.home / "out"
    return out, json.loads((out / "index.json").read_text(encoding="utf-8"))


def as_mailed(page: str) -> str:
    """Return a page from disk with its pictures inside the message again, as the mail has it."""
    return re.sub(r'"([0-9a-f]{32})[0-9a-f]{32}\.png"', r'"cid:\1@picture"', page)


def test_the_index_has_these_keys_and_no_others(built: tuple[Path, list[dict[str, Any]]]) -> None:
    _, rows = built

    assert rows
    assert all(set(row) == KEYS for row in rows)
    assert {row["newsletter"] for row in rows} == {"open-class"}
    assert {row["issue"] for row in rows} == {1}
    assert {row["language"] for row in rows} == {"en", "ja", "zh-Hans"}
    assert len({row["edition"] for row in rows}) == len(rows)


def test_its_files_exist_and_its_sizes_are_true(built: tuple[Path, list[dict[str, Any]]]) -> None:
    out, rows = built

    for row in rows:
        page = (out / row["html"]).read_text(encoding="utf-8")
        assert len(as_mailed(page).encode()) == row["html_bytes"]
        assert len((out / row["eml"]).read_bytes()) == row["mail_bytes"]
        assert (out / row["text"]).read_text(encoding="utf-8").strip()
    named = {row[kind] for row in rows for kind in ("html", "text", "eml")}
    pictures = {path.name for path in out.glob("*.png")}
    assert {path.name for path in out.iterdir()} == named | {"index.json", "index.html"} | pictures


def test_the_recipients_of_all_editions_are_the_audience(
    site: Site, built: tuple[Path, list[dict[str, Any]]]
) -> None:
    _, rows = built

    assert sum(row["recipients"] for row in rows) == 16
    assert site.call("plan", "--json").json["recipients"] == 16


def test_editions_say_whom_they_are_for_and_what_they_ask(
    built: tuple[Path, list[dict[str, Any]]],
) -> None:
    _, rows = built

    assert "all" in {row["audience"] for row in rows}
    assert {row["question"] for row in rows} >= {None, "food-small-restaurant"}
    assert all(row["subject"] and row["preheader"] for row in rows)


def test_a_mail_file_parses_and_holds_the_same_html(
    built: tuple[Path, list[dict[str, Any]]],
) -> None:
    out, rows = built

    for row in rows:
        mail = Mail("", (out / row["eml"]).read_bytes())
        html = (out / row["html"]).read_text(encoding="utf-8")
        assert mail.parsed["Subject"] == row["subject"]
        assert mail.html.split() == as_mailed(html).split()


class _Gallery(HTMLParser):
    """Finds what the gallery points at, and whether it would run or fetch anything."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.frames: list[dict[str, str | None]] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.targets += [str(found[key]) for key in ("href", "src") if found.get(key)]
        if tag == "iframe":
            self.frames.append(found)


def test_the_gallery_shows_every_edition_from_disk_and_runs_nothing(
    built: tuple[Path, list[dict[str, Any]]],
) -> None:
    out, rows = built

    gallery = _Gallery((out / "index.html").read_text(encoding="utf-8"))

    assert {frame["src"] for frame in gallery.frames} == {row["html"] for row in rows}
    # No scripts, forms or windows; of the same origin, or a browser hides the pictures on disk.
    assert all(frame["sandbox"] == "allow-same-origin" for frame in gallery.frames)
    assert all((out / target).is_file() for target in gallery.targets)
    assert {row["eml"] for row in rows} <= set(gallery.targets)
    assert not gallery.tags & {"script", "link", "img"}


def test_a_build_names_no_reader(built: tuple[Path, list[dict[str, Any]]]) -> None:
    out, _ = built

    for path in out.iterdir():
        assert b"readers.example" not in path.read_bytes(), path.name


@pytest.mark.parametrize("address", [INVITED, PLAIN])
def test_a_build_for_one_reader_is_what_that_reader_gets(
    site: Site, server: RecordingServer, tmp_path: Path, address: str
) -> None:
    mine = site.copy(tmp_path / "site").through(server)
    shown = mine.call("build", "--out", "mine", "--for", address)
    sent = mine.call("send-now", "--yes")

    (row,) = json.loads((mine.home / "mine" / "index.json").read_text(encoding="utf-8"))
    mail = mails_of(server.messages)[address]
    html = (mine.home / "mine" / row["html"]).read_text(encoding="utf-8")
    text = (mine.home / "mine" / row["text"]).read_text(encoding="utf-8")
    assert shown.code == sent.code == 0, shown.said + sent.said
    assert row["subject"] == mail.parsed["Subject"]
    assert without_tokens(as_mailed(html), None) == without_tokens(mail.html, mail)
    assert without_tokens(text, None) == without_tokens(mail.text, mail)


def without_tokens(part: str, mail: Mail | None) -> list[str]:
    """Return a part's words with every link's token taken out; a preview's token is a test's."""
    for kind in ("l", "a"):
        head = f"https://news.example/{kind}/"
        pieces = part.split(head)
        part = pieces[0] + "".join(f"{head}{piece[32:]}" for piece in pieces[1:])
    assert mail is None or mail.leave_url.removeprefix("https://news.example/l/") not in part
    return part.split()


def test_a_build_for_somebody_unknown_is_refused(site: Site) -> None:
    ran = site.call("build", "--out", "unknown", "--for", "who@readers.example")

    assert ran.code == 1
    assert "who@readers.example: does not read open-class" in ran.err
    assert not (site.home / "unknown").exists()


def test_a_build_needs_no_database_and_makes_none(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site", readers=False)

    ran = site.call("build", "--out", "out")
    rows = json.loads((site.home / "out" / "index.json").read_text(encoding="utf-8"))

    assert ran.code == 0, ran.said
    assert {row["language"] for row in rows} == {"en", "ja", "zh-Hans"}
    assert {row["recipients"] for row in rows} == {0}
    assert not (site.home / "var").exists()


def test_a_build_without_a_base_url_has_no_button_that_leads_nowhere(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")

    site.call("build", "--out", "out", "--for", INVITED)

    (page,) = (site.home / "out").glob("1-*.html")
    (text,) = (site.home / "out").glob("1-*.txt")
    for part in (page, text):
        assert "/l/" not in part.read_text(encoding="utf-8")
        assert "/a/" not in part.read_text(encoding="utf-8")
        assert 'href=""' not in part.read_text(encoding="utf-8")


def test_a_sent_issue_can_be_built_as_it_was_frozen_though_its_files_have_changed(
    site: Site, server: RecordingServer, tmp_path: Path
) -> None:
    mine = site.copy(tmp_path / "site").through(server)
    mine.call("send-now", "--yes")
    note = mine.folder / "notes" / "next.md"
    note.write_text(note.read_text(encoding="utf-8").replace("what grew", "WHAT GREW"))

    nothing_new = mine.call("build", "--out", "latest")
    by_number = mine.call("build", "--out", "first", "--issue", "1")
    unknown = mine.call("build", "--out", "none", "--issue", "7")

    assert nothing_new.code == by_number.code == 0, nothing_new.said
    assert "Nothing is new; this is issue 1" in nothing_new.err
    for folder in ("latest", "first"):
        rows = json.loads((mine.home / folder / "index.json").read_text(encoding="utf-8"))
        assert sum(row["recipients"] for row in rows) == 16
        assert "what grew" in rows[0]["subject"]
    assert unknown.code == 1
    assert "issue 7" in unknown.err


def test_building_again_writes_the_same_bytes(site: Site) -> None:
    site.call("build", "--out", "one")
    site.call("build", "--out", "two")

    for path in (site.home / "one").glob("*.html"):
        assert path.read_bytes() == (site.home / "two" / path.name).read_bytes(), path.name
