"""The preview as an editor meets it, in a real browser: controls, tabs, saved files, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.previewing import SMALL, TABS, faultless, settled
from tests.sites import Site, sample_site
from tests.web.preview.asking import Preview

_SETTINGS = '[site]\nbase_url = "https://news.example"\n'
VIEW = "/view/open-class/next"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    home = tmp_path_factory.mktemp("preview") / "site"
    site = sample_site(home)
    site.write("digest.toml", _SETTINGS)
    return site


@pytest.fixture
def page(browser_page: Page, preview: Preview) -> Iterator[Page]:
    """The next issue of the sample; no script of the page may fail meanwhile."""
    with faultless(browser_page):
        browser_page.goto(f"{preview.url}{VIEW}")
        settled(browser_page)
        yield browser_page


def mail(page: Page, device: str = "phone") -> FrameLocator:
    """Return the mail on a device, as it is seen."""
    return page.locator(f"#pane-{device} iframe.seen:not(.coming)").content_frame


def choose(page: Page, name: str, part: str = "") -> None:
    scope = page.locator(part) if part else page
    scope.get_by_role("link", name=name).first.click()


def saved(file: Path, old: str, new: str) -> str:
    """Save a file with a word changed, as an editor does; return what was in it."""
    written = file.read_text(encoding="utf-8")
    assert old in written
    file.write_text(written.replace(old, new, 1), encoding="utf-8")
    return written


def test_both_devices_show_the_whole_mail_as_high_as_it_is(page: Page) -> None:
    for device, width in (("phone", 375), ("desktop", 700)):
        frame = page.locator(f"#pane-{device} iframe.seen")
        inner = (
            mail(page, device)
            .locator("body")
            .evaluate(
                "(body) => [body.ownerDocument.defaultView.innerWidth,"
                " body.ownerDocument.documentElement.scrollHeight - innerHeight]"
            )
        )

        assert inner == [width, 0]
        assert frame.get_attribute("sandbox") == ""
        assert mail(page, device).locator("img").first.evaluate("(img) => img.naturalWidth") > 0


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("text", "Hello Robin Example,"),
        ("source", "<!doctype html>"),
        ("source", "<mj-section"),
        ("message", "List-Unsubscribe-Post"),
        ("message", "multipart/alternative"),
        ("links", "https://news.example/l/"),
        ("links", "leave_url"),
        ("placeholders", "Hello Robin Example,"),
        ("plan", "Held over"),
        ("plan", "content/open-class/items/pay-palm.md"),
        ("difference", "Nothing was sent before issue 1"),
        ("clients", "border-radius"),
        ("clients", "corners are square"),
        ("clients", "QQ Mail, 163 Mail (NetEase), Yahoo! Japan Mail"),
    ],
)
def test_each_tab_shows_its_own(page: Page, tab: str, words: str) -> None:
    page.locator(f'.tabs a[href*="tab={tab}"]').click()

    expect(page.locator(".panel")).to_contain_text(words, ignore_case=True)
    assert f"tab={tab}" in page.url
    expect(page.locator('.tabs a[aria-current="page"]')).to_have_text(re.compile(tab, re.I))


def test_the_checks_come_after_the_picture_and_point_into_the_mail(page: Page, site: Site) -> None:
    file = site.folder / "items" / "pay-palm.ja.md"
    written = file.read_text()
    file.unlink()
    choose(page, "Checks", ".tabs")

    expect(page.locator(".finding", has_text="missing-translation")).to_be_visible(timeout=15_000)
    expect(page.locator(".tabs .badge.warning")).to_be_visible()
    place = page.locator(".finding a.place").first
    assert place.get_attribute("href").startswith(f"vscode://file{site.home}/content/")
    page.get_by_role("button", name="Show in the mail").first.click()
    expect(page.locator(".found").first).to_be_attached()
    top = page.locator("#pane-phone .screen").evaluate("(screen) => screen.scrollTop")
    file.write_text(written)

    assert top > 100
    expect(page.locator(".finding", has_text="missing-translation")).to_be_hidden(timeout=15_000)


def test_a_loss_leads_to_the_place_in_the_source(page: Page, preview: Preview) -> None:
    choose(page, "Clients", ".tabs")
    outlook = page.locator(".family", has_text="Outlook").locator("tr", has_text="border-radius")
    outlook.locator(".spot a").last.click()

    mark = page.locator(".code mark")
    expect(mark).to_have_text(re.compile("^border-radius:"))
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()
    expect(page.locator("body")).to_have_attribute("data-tab", "source")
    page.go_back()
    expect(page.locator("body")).to_have_attribute("data-tab", "clients")
    # What was marked is not carried into another view, whose source is another.
    outlook.locator(".spot a").first.click()
    expect(mark).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator("body")).to_have_attribute("data-tab", "text")
    assert "at=" not in page.url
    page.goto(f"{preview.url}{VIEW}?tab=source&at=99999.1")
    expect(page.get_by_role("status").filter(has_text="Line 99999")).to_be_visible()


def test_a_reader_is_switched_without_a_new_page(page: Page) -> None:
    page.evaluate("() => { window.same = true }")

    choose(page, "Signs in the name", "#column")

    expect(mail(page).get_by_text("Hello Rob <b>&\"'amp;</b> <O'Brien>,")).to_be_visible()
    assert page.evaluate("() => window.same")
    assert "reader=markup" in page.url
    page.go_back()
    expect(mail(page).get_by_text("Hello Robin Example,")).to_be_visible()


def test_a_real_reader_is_found_and_gets_their_own_language(page: Page) -> None:
    page.get_by_placeholder("Search readers").fill("kobayashi")

    choose(page, "小林", "#column")

    expect(mail(page).locator("html")).to_have_attribute("lang", "ja")
    expect(page.locator("#q")).to_have_value("kobayashi")
    assert "kobayashi" not in page.url.replace("q=kobayashi", "")


def test_languages_and_editions_are_chosen(page: Page) -> None:
    choose(page, "中文", "#column")
    expect(mail(page).locator("html")).to_have_attribute("lang", "zh-Hans")

    page.locator('[aria-labelledby="choices-edition"] a').last.click()

    expect(page.locator('[aria-labelledby="choices-edition"] a[aria-current]')).to_have_count(1)
    expect(mail(page).locator("html")).to_have_attribute("lang", "zh-Hans")


def test_the_looks_change_the_mail(page: Page) -> None:
    def ground() -> str:
        seen: str = (
            mail(page).locator("body").evaluate("(it) => getComputedStyle(it).backgroundColor")
        )
        return seen

    seen = {ground()}
    for look in ("Dark", "Inverted"):
        choose(page, look, ".looks")
        expect(page.locator(".looks a[aria-current]", has_text=look)).to_be_visible()
        settled(page)
        seen.add(ground())

    assert len(seen) == 3


def test_images_and_styles_are_taken_away(page: Page) -> None:
    choose(page, "No images", ".looks")
    expect(mail(page).locator("img").first).to_have_attribute("src", "data:,")
    choose(page, "No <style>", ".looks")
    expect(mail(page).locator("style")).to_have_count(1)  # ours, which says light or dark

    choose(page, "No images", ".looks")

    expect(mail(page).locator("img").first).to_have_attribute("src", re.compile("/picture/"))


def test_the_devices_are_resized_by_number_key_and_hand(page: Page) -> None:
    number = page.locator('[data-size="phone"]')
    number.fill("320")
    number.press("Enter")
    expect(page.locator("#pane-phone iframe.seen")).to_have_attribute("width", "320")
    number.fill("9000")
    number.press("Enter")
    expect(number).to_have_value("1200")
    grip = page.locator('[data-grip="phone"]')
    grip.press("Home")
    grip.press("ArrowRight")
    expect(number).to_have_value("330")

    box = grip.bounding_box()
    assert box
    page.mouse.move(box["x"] + 7, box["y"] + 140)
    page.mouse.down()
    page.mouse.move(box["x"] + 77, box["y"] + 140)
    page.mouse.up()

    expect(number).to_have_value("400")
    assert "phone=400" in page.url
    page.reload()
    expect(number).to_have_value("400")


def test_one_device_can_stand_alone(page: Page) -> None:
    choose(page, "Desktop", ".devices")

    expect(page.locator("#pane-phone")).to_be_hidden()
    expect(page.locator("#pane-desktop")).to_be_visible()


def test_a_saved_file_redraws_the_mail_where_it_was(page: Page, site: Site) -> None:
    screen = page.locator("#pane-phone .screen")
    screen.evaluate("(it) => { it.scrollTop = 700 }")
    file = site.folder / "notes" / "next.md"

    written = saved(file, 'title = "', 'title = "Fresh: ')

    expect(mail(page).locator("h1")).to_contain_text("Fresh:")
    assert screen.evaluate("(it) => it.scrollTop") == 700
    file.write_text(written)
    expect(mail(page).locator("h1")).not_to_contain_text("Fresh:")


def test_a_saved_file_leaves_the_tab_and_what_was_typed(page: Page, site: Site) -> None:
    choose(page, "Text", ".tabs")
    page.get_by_placeholder("Search readers").type("ame")
    file = site.folder / "notes" / "next.md"

    written = saved(file, 'lead = "', 'lead = "Fresh lead: ')

    expect(page.locator(".panel .text")).to_contain_text("Fresh lead:")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("ame")
    file.write_text(written)


def test_a_file_saved_by_putting_another_in_its_place_is_seen(page: Page, site: Site) -> None:
    file = site.folder / "notes" / "next.md"
    written = file.read_text()
    other = file.with_name(".next.md.swp")
    other.write_text(written.replace('title = "', 'title = "Renamed: ', 1))

    other.replace(file)

    expect(mail(page).locator("h1")).to_contain_text("Renamed:")
    file.write_text(written)


def test_a_broken_file_lies_over_the_last_good_picture_until_it_is_mended(
    page: Page, site: Site
) -> None:
    file = site.folder / "items" / "pay-palm.md"

    written = saved(file, 'section = "pay"', 'section = "payy"')

    overlay = page.get_by_role("alert")
    expect(overlay).to_contain_text("unknown section 'payy'")
    expect(overlay).to_contain_text("Did you mean 'pay'?")
    expect(overlay.locator("a.place")).to_have_text(re.compile(r"items/pay-palm\.md:\d+"))
    expect(overlay).to_contain_text("column 12")
    expect(overlay.locator(".here")).to_contain_text('section = "payy"')
    expect(mail(page).locator("h1")).to_be_visible()
    expect(page.locator("#stage.stale")).to_be_visible()
    overlay.get_by_role("button", name="Hide").click()
    expect(overlay.locator("ol")).to_be_hidden()
    drawn = page.locator("html").get_attribute("data-drawn") or "0"
    file.write_text(file.read_text() + "\n")
    expect(page.locator("html")).not_to_have_attribute("data-drawn", drawn)
    expect(overlay.locator("ol")).to_be_hidden()
    file.write_text(written)
    expect(overlay).to_be_hidden()
    expect(page.locator("#stage.stale")).to_have_count(0)


def test_a_broken_template_is_shown_with_its_lines(page: Page, site: Site) -> None:
    folder = site.home / "templates" / "mail" / "blocks"
    folder.mkdir(parents=True)
    broken = folder / "hero.mjml.j2"

    broken.write_text("<mj-section>\n<mj-column>{{ issue.nothing }}</mj-column>\n</mj-section>\n")

    overlay = page.get_by_role("alert")
    expect(overlay).to_contain_text("templates/mail/blocks/hero.mjml.j2:2")
    expect(overlay).to_contain_text("unknown name 'nothing'")
    expect(mail(page).locator("h1")).to_be_visible()
    broken.unlink()
    expect(overlay).to_be_hidden()


def test_a_broken_setting_is_said_and_the_page_stays(page: Page, site: Site) -> None:
    site.write("digest.toml", "[smtp]\nhots = 'x'\n")

    overlay = page.get_by_role("alert")
    expect(overlay).to_contain_text("unknown key 'smtp.hots'")
    expect(mail(page).locator("h1")).to_be_visible()
    site.write("digest.toml", _SETTINGS)
    expect(overlay).to_be_hidden()


def test_the_keyboard_does_it_all(page: Page) -> None:
    for number, tab in enumerate(TABS, start=1):
        page.keyboard.press(str(number % 10))
        expect(page.locator("body")).to_have_attribute("data-tab", tab)
    page.keyboard.press("1")
    expect(page.locator("body")).to_have_attribute("data-tab", "preview")
    page.keyboard.press("d")
    page.wait_for_url("**scheme=dark**")
    expect(page.locator(".looks a[aria-current]", has_text="Dark")).to_be_visible()
    page.keyboard.press("D")
    expect(page.locator(".looks a[aria-current]", has_text="Light")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(mail(page).locator("html")).to_have_attribute("lang", "ja")
    page.keyboard.press("ArrowLeft")
    expect(mail(page).locator("html")).to_have_attribute("lang", "en")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("1d/")
    expect(page.locator("#q")).to_have_value("1d/")
    expect(page.locator("body")).to_have_attribute("data-tab", "preview")


def test_a_shared_address_shows_the_same(page: Page, preview: Preview) -> None:
    address = f"{VIEW}?lang=ja&reader=markup&scheme=dark&tab=placeholders&phone=420"

    page.goto(preview.url + address)

    settled(page)
    expect(mail(page).locator("html")).to_have_attribute("lang", "ja")
    expect(page.locator(".panel")).to_contain_text("Rob <b>")
    expect(page.locator('[data-size="phone"]')).to_have_value("420")


def test_a_phone_shows_all_of_it_without_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    page.reload()
    settled(page)

    for number in range(1, len(TABS) + 1):
        page.keyboard.press(str(number % 10))
        expect(page.locator("body")).to_have_attribute("data-tab", TABS[number - 1])
        sideways = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0, TABS[number - 1]
        expect(page.locator('.tabs a[aria-current="page"]')).to_be_in_viewport(ratio=0.9)
    page.locator("#column > summary").click()
    expect(page.get_by_placeholder("Search readers")).to_be_visible()


def test_a_test_mail_of_exactly_this_view_is_sent_after_a_confirmation(
    page: Page, site: Site, preview: Preview
) -> None:
    page.goto(f"{preview.url}{VIEW}?reader=markup&lang=ja")
    page.get_by_role("link", name="Send a test…").click()
    captured = site.home / "var" / "captured" / "new"
    before = len(list(captured.iterdir())) if captured.exists() else 0

    page.get_by_label("Address").fill("me@reader.example")
    page.get_by_role("button", name="Send one test mail").click()

    expect(page.get_by_role("status").filter(has_text="Sent")).to_contain_text("me@reader.example")
    mails = list(captured.iterdir())
    assert len(mails) == before + 1
    content = max(mails, key=lambda file: file.stat().st_mtime_ns).read_text()
    assert "Content-Language: ja" in content
    assert "me@reader.example" in content
    page.get_by_role("link", name="Back to the view").click()
    expect(mail(page).locator("html")).to_have_attribute("lang", "ja")


def test_a_wrong_address_sends_nothing_and_says_so(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}/test/open-class/next")
    page.locator("#address").evaluate("(it) => { it.type = 'text' }")

    page.get_by_label("Address").fill("nobody at all")
    page.get_by_role("button", name="Send one test mail").click()

    expect(page.get_by_role("alert")).to_contain_text("nobody at all")
