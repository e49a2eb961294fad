"""The Components page: what it lists, how it draws it, and what it never lets out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.sites import Site, letter_site, sample_site
from tests.web.preview.asking import Preview, running

LIST = "/components/open-class"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = sample_site(tmp_path_factory.mktemp("components") / "site")
    site.write("templates/mail/blocks/promo.mjml.j2", "{# Ours alone. #}\n<p>A promo</p>\n")
    site.write("templates/mail/kinds/news.mjml.j2", "<p>{{ entry.nothing }}</p>")
    return site


@pytest.fixture(scope="module")
def preview(site: Site) -> Iterator[Preview]:
    with running(site) as started:
        yield started


def frames(page: str) -> list[str]:
    return [
        unescape(each) for each in re.findall(r'<iframe class="drawn"[^>]* src="([^"]+)"', page)
    ]


def listed(page: str) -> list[str]:
    found = re.findall(r'<article class="component" id="([^"]+)"[^>]*?( hidden)?>', page)
    return [name for name, hidden in found if not hidden]


def test_it_is_reached_from_every_page_and_leads_to_the_first_newsletter(preview: Preview) -> None:
    assert '<a href="/components">Components</a>' in preview.get("/captured").text

    led = preview.get("/components")

    assert (led.status, led.headers["location"]) == (307, LIST)


def test_every_component_is_drawn_in_each_language_and_scheme(preview: Preview) -> None:
    page = preview.get(f"{LIST}?lang=all").text

    drawn = frames(page)
    assert len(listed(page)) == 31
    assert len(drawn) == 31 * 3 * 2
    assert len(set(drawn)) == len(drawn)
    for frame in drawn[::7]:
        answer = preview.get(frame)
        assert answer.status == 200
        assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("query", "ids", "count"),
    [
        ("component=kinds/event", ["kinds-event"], 2),
        ("component=kinds", None, 12),
        ("component=kinds/event&lang=ja&scheme=dark", ["kinds-event"], 1),
        ("component=kinds/event&lang=all&scheme=inverted", ["kinds-event"], 3),
        ("q=days+event", ["kinds-event"], 62),
        ("q=nothing+is+called+that", [], 62),
        ("component=no/such&lang=xx&scheme=pink&width=9", None, 62),
    ],
)
def test_the_address_says_what_is_shown(
    preview: Preview, query: str, ids: list[str] | None, count: int
) -> None:
    page = preview.get(f"{LIST}?{query}").text

    assert len(frames(page)) == count
    if ids is not None:
        assert listed(page) == ids


def test_the_languages_and_schemes_differ_as_asked(preview: Preview) -> None:
    def frame(**query: str) -> str:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return preview.get(f"/component/open-class/kinds/event?{asked}").text

    assert "An event has its days above its name" in frame(lang="en")
    assert "イベントは" in frame(lang="ja")
    assert "color-scheme:dark only" in frame(lang="en", scheme="dark")
    assert "color-scheme:light only" in frame(lang="en")
    assert frame(lang="en", scheme="light") == frame(lang="en", scheme="pink")


def test_a_component_of_the_site_stands_there_with_its_source_and_file(
    preview: Preview, site: Site
) -> None:
    page = preview.get(f"{LIST}?component=blocks/promo").text

    assert "Ours alone." in page
    assert "&lt;p&gt;A promo&lt;/p&gt;" in page
    place = f"{site.home}/templates/mail/blocks/promo.mjml.j2:1:1"
    assert f'href="vscode://file{place}"' in page
    assert "<i>2</i> &lt;p&gt;A promo&lt;/p&gt;</span></pre>" in page
    assert "A promo" in preview.get(frames(page)[0]).text


def test_a_shipped_template_is_named_without_its_folder_and_linked_nowhere(
    preview: Preview,
) -> None:
    page = preview.get(f"{LIST}?component=pieces/tile").text

    assert "shipped/mail/components.mjml.j2:40" in page
    assert "macro tile(figure, s)" in page
    assert "shipped/mail/specimens/pieces/tile.mjml.j2" in page
    assert not re.search(r'href="[^"]*(components|tile)\.mjml\.j2', page)


def test_it_says_whose_words_are_shown(preview: Preview) -> None:
    assert "words of the next issue" in preview.get(f"{LIST}?component=kinds/takeaway").text
    assert "specimen words" in preview.get(f"{LIST}?component=kinds/event").text


def test_a_broken_template_is_told_in_its_frame_and_spoils_no_other(preview: Preview) -> None:
    broken = preview.get("/component/open-class/kinds/news?lang=en")
    fine = preview.get("/component/open-class/kinds/event?lang=en")

    assert "templates/mail/kinds/news.mjml.j2:1" in broken.text
    assert "unknown name &#39;nothing&#39;" in broken.text
    assert "sandbox" in broken.headers["content-security-policy"]
    assert "An event has" in fine.text


@pytest.mark.parametrize(
    "target",
    [
        "/component/open-class/blocks/..%2f..%2f..%2fdigest.toml",
        "/component/open-class/../digest.toml",
        "/component/open-class/%2e%2e/%2e%2e",
        "/component/open-class/kinds/%3Cscript%3E",
        "/component/open-class/pieces/nothing",
        "/component/nothing/kinds/news",
        "/component/..%2f..%2f/kinds/news",
        "/components/..%2f..%2fetc?component=%3Cscript%3Ealert(1)%3C/script%3E&q=%3Cb%3E",
        "/components/%00",
        "/components/open-class?q=%22%3E%3Cscript%3E",
    ],
)
def test_an_odd_address_shows_nothing_of_the_machine(preview: Preview, target: str) -> None:
    answer = preview.get(target)

    assert answer.status in (200, 404)
    assert "base_url" not in answer.text
    assert "root:" not in answer.text
    assert "<script>" not in answer.text
    assert "<b>" not in answer.text.replace("<b>digest</b>", "")


def test_each_newsletter_of_a_site_has_its_own(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    shutil.copytree(site.folder, site.folder.with_name("second"))
    toml = site.folder.with_name("second") / "newsletter.toml"
    toml.write_text(toml.read_text().replace('name = "The Takeaway"', 'name = "Another"'))

    with running(site) as preview:
        page = preview.get("/components/second").text
        frame = preview.get(frames(page)[0]).text

    assert 'href="/components/open-class"' in page
    assert "<title>Components · Another</title>" in page
    assert "Another" in frame


def test_hostile_templates_and_words_run_nothing(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site")
    evil = "<script>alert(1)</script>"
    site.write("templates/mail/blocks/evil.mjml.j2", f"{{# {evil} #}}\n<p>{evil}</p>")
    site.write_item("evil", "<img src=x onerror=alert(1)>")

    with running(site) as preview:
        page = preview.get("/components/letter")
        frame = preview.get("/component/letter/blocks/evil?lang=en")
        words = preview.get("/component/letter/kinds/takeaway?lang=en")

    assert evil not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "unsafe" not in page.headers["content-security-policy"]
    for answer in (frame, words):
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert evil not in frame.text  # the preflight refuses it
    assert "<img src=x" not in words.text


def test_a_template_that_is_a_way_out_of_the_site_is_not_shown(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    folder = site.home / "templates" / "mail" / "blocks"
    folder.mkdir(parents=True)
    (folder / "leak.mjml.j2").symlink_to(secret)

    with running(site) as preview:
        page = preview.get(LIST).text
        frame = preview.get("/component/open-class/blocks/leak?lang=en").text

    assert "blocks-leak" not in listed(page)
    assert "the secret" not in page + frame
    assert "is no component that can be drawn" in frame


def test_it_is_drawn_once_until_something_is_saved(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    frame = "/component/open-class/kinds/takeaway?lang=en"

    with running(site) as preview:
        while not preview.bench.examined("open-class").finished:
            preview.get(frame)
        renderer = preview.bench.app.renderer
        before = renderer.compilations
        for scheme in ("light", "dark", "inverted"):
            preview.get(f"{frame}&scheme={scheme}")
            preview.get(f"{frame}&scheme={scheme}&measured=1")
        preview.get(LIST)
        again = renderer.compilations
        site.write("templates/mail/kinds/takeaway.mjml.j2", "<p>Anew: {{ entry.title }}</p>")
        preview.bench.changed({"templates/mail/kinds/takeaway.mjml.j2", "templates"})
        anew = preview.get(frame).text

    assert again == before
    assert "Anew: " in anew


def test_while_the_files_are_broken_the_last_good_words_are_shown(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    item = site.folder / "items" / "pay-palm.md"

    with running(site) as preview:
        assert len(frames(preview.get(LIST).text)) == 60
        item.write_text(item.read_text().replace('section = "pay"', 'section = "payy"'))
        preview.bench.changed({"content/open-class/items/pay-palm.md"})
        page = preview.get(LIST).text

    assert "unknown section &#39;payy&#39;" in page
    assert len(frames(page)) == 60


def test_a_site_that_was_never_right_lists_its_components_all_the_same(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    site.write("content/open-class/newsletter.toml", "name = ")

    with running(site) as preview:
        page = preview.get(LIST).text
        frame = preview.get("/component/open-class/kinds/news?lang=en").text

    assert len(listed(page)) == 30
    assert frames(page) == []
    assert "There is nothing to draw" in page
    assert "cannot be read" in frame


def test_looking_at_components_changes_nothing(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site", readers=False)

    with running(site) as preview:
        assert preview.get(LIST).status == 200
        assert preview.get("/component/open-class/kinds/news?lang=en").status == 200

    assert not (site.home / "var").exists()
