"""Captured mail in a real browser: the inbox, a mail's stage and tabs, and hostile HTML."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.previewing import SMALL, WIDE, opened_preview, settled
from tests.browser.test_preview_security import HOSTILE
from tests.sites import Site, letter_site
from tests.web.preview.asking import Preview
from tests.web.preview.captured_mails import keep, letter

_RUN = """() => axe.run({exclude: [['iframe']]}, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'], iframes: false,
})"""
PICTURES = (
    "<style>p{color:#123456}@media (prefers-color-scheme:dark){p{color:#abcdef}}</style>"
    '<img id="own" src="cid:dot@x" width="30"><img id="theirs" src="{beacon}/pixel.png" width="30">'
    '<p>Words with <a href="https://example.org/away">a link</a></p>'
)


@pytest.fixture(scope="module")
def beacon() -> Iterator[tuple[str, list[str]]]:
    """A server of somebody else's that notes whatever it is asked for."""
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, beacon: tuple[str, list[str]]) -> Site:
    site = letter_site(tmp_path_factory.mktemp("mailbox") / "site")
    for number in range(60):
        keep(site, letter(f"Mail {number}", text=f"words of {number}"), minute=number)
    html = PICTURES.replace("{beacon}", beacon[0])
    keep(site, letter("Pictures 微信", html=html, png=True, text="Words\n支付"), minute=100)
    hostile = HOSTILE.format(beacon=beacon[0])
    keep(site, letter("Hostile <b>", html=hostile, text=hostile), minute=101)
    return site


@pytest.fixture(scope="module")
def page(preview: Preview) -> Iterator[Page]:
    with opened_preview(preview) as opened:
        yield opened


@pytest.fixture(autouse=True)
def as_usual(page: Page) -> None:
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")


def open_mail(page: Page, preview: Preview, subject: str) -> None:
    page.goto(f"{preview.url}/captured")
    page.get_by_role("link", name=subject).first.click()
    settled(page)


def test_the_list_is_paged_and_searched(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}/captured")
    expect(page.locator(".letter-list li")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".letter-list li")).to_have_count(12)
    expect(page.locator(".letter-list li").last).to_contain_text("Mail 0")

    page.get_by_role("searchbox").fill("支付")
    page.get_by_role("searchbox").press("Enter")

    expect(page.locator(".letter-list li")).to_have_count(1)
    expect(page.locator(".letter-list")).to_contain_text("Pictures 微信")
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".letter-list li")).to_have_count(50)


def test_new_mail_comes_into_the_open_list_by_itself(
    page: Page, preview: Preview, site: Site
) -> None:
    page.goto(f"{preview.url}/captured")
    expect(page.locator("#live")).to_have_text("Live")

    keep(site, letter("Just came"), minute=99)

    expect(page.locator(".letter-list")).to_contain_text("Just came", timeout=8000)


def test_a_mail_stands_on_both_devices_with_its_own_pictures_only(
    page: Page, preview: Preview, beacon: tuple[str, list[str]]
) -> None:
    open_mail(page, preview, "Pictures 微信")
    mail = page.locator("iframe.seen").first.content_frame

    own = mail.locator("#own").evaluate("(image) => image.naturalWidth")
    theirs = mail.locator("#theirs").get_attribute("src")

    assert page.locator("iframe.seen").count() == 2
    assert own == 1
    assert theirs is not None
    assert theirs.startswith("data:")
    expect(page.locator(".blocked")).to_contain_text("1 picture of other machines is not fetched")
    assert beacon[1] == []


def test_looks_and_tabs_work_as_in_the_preview(page: Page, preview: Preview) -> None:
    open_mail(page, preview, "Pictures 微信")
    colour = "(each) => getComputedStyle(each).color"
    words = page.locator("iframe.seen").first.content_frame.locator("p")
    assert words.evaluate(colour) == "rgb(18, 52, 86)"

    page.keyboard.press("d")
    expect(page.locator('a[data-scheme="dark"]')).to_have_attribute("aria-current", "true")
    settled(page)
    words = page.locator("iframe.seen").first.content_frame.locator("p")

    assert words.evaluate(colour) == "rgb(171, 205, 239)"
    for key, tab in enumerate(("Text", "Source", "Message", "Links"), start=2):
        page.keyboard.press(str(key))
        expect(page.locator("section.panel")).to_have_attribute("aria-label", tab)
    expect(page.locator("section.panel")).to_contain_text("https://example.org/away")
    page.goto(page.url)
    expect(page.locator("section.panel")).to_have_attribute("aria-label", "Links")


def test_a_loss_leads_to_the_place_in_the_source(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}/captured?q=pictures")
    page.get_by_role("link", name="Pictures").click()

    page.get_by_role("link", name="Clients").click()
    family = page.locator(".family", has_text="Gmail")
    family.locator("tr", has_text="prefers-color-scheme").locator(".spot a").click()

    mark = page.locator(".code mark")
    expect(mark).to_have_text(re.compile(r"^@media \(prefers-color-scheme:dark\)"))
    expect(mark).to_be_focused()


def test_newer_and_older_lead_from_mail_to_mail(page: Page, preview: Preview) -> None:
    open_mail(page, preview, "Pictures 微信")

    page.get_by_role("link", name="Newer").click()
    expect(page.locator("h1")).to_have_text("Hostile <b>")
    page.get_by_role("link", name="Older").click()

    expect(page.locator("h1")).to_have_text("Pictures 微信")


def test_a_message_is_downloaded(page: Page, preview: Preview) -> None:
    open_mail(page, preview, "Pictures 微信")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download .eml").click()

    assert download.value.suggested_filename.endswith(".eml")
    assert b"Content-ID: <dot@x>" in download.value.path().read_bytes()


def test_a_hostile_mail_runs_nothing_and_asks_for_nothing(
    page: Page, preview: Preview, beacon: tuple[str, list[str]]
) -> None:
    open_mail(page, preview, "Hostile <b>")
    assert page.locator("iframe.seen").first.content_frame.locator("h1").inner_text()
    mail, stands = page.url.partition("?")[0], page.url

    for link in ("script", "away", "self", "top", "form", "test"):
        page.goto(stands)
        settled(page)
        place = page.locator("iframe.seen").first.content_frame.locator(f"#{link}")
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(150)
        assert page.url == stands
    for tab in ("text", "source", "message", "links", "clients"):
        page.goto(f"{mail}?tab={tab}")
    page.goto(f"{mail}/html")
    page.wait_for_timeout(300)

    assert beacon[1] == []
    assert page.evaluate("() => window.owned") is None
    assert len(page.context.pages) == 1


@pytest.mark.parametrize("small", [False, True], ids=["large", "small"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "what",
    ["list", "none", "gone", "preview", "text", "source", "message", "links", "clients"],
)
def test_axe_finds_nothing_wrong(
    page: Page, preview: Preview, what: str, dark: bool, small: bool
) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size(SMALL if small else WIDE)  # type: ignore[arg-type]
    found = preview.get("/captured/api/messages?subject=pictures").text
    mail = found.split('"id":"')[1][:20]
    target = {"list": "", "none": "?q=nothing-like-this", "gone": "/0"}
    page.goto(f"{preview.url}/captured{target.get(what, f'/{mail}?tab={what}')}")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))

    result: dict[str, Any] = page.evaluate(_RUN)

    assert [
        f"{one['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for one in result["violations"]
        for node in one["nodes"]
    ] == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
