"""The Difference tab in a real browser: an issue was sent, and the next one is being written."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.previewing import SMALL, WIDE, settled
from tests.browser.test_preview_accessibility import inspect
from tests.sites import Site, letter_site, sample_site_with_a_past
from tests.web.preview.asking import NOW, Preview, running

VIEW = "/view/open-class/next?tab=difference"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    home = tmp_path_factory.mktemp("difference") / "site"
    return sample_site_with_a_past(home, NOW - timedelta(days=7))


@pytest.fixture
def page(browser_page: Page, preview: Preview) -> Page:
    browser_page.emulate_media(color_scheme="light")
    browser_page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    browser_page.goto(f"{preview.url}{VIEW}")
    settled(browser_page)
    return browser_page


def part(page: Page, title: str):  # type: ignore[no-untyped-def]
    return page.locator(".part", has=page.locator("h3", has_text=title))


def test_what_is_new_gone_and_changed_stands_under_its_section(page: Page) -> None:
    channels = part(page, "Channels")

    expect(channels.locator(".new.heading")).to_contain_text("More creators earned on Channels")
    expect(channels.locator(".gone.heading").first).to_contain_text("Time spent on Channels")
    expect(part(page, "At the top").locator(".changed", has_text="Issue")).to_have_text(
        re.compile(r"Issue\s*12$")
    )
    expect(part(page, "At the top").locator(".changed del").first).to_have_text("1")
    expect(page.locator(".tally .new")).to_have_text(re.compile(r"^[1-9]\d* new$"))
    expect(part(page, "In the inbox").locator("del").first).to_contain_text("WeChat Open Class")


def test_it_says_which_edition_it_is_held_against(page: Page) -> None:
    said = page.locator(".panel > .hint")

    expect(said).to_contain_text("Against issue 1, captured")
    expect(said).to_contain_text("the English edition for Everyone")
    page.locator("#column").get_by_role("link", name="Chen").or_(
        page.locator("#column").get_by_role("link", name="陈思远")
    ).first.click()
    expect(said).to_contain_text("陈思远 is one of them")
    expect(said).to_contain_text("中文")


def test_sections_that_are_gone_and_the_text_part_open_by_keyboard(page: Page) -> None:
    for title in ("WeCom", "Text part"):
        summary = part(page, title).locator("summary")
        rows = part(page, title).locator(".passage").first
        expect(rows).to_be_hidden()
        summary.focus()
        page.keyboard.press("Enter")
        expect(rows).to_be_visible()


def test_a_saved_file_is_in_the_difference_at_once(page: Page, site: Site) -> None:
    file = site.folder / "items" / "mini-ads.md"
    written = file.read_text()

    file.write_text(written.rstrip() + "\n\nA last word, saved now.\n")

    expect(page.locator(".passage.new", has_text="A last word, saved now.")).to_have_count(2)
    file.write_text(written)
    expect(page.locator(".passage.new", has_text="A last word, saved now.")).to_have_count(0)


def test_it_is_read_on_a_phone_without_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    page.reload()
    settled(page)

    expect(page.locator('.tabs a[aria-current="page"]')).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".panel > h2")).to_be_in_viewport()
    sideways = "() => document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(sideways) <= 0
    for summary in page.locator(".part summary").all():
        summary.click()
    assert page.evaluate(sideways) <= 0
    assert page.locator(".passages").evaluate_all(
        "(all) => all.every((one) => one.scrollWidth <= one.clientWidth)"
    )


@pytest.mark.parametrize("small", [False, True], ids=["large", "small"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_axe_finds_nothing_wrong(page: Page, lang: str, dark: bool, small: bool) -> None:
    page.goto(f"{page.url}&lang={lang}")
    settled(page)
    page.locator(".part details").evaluate_all("(all) => all.forEach((one) => { one.open = true })")

    assert inspect(page, dark=dark, small=small) == []


def test_an_issue_that_was_sent_from_elsewhere_is_missed_with_what_to_do(
    page: Page, tmp_path: Path
) -> None:
    site = letter_site(tmp_path / "site")
    # As a process: this one has the browser's loop.
    assert site.run("send-now", "--yes").code == 0
    shutil.rmtree(site.home / "var")
    site.write_item("second", "The second")

    with running(site, datetime.now(UTC)) as preview:
        page.goto(f"{preview.url}/view/letter/next?tab=difference")

        said = page.locator(".panel").get_by_role("status")
        expect(said).to_contain_text("Issue 1 was sent, says its receipt in content/letter/sent/")
        expect(said).to_contain_text("[database] url")
