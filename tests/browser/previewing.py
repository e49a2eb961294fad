"""Looks at a running preview with the machine's browser, whose network ends at this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Error, Page, Route, expect, sync_playwright

from tests.browser.chromium import SWITCHES, browser_path
from tests.web.preview.asking import Preview

#: Large enough for both devices.
WIDE = {"width": 1500, "height": 950}
SMALL = {"width": 375, "height": 800}
#: The tabs in their order, as the page's address names them.
TABS = (
    *("preview", "text", "source", "message", "checks"),
    *("links", "placeholders", "difference", "plan", "clients"),
)


@contextmanager
def opened_preview(preview: Preview, *, dark: bool = False) -> Iterator[Page]:
    """Open one page of a browser; what leads off this machine is cut."""
    path = browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        try:
            scheme = "dark" if dark else "light"
            context = browser.new_context(viewport=WIDE, color_scheme=scheme)
            context.route(lambda url: "//127.0.0.1:" not in url, Route.abort)
            yield context.new_page()
        finally:
            browser.close()


@contextmanager
def faultless(page: Page) -> Iterator[Page]:
    """Use a page, large and light at first; none of its scripts may fail meanwhile."""
    faults: list[str] = []

    def note(error: Error) -> None:
        faults.append(str(error))

    page.on("pageerror", note)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    yield page
    page.remove_listener("pageerror", note)
    assert faults == []


def settled(page: Page) -> None:
    """Wait until the page is live and its mails stand there as high as they are."""
    expect(page.locator("#live")).to_have_text("Live")
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-pane]')].every((pane) =>"
        " pane.querySelector('iframe.seen').style.height && !pane.querySelector('.coming'))"
    )
