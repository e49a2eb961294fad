"""The blocks of the mail as links to where they are written, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.previewing import SMALL, faultless, settled
from tests.browser.test_preview_accessibility import inspect
from tests.browser.test_preview_security import HOSTILE
from tests.sites import Site, letter_site, sample_site
from tests.web.preview.asking import Preview, running

VIEW = "/view/open-class/next"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sample_site(tmp_path_factory.mktemp("blocks") / "site")


@pytest.fixture
def page(browser_page: Page, preview: Preview) -> Iterator[Page]:
    """The next issue of the sample with its blocks; no script of the page may fail meanwhile."""
    with faultless(browser_page):
        browser_page.goto(f"{preview.url}{VIEW}?blocks=on")
        settled(browser_page)
        yield browser_page


def block(page: Page, place: str, device: str = "phone") -> Locator:
    """Return the links over a device's mail that lead to a place."""
    return page.locator(f'#pane-{device} .blocks a[title^="{place}"]')


def apart(page: Page, words: str, place: str, device: str = "phone") -> float:
    """Return how many pixels lie between the words of the mail and the link to their place."""
    seen = page.locator(f"#pane-{device} iframe.seen:not(.coming)").content_frame
    laid = block(page, place, device).first
    for _ in range(50):
        expect(laid).to_be_visible()
        drawn, link = seen.get_by_text(words, exact=True).first.bounding_box(), laid.bounding_box()
        if drawn and link:
            break
        page.wait_for_timeout(100)  # laid anew just now
    assert drawn
    assert link
    middle = drawn["y"] + drawn["height"] / 2, link["y"] + link["height"] / 2
    return abs(middle[0] - middle[1]) + abs(drawn["x"] - link["x"] - 3)


def line_of(site: Site, file: str, words: str) -> int:
    lines = (site.folder / file).read_text(encoding="utf-8").splitlines()
    return next(at for at, text in enumerate(lines, 1) if words in text)


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_each_block_lies_where_the_mail_shows_it_and_opens_its_line(
    page: Page, site: Site, device: str
) -> None:
    file, words = "items/channels-time-spent.md", "Time spent on Channels has passed Moments"
    place = f"content/open-class/{file}:{line_of(site, file, words)}"

    link = block(page, place, device)

    expect(link).to_have_attribute("href", re.compile(rf"^vscode://file{site.home}/{place}:\d+$"))
    expect(link).to_have_attribute("aria-label", f"item channels-time-spent, title: {place}")
    assert apart(page, words, place, device) < 6
    assert page.locator(f"#pane-{device} .blocks a").count() > 90


def test_a_click_asks_for_the_editor_and_leaves_the_page(page: Page) -> None:
    # A browser hands an editor's address to the system; here it is caught on its way there.
    page.evaluate(
        """() => document.addEventListener('click', (event) => {
          window.asked = event.target.closest('a')?.href; event.preventDefault() }, {once: true})"""
    )
    link = block(page, "content/open-class/notes/next.md").first
    box = link.bounding_box()
    assert box

    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    assert page.evaluate("() => window.asked") == link.evaluate("(it) => it.href")


def test_the_control_and_the_key_lay_them_over_and_take_them_away(page: Page) -> None:
    control = page.get_by_role("link", name="Blocks", exact=True)
    expect(control).to_have_attribute("aria-current", "true")

    page.keyboard.press("b")
    expect(page.locator(".blocks")).to_have_count(0)
    assert "blocks" not in page.url
    control.click()
    expect(page.locator(".blocks")).to_have_count(2)
    assert "blocks=on" in page.url
    page.locator("#q").fill("")
    page.locator("#q").press("b")
    expect(page.locator(".blocks")).to_have_count(2)


def test_they_are_reached_by_tab_and_seen_when_they_are(page: Page) -> None:
    link = page.locator("#pane-phone .blocks a").first
    page.locator("#pane-phone .screen").focus()

    page.keyboard.press("Tab")  # Chromium stops at the frame itself first
    if not link.evaluate("(it) => it === document.activeElement"):
        page.keyboard.press("Tab")

    expect(link).to_be_focused()
    shown = "(it) => [getComputedStyle(it).boxShadow, getComputedStyle(it, '::after').content]"
    shadow, label = link.evaluate(shown)
    assert "rgb(10, 107, 67) 0px 0px 0px 2px" in shadow
    assert "newsletter.toml:" in label


def test_they_follow_a_resized_device_a_switch_of_language_and_of_reader(
    page: Page, site: Site
) -> None:
    number = page.locator('[data-size="phone"]')
    number.fill("520")
    number.press("Enter")
    words = "WeChat Open Class PRO 2023: the key takeaways"
    assert apart(page, words, "content/open-class/notes/next.md:4") < 6

    page.locator('[aria-labelledby="choices-language"] a', has_text="日本語").click()
    expect(block(page, "content/open-class/notes/next.ja.md:").first).to_be_attached()
    settled(page)
    file = "items/pay-palm.ja.md"
    title = line_of(site, file, "title")
    page.locator("#column").get_by_role("link", name="Very long name").first.click()
    seen = page.locator("#pane-phone iframe.seen:not(.coming)").content_frame
    expect(seen.get_by_text("Wolfeschlegelsteinhausenbergerdorff")).to_be_visible()
    settled(page)

    expect(number).to_have_value("520")
    palm = seen.locator("h3", has_text="手のひら決済").first
    drawn = palm.bounding_box()
    link = block(page, f"content/open-class/{file}:{title}").first.bounding_box()
    assert drawn
    assert link
    assert abs(drawn["y"] - link["y"] - 3) < 2


def test_they_follow_a_saved_file(page: Page, site: Site) -> None:
    file = site.folder / "notes" / "next.md"
    written = file.read_text(encoding="utf-8")
    expect(block(page, "content/open-class/notes/next.md:4")).to_be_attached()

    file.write_text(written.replace("+++\n", "+++\n# a line more\n\n", 1), encoding="utf-8")

    expect(block(page, "content/open-class/notes/next.md:6")).to_be_attached()
    file.write_text(written.replace('lead = "', f'lead = "{"More words. " * 30}'), encoding="utf-8")
    expect(block(page, "content/open-class/notes/next.md:4")).to_be_attached()
    expect(
        page.locator("#pane-phone iframe.seen:not(.coming)").content_frame.get_by_text(
            "More words."
        )
    ).to_be_visible()
    settled(page)
    words = "Time spent on Channels has passed Moments"
    assert apart(page, words, "content/open-class/items/channels-time-spent.md:2") < 6
    file.write_text(written, encoding="utf-8")


def test_a_phone_can_tap_them(page: Page) -> None:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    page.reload()
    settled(page)

    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    words = "WeChat Open Class PRO 2023: the key takeaways"
    assert apart(page, words, "content/open-class/notes/next.md:4") < 6


def test_the_list_says_the_same_without_any_picture(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}{VIEW}?tab=source")

    listed = page.get_by_label("The blocks of the mail")

    expect(listed.locator("li").first).to_contain_text("The Takeaway")
    expect(listed).to_contain_text("item pay-palm, title")
    expect(listed.locator("a.place").first).to_have_attribute("href", re.compile("^vscode://file/"))


@pytest.mark.parametrize("small", [False, True], ids=["large", "small"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("tab", ["preview", "source"])
def test_axe_finds_nothing_wrong_with_them(
    page: Page, preview: Preview, tab: str, dark: bool, small: bool
) -> None:
    page.goto(f"{preview.url}{VIEW}?blocks=on&tab={tab}")
    settled(page)

    assert inspect(page, dark=dark, small=small) == []
    page.emulate_media(color_scheme="light")


def test_hostile_words_are_blocks_and_nothing_else(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = letter_site(tmp_path_factory.mktemp("hostile") / "site")
    hostile = HOSTILE.format(beacon="http://127.0.0.1:1").replace("\n", " ")
    title = "<img src=x onerror='parent.owned=1' data-block=0>"
    lines = ["+++", f'title = "{title}"', f"date = {datetime.now(UTC).date()}", 'section = "news"']
    site.write("content/letter/items/bad.md", "\n".join([*lines, "+++", hostile, ""]))

    with running(site, datetime.now(UTC)) as preview:
        page.goto(f"{preview.url}/view/letter/next?blocks=on&tab=source")
        settled(page)
        links = page.locator("#pane-phone .blocks a")
        expect(links.first).to_be_attached()
        addresses = links.evaluate_all("(all) => all.map((each) => each.href)")

        assert "onerror" in page.locator(".written").inner_text()
        assert {one.partition(":")[0] for one in addresses} == {"vscode"}
        assert all(f"vscode://file{site.home}/content/letter/" in one for one in addresses)
        assert page.evaluate("() => window.owned") is None
        page.goto("about:blank")
