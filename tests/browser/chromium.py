"""A Chromium that shows mails without touching the network.

It is the machine's own browser (Debian's package, Chrome), found by name: Playwright would download
another. Where there is none a test fails and says how to get it: a look that was not taken is no
look. Playwright's loop occupies its thread while it runs, so a browser is closed again with the
module that used it, before a test of something else calls `asyncio.run`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
#: Tall enough that few scrolls show a whole mail, small enough to lay out fast.
HEIGHT = 1200


class NoBrowserError(Exception):
    """There is no Chromium on this machine."""

    def __init__(self) -> None:
        """Say what was looked for, and how to get it."""
        super().__init__(
            f"no browser on PATH ({', '.join(NAMES)}): the mails cannot be looked at. "
            "On Debian or Ubuntu: apt-get install chromium fonts-noto-cjk"
        )


def browser_path(folders: str | None = None) -> str:
    """Return the path of the browser, from the folders of PATH unless others are given.

    Raises:
        NoBrowserError: there is none.
    """
    found = next((path for name in NAMES if (path := shutil.which(name, path=folders))), None)
    if found is None:
        raise NoBrowserError
    return found


@contextmanager
def opened_page(*, sharpness: float = 1) -> Iterator[Page]:
    """Open one page of a browser, whose network is cut; `sharpness` is pixels per CSS pixel."""
    path = browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        try:
            context = browser.new_context(device_scale_factor=sharpness)
            context.route(lambda url: not url.startswith("file:"), Route.abort)
            yield context.new_page()
        finally:
            browser.close()


def show(page: Page, file: Path, *, width: int, dark: bool, height: int = HEIGHT) -> None:
    """Show a file at a width, in the light or in the dark."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.goto(file.as_uri(), wait_until="load")
