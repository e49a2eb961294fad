"""The Components page in a real browser: filtered, as high as it is, by keyboard, on a phone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.previewing import SMALL, faultless
from tests.browser.test_preview_accessibility import inspect
from tests.sites import Site, sample_site
from tests.web.preview.asking import Preview

LIST = "/components/open-class"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = sample_site(tmp_path_factory.mktemp("components") / "site")
    site.write("templates/mail/blocks/promo.mjml.j2", "{# Ours alone. #}\n<p>A promo</p>\n")
    return site


@pytest.fixture
def page(browser_page: Page, preview: Preview) -> Iterator[Page]:
    """The components of the sample; no script of the page may fail meanwhile."""
    with faultless(browser_page):
        browser_page.goto(f"{preview.url}{LIST}")
        expect(browser_page.locator("#live")).to_have_text("Live")
        yield browser_page


def drawn(page: Page, component: str, at: int = 0) -> FrameLocator:
    return page.locator(f"#{component} iframe.drawn").nth(at).content_frame


def test_it_is_reached_from_the_preview_and_leads_back(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}/view/open-class/next")

    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Components").click()

    expect(page.get_by_role("heading", name="Components", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Components").first).to_have_attribute(
        "aria-current", "page"
    )
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Preview").click()
    page.wait_for_url("**/view/**")


def test_a_frame_is_a_sandbox_without_scripts_and_as_high_as_its_component(page: Page) -> None:
    expect(page.locator("#blocks-head .drawing")).to_have_attribute(
        "data-high", re.compile("^[0-9]{2,3}$")
    )
    frame = page.locator("#blocks-head iframe.drawn").first

    inside = drawn(page, "blocks-head").locator("html")
    left = inside.evaluate("(it) => it.scrollHeight - it.ownerDocument.defaultView.innerHeight")

    assert frame.get_attribute("sandbox") == ""
    assert left == 0
    assert page.locator("iframe[sandbox*=allow-scripts]").count() == 0
    expect(page.locator("#blocks-head iframe.measured")).to_have_count(0)


def test_what_is_far_below_is_drawn_when_somebody_comes(page: Page) -> None:
    last = page.locator("#pieces-buttons .drawing")
    expect(page.locator("#blocks-head .drawing[data-high]")).to_be_visible()
    assert last.get_attribute("data-high") is None

    page.locator("#pieces-buttons").scroll_into_view_if_needed()

    expect(last).to_have_attribute("data-high", re.compile("^[12][0-9]{2}$"))
    expect(drawn(page, "pieces-buttons").get_by_text("Yes, I will answer")).to_be_visible()


def test_light_and_dark_stand_side_by_side_in_each_language(page: Page) -> None:
    page.get_by_role("link", name="event", exact=True).first.click()
    page.get_by_role("link", name="Every language").click()

    expect(page.locator("#kinds-event iframe.drawn")).to_have_count(6)
    expect(page.locator("#kinds-event figcaption").nth(3)).to_have_text("日本語, dark")
    expect(drawn(page, "kinds-event", 3).locator("html")).to_have_attribute("lang", "ja")
    ground = "(it) => getComputedStyle(it).backgroundColor"
    grounds = [
        drawn(page, "kinds-event", at).locator(".card").first.evaluate(ground) for at in (0, 1)
    ]
    assert grounds[0] != grounds[1]
    assert "component=kinds%2Fevent" in page.url
    assert "lang=all" in page.url


def test_the_filter_takes_effect_as_it_is_typed_and_stands_in_the_address(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("days event")

    expect(page.locator(".component:visible")).to_have_count(1)
    expect(page.locator("#kinds-event")).to_be_visible()
    assert "q=days+event" in page.url
    page.reload()
    expect(page.locator(".component:visible")).to_have_count(1)
    page.locator("#q").fill("nothing is called that")
    expect(page.get_by_text("No component is called that.")).to_be_visible()
    page.locator("#q").press("Enter")
    expect(page.locator("#q")).to_have_value("nothing is called that")


def test_the_filter_finds_everything_again_when_it_is_emptied(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}{LIST}?q=event")
    expect(page.locator(".component:visible")).to_have_count(1)

    page.locator("#q").fill("")

    expect(page.locator(".component:visible")).to_have_count(31)


def test_the_keyboard_does_it_all(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**lang=ja**")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(lambda url: "lang=ja" not in url)
    page.keyboard.press("d")
    page.wait_for_url("**scheme=dark**")
    expect(page.locator("#blocks-head iframe.drawn")).to_have_count(1)
    page.keyboard.press("d")
    page.wait_for_url("**scheme=light**")
    page.locator("#blocks-head summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#blocks-head .numbered")).to_be_visible()


def test_the_source_names_its_file_and_a_site_s_own_opens_in_the_editor(
    page: Page, site: Site
) -> None:
    page.locator("#blocks-promo summary").click()

    expect(page.locator("#blocks-promo .numbered")).to_contain_text("<p>A promo</p>")
    place = page.locator("#blocks-promo a.place")
    expect(place).to_have_text("templates/mail/blocks/promo.mjml.j2:1")
    expect(place).to_have_attribute(
        "href", f"vscode://file{site.home}/templates/mail/blocks/promo.mjml.j2:1:1"
    )
    page.locator("#pieces-tile summary").click()
    first = page.locator("#pieces-tile .numbered").first
    expect(first.locator("span").first).to_have_text("40 {% macro tile(figure, s) %}")


def test_a_saved_template_is_drawn_anew_where_the_page_was(page: Page, site: Site) -> None:
    page.locator("#blocks-promo").scroll_into_view_if_needed()
    page.locator("#blocks-promo summary").click()
    expect(drawn(page, "blocks-promo").get_by_text("A promo")).to_be_visible()
    scrolled = page.locator("#exhibits").evaluate("(it) => it.scrollTop")

    site.write("templates/mail/blocks/promo.mjml.j2", "{# Ours alone. #}\n<p>A saved one</p>\n")

    expect(drawn(page, "blocks-promo").get_by_text("A saved one")).to_be_visible()
    expect(page.locator("#blocks-promo .numbered")).to_contain_text("A saved one")
    assert abs(page.locator("#exhibits").evaluate("(it) => it.scrollTop") - scrolled) < 60
    site.write("templates/mail/blocks/promo.mjml.j2", "{# Ours alone. #}\n<p>A promo</p>\n")
    expect(drawn(page, "blocks-promo").get_by_text("A promo")).to_be_visible()


def test_a_broken_template_is_told_where_it_would_be_drawn(page: Page, site: Site) -> None:
    page.locator("#blocks-promo").scroll_into_view_if_needed()
    site.write("templates/mail/blocks/promo.mjml.j2", "{# Ours alone. #}\n<p>{{ oops }}</p>\n")

    expect(drawn(page, "blocks-promo").get_by_text("unknown name 'oops'")).to_be_visible()
    expect(drawn(page, "blocks-promo").get_by_text("promo.mjml.j2:2")).to_be_visible()

    site.write("templates/mail/blocks/promo.mjml.j2", "{# Ours alone. #}\n<p>A promo</p>\n")
    expect(drawn(page, "blocks-promo").get_by_text("A promo")).to_be_visible()


def test_a_phone_shows_it_without_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    page.reload()
    expect(page.locator("#blocks-head .drawing[data-high]")).to_be_visible()

    for summary in page.locator("summary").all()[:4]:
        summary.click()

    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    expect(page.get_by_placeholder("Filter components")).to_be_visible()
    page.get_by_role("link", name="Desktop").click()
    page.wait_for_url("**width=desktop**")
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server of the attacker's, and what it was asked for."""
    noted: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            noted.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", noted
    server.shutdown()


def test_a_hostile_template_runs_nothing_asks_for_nothing_and_leads_nowhere(
    page: Page, preview: Preview, site: Site, asked: tuple[str, list[str]]
) -> None:
    evil = (
        f'<div style="background:url({asked[0]}/ground.png)">Evil'
        f'<img src="{asked[0]}/pixel.png" alt="" /></div>'
        f'<p><a class="away" href="{asked[0]}/away">away</a></p>'
        '<p><a class="script" href="javascript:parent.owned=1">script</a></p>'
    )
    site.write("templates/mail/blocks/promo.mjml.j2", evil)
    page.goto(f"{preview.url}{LIST}?component=blocks/promo")
    inside = drawn(page, "blocks-promo")
    expect(inside.get_by_text("Evil")).to_be_visible()
    address, pages = page.url, len(page.context.pages)

    for link in ("away", "script"):
        inside.locator(f"a.{link}").click()
    page.wait_for_timeout(300)

    assert asked[1] == []
    assert page.url == address
    assert len(page.context.pages) == pages
    assert page.evaluate("() => window.owned") is None
    page.request.get(f"{asked[0]}/really")
    assert asked[1] == ["/really"]
    site.write("templates/mail/blocks/promo.mjml.j2", "{# Ours alone. #}\n<p>A promo</p>\n")
    expect(inside.get_by_text("A promo")).to_be_visible()


@pytest.mark.parametrize("small", [False, True], ids=["large", "small"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("query", ["", "?component=kinds/event&lang=all", "?q=nothing+at+all"])
def test_axe_finds_nothing_wrong(
    page: Page, preview: Preview, query: str, dark: bool, small: bool
) -> None:
    page.goto(f"{preview.url}{LIST}{query}")
    expect(page.locator("#live")).to_have_text("Live")

    assert inspect(page, dark=dark, small=small) == []
