"""A hostile mail in the preview, in a real browser: it runs and fetches nothing, leads nowhere."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.previewing import opened_preview, settled
from tests.sites import letter_site
from tests.web.preview.asking import Preview, running

HOSTILE = """<!doctype html><html><head>
<meta http-equiv="refresh" content="0;url={beacon}/refresh">
<base href="{beacon}/base/">
<link rel="stylesheet" href="{beacon}/sheet.css">
<script src="{beacon}/script.js"></script>
<script>top.document.title = 'owned'; parent.owned = 1; fetch('{beacon}/inline')</script>
<style>@import url({beacon}/import.css); body {{ background: url({beacon}/ground.png) }}</style>
</head><body onload="fetch('{beacon}/onload')">
<img src="x" onerror="fetch('{beacon}/onerror')"><img src="{beacon}/pixel.png">
<svg onload="fetch('{beacon}/svg')"></svg>
<iframe src="{beacon}/frame"></iframe><object data="{beacon}/object"></object>
<embed src="{beacon}/embed"><video src="{beacon}/video" autoplay></video>
<h1>The hostile mail</h1>
<p><a id="script" href="javascript:parent.owned=1;fetch('{beacon}/href')">a script</a></p>
<p><a id="away" href="{beacon}/away">away</a></p>
<p><a id="self" target="_self" href="{beacon}/self">here</a></p>
<p><a id="top" target="_top" href="{beacon}/top">over the page</a></p>
<form action="{beacon}/form"><button id="form">send</button></form>
<form action="/test/letter/next" method="post" target="_top"><button id="test">test</button></form>
<p autofocus onfocus="fetch('{beacon}/focus')" tabindex="0">focus</p>
</body></html>"""


@pytest.fixture(scope="module")
def beacon() -> Iterator[tuple[str, list[str]]]:
    """A server of the attacker's that notes whatever it is asked for."""
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/attack":
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(_unwalled(f"http://{self.headers['Host']}").encode())
                return
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
def preview(
    tmp_path_factory: pytest.TempPathFactory, beacon: tuple[str, list[str]]
) -> Iterator[Preview]:
    """A preview of a site whose stored issue somebody has made hostile."""
    site = letter_site(tmp_path_factory.mktemp("hostile") / "site")
    assert site.call("send-now", "--yes").code == 0
    _store(site.home / "var" / "digest.db", HOSTILE.format(beacon=beacon[0]))
    site.write_item("next", "<script>top.owned=1</script>", link=f"{beacon[0]}/next")
    with running(site, datetime.now(UTC)) as started:
        yield started


def _unwalled(beacon: str) -> str:
    """Return the mail without what would lead the control's own page away."""
    return HOSTILE.replace('http-equiv="refresh"', "").format(beacon=beacon)


def _store(database: Path, html: str) -> None:
    with sqlite3.connect(database) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE edition SET html = ?, markers = '{}'", (html,))


@pytest.fixture(scope="module")
def page(preview: Preview) -> Iterator[Page]:
    with opened_preview(preview) as opened:
        yield opened


def test_it_is_really_there(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}/view/letter/1")
    settled(page)

    assert page.locator("iframe.seen").first.content_frame.locator("h1").inner_text() == (
        "The hostile mail"
    )


def test_it_runs_nothing_and_asks_for_nothing(
    page: Page, preview: Preview, beacon: tuple[str, list[str]]
) -> None:
    page.goto(f"{preview.url}/view/letter/1")
    settled(page)
    page.wait_for_timeout(600)

    assert beacon[1] == []
    assert page.evaluate("() => window.owned") is None
    assert page.title().startswith("The first thing") or "owned" not in page.title()


@pytest.mark.parametrize("link", ["script", "away", "self", "top", "form", "test"])
def test_no_click_in_it_leads_anywhere(
    page: Page, preview: Preview, beacon: tuple[str, list[str]], link: str
) -> None:
    page.goto(f"{preview.url}/view/letter/1")
    settled(page)
    address, pages = page.url, len(page.context.pages)
    place = page.locator("iframe.seen").first.content_frame.locator(f"#{link}")

    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(300)

    assert beacon[1] == []
    assert page.url == address
    assert len(page.context.pages) == pages
    assert page.evaluate("() => window.owned") is None


@pytest.mark.parametrize("tab", ["difference", "clients"])
def test_its_words_stand_in_a_tab_as_words(
    page: Page, preview: Preview, beacon: tuple[str, list[str]], tab: str
) -> None:
    issue = "next" if tab == "difference" else "1"
    page.goto(f"{preview.url}/view/letter/{issue}?tab={tab}")
    settled(page)
    page.wait_for_timeout(300)

    panel = page.locator(".panel")
    if tab == "difference":
        assert "<script>top.owned=1</script>" in panel.inner_text()
        assert "javascript:parent.owned=1" in (panel.text_content() or "")
    hrefs = panel.locator("a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert all(href.startswith(("/view/", "https://www.caniemail.com/")) for href in hrefs)
    assert panel.locator("script, img, form, iframe, [onload], [onerror]").count() == 0
    assert page.evaluate("() => window.owned") is None
    assert beacon[1] == []


def test_its_own_address_is_as_harmless(
    page: Page, preview: Preview, beacon: tuple[str, list[str]]
) -> None:
    for more in ("", "?measured=1"):
        page.goto(f"{preview.url}/mail/letter/1{more}")
        page.wait_for_timeout(400)

    assert beacon[1] == []


def test_the_attack_would_be_noticed(page: Page, beacon: tuple[str, list[str]]) -> None:
    """The same mail, shown as a preview without walls would show it."""
    page.goto(f"{beacon[0]}/attack")
    page.wait_for_timeout(600)

    assert {"/inline", "/onerror", "/pixel.png", "/ground.png"} <= set(beacon[1])
    beacon[1].clear()
