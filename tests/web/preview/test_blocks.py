"""Where the blocks of a mail are written: what the page says of it, and what it never says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from digest.web.preview.places import Places
from tests.sites import Site, letter_site, sample_site
from tests.web.preview.asking import Preview, running

VIEW = "/view/open-class/next"
MAIL = "/mail/open-class/next"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sample_site(tmp_path_factory.mktemp("blocks") / "site")


@pytest.fixture(scope="module")
def preview(site: Site) -> Iterator[Preview]:
    with running(site) as started:
        yield started


def blocks(page: str) -> dict[str, tuple[str, str]]:
    """Return, by number, the address and the place of each block of a page."""
    found = re.findall(r'<a data-block="(\d+)"(?: href="([^"]*)")? title="([^"]*)"', page)
    return {number: (unescape(link), unescape(place)) for number, link, place in found}


@pytest.mark.parametrize("look", ["", "&scheme=dark", "&styles=off", "&images=off&lang=ja"])
def test_the_measured_mail_is_the_one_that_is_seen_but_for_its_marks(
    preview: Preview, look: str
) -> None:
    seen = preview.get(f"{MAIL}?v=1{look}").text
    measured = preview.get(f"{MAIL}?v=1{look}&measured=1&blocks=on").text

    assert "data-block" not in seen
    assert measured.count(" data-block=") > 90
    assert re.sub(r' data-block="\d+"', "", measured) == seen


def test_only_the_measured_mail_is_ever_marked(preview: Preview) -> None:
    for target in (f"{MAIL}?blocks=on", f"{MAIL}?measured=1", "/message/open-class/next?blocks=on"):
        assert b"data-block" not in preview.get(target).body


def test_every_mark_has_its_place_on_the_page_and_each_line_says_it(
    preview: Preview, site: Site
) -> None:
    for language in ("en", "ja", "zh-Hans"):
        known = blocks(preview.get(f"{VIEW}?blocks=on&lang={language}").text)
        measured = preview.get(f"{MAIL}?measured=1&blocks=on&lang={language}").text

        assert set(re.findall(r'data-block="(\d+)"', measured)) == set(known)
        for link, place in known.values():
            file, _, line = place.rpartition(":")
            assert (site.home / file).read_text().splitlines()[int(line) - 1].strip()
            assert link.startswith(f"vscode://file{site.home}/{file}:{line}:")


def test_a_heading_leads_to_its_own_line(preview: Preview, site: Site) -> None:
    page = preview.get(f"{VIEW}?tab=source").text
    written = (site.folder / "items" / "pay-palm.md").read_text().splitlines()
    line = next(at for at, text in enumerate(written, 1) if text.startswith("title"))

    assert f"content/open-class/items/pay-palm.md:{line}<" in page
    assert "drawn by" in page
    assert "shipped/mail/kinds/takeaway.mjml.j2" in page


def test_a_template_of_the_site_is_named_and_linked(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    written = "{{ entry.title }}"
    site.write("templates/mail/kinds/takeaway.mjml.j2", written)

    with running(site) as preview:
        page = preview.get(f"{VIEW}?tab=source").text

    assert re.search(r'href="vscode://file[^"]+/templates/mail/kinds/takeaway.mjml.j2:1:1"', page)


@pytest.mark.parametrize(
    ("editor", "link"),
    [
        ("idea://open?file={file}&line={line}", "idea://open?file={home}/digest.toml&line=1"),
        ("zed://file{file}:{line}:{column}", "zed://file{home}/digest.toml:1:1"),
        ("subl://open?url=file://{file}", "subl://open?url=file://{home}/digest.toml"),
        ("", ""),
    ],
)
def test_the_link_is_the_editor_s_own(site: Site, editor: str, link: str) -> None:
    place = Places(site.home, editor).at("digest.toml", 1)

    assert place.link == link.format(home=site.home)


@pytest.mark.parametrize(
    "editor",
    ["javascript:alert({file})", "JaVaScRiPt:{file}", " javascript:{file}", "data:text/html,{file}",
     "java\tscript:{file}", "https://evil.example/{file}", "vscode://file", "{file}",
     "vscode://{file}{home}"],
)  # fmt: skip
def test_what_is_no_link_to_an_editor_is_refused(tmp_path: Path, editor: str) -> None:
    site = letter_site(tmp_path / "site").having(preview__editor=editor)

    refused = site.call("check")

    assert refused.code == 2
    assert "preview.editor" in refused.err


def test_without_an_editor_places_are_only_named(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site").having(preview__editor="")

    with running(site) as preview:
        page = preview.get(f"{VIEW}?blocks=on&tab=source").text

    assert len(blocks(page)) > 90
    assert {link for link, _ in blocks(page).values()} == {""}


def test_an_odd_path_stays_a_path_in_the_link(tmp_path: Path) -> None:
    site = sample_site(tmp_path / 'a"b & <c> #d?e%41 {line}')

    with running(site) as preview:
        page = preview.get(f"{VIEW}?blocks=on").text

    link, _ = next(iter(blocks(page).values()))
    assert "a%22b%20%26%20%3Cc%3E%20%23d%3Fe%2541%20%7Bline%7D/content" in link
    assert "<c>" not in page


@pytest.mark.parametrize("whole", [False, True], ids=["a file", "the folder"])
def test_no_file_outside_the_site_is_named(tmp_path: Path, whole: bool) -> None:
    site = sample_site(tmp_path / "site")
    inside = site.folder / "items" / ("" if whole else "pay-palm.md")
    outside = tmp_path / "secret"
    inside.rename(outside)
    inside.symlink_to(outside)

    with running(site) as preview:
        page = preview.get(f"{VIEW}?blocks=on&tab=source").text

    assert "secret" not in page
    for link, _ in blocks(page).values():
        assert not link or link.startswith(f"vscode://file{site.home}/content/")
    assert Places(site.home, "zed://{file}").at("content/open-class/items/pay-palm.md").link == ""


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a\0b", "content/../../secret", ""])
def test_a_way_out_of_the_site_is_no_place(tmp_path: Path, name: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "secret").write_text("secret")

    places = Places(tmp_path / "site", "zed://{file}")

    assert places.at(name, 1).link == ""
    assert places.at(name, 1, excerpt=True).excerpt == ()
    assert str(tmp_path) not in places.template(f"../../{name}").name


def test_an_issue_that_was_sent_has_no_files_and_says_so(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site")
    assert site.call("send-now", "--yes").code == 0

    with running(site, datetime.now(UTC)) as preview:
        page = preview.get("/view/letter/1?blocks=on&tab=source").text
        measured = preview.get("/mail/letter/1?measured=1&blocks=on").text

    assert page.count("it has no files any more") == 2
    assert blocks(page) == {}
    assert "data-block" not in measured


def test_a_template_that_alters_texts_is_pointed_into_nowhere(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    site.write("templates/mail/kinds/takeaway.mjml.j2", "{{ entry.title|e|replace('k', 'c') }}")

    with running(site) as preview:
        page = preview.get(f"{VIEW}?blocks=on").text
        measured = preview.get(f"{MAIL}?measured=1&blocks=on").text

    assert "does more with a text than print it" in page
    assert blocks(page) == {}
    assert "data-block" not in measured


def test_lines_follow_what_was_saved_though_the_mail_is_the_same(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    note = site.folder / "notes" / "next.md"

    with running(site) as preview:
        before = blocks(preview.get(f"{VIEW}?blocks=on").text)
        note.write_text(note.read_text().replace("+++\n", "+++\n# a comment\n", 1))
        preview.bench.changed({"content/open-class/notes/next.md"})
        after = blocks(preview.get(f"{VIEW}?blocks=on").text)

    def title(known: dict[str, tuple[str, str]]) -> list[str]:
        return [place for _, place in known.values() if "notes/next.md" in place]

    assert [place.rpartition(":")[2] for place in title(before)] == ["4", "5", "7", "9"]
    assert [place.rpartition(":")[2] for place in title(after)] == ["5", "6", "8", "10"]


def test_a_reader_switch_traces_nothing_anew(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")

    with running(site) as preview:
        while not preview.bench.examined("open-class").finished:
            preview.get(f"{VIEW}?blocks=on")
        renderer = preview.bench.app.renderer
        before = renderer.compilations
        preview.get(f"{VIEW}?blocks=on&reader=markup")
        preview.get(f"{MAIL}?blocks=on&reader=markup&measured=1")

    assert renderer.compilations == before


def test_who_gets_no_mail_has_no_blocks(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site")
    for item in (site.folder / "items").iterdir():
        keys = 'for = { roles = ["nobody"] }\n'
        item.write_text(item.read_text().replace("+++\n", f"+++\n{keys}", 1))
    toml = site.folder / "newsletter.toml"
    toml.write_text(toml.read_text() + '\n[attributes.roles]\nnobody = { en = "nobody" }\n')

    with running(site, datetime.now(UTC)) as preview:
        page = preview.get("/view/letter/next?blocks=on&tab=source").text

    assert page.count("This reader gets no mail") == 2
    assert "There is none while there is no picture." in page
    assert blocks(page) == {}
