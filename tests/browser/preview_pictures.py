"""Renews the pictures of the preview in the documents: `python -m tests.browser.preview_pictures`.

They show the sample as an editor sees it. Look at each of them before it is committed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.previewing import opened_preview, settled
from tests.sites import Site, sample_site, sample_site_with_a_past
from tests.web.preview.asking import NOW, Preview, running

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
VIEW = "/view/open-class/next"
_WIDE, _TALL, _PHONE = (1440, 900), (1500, 950), (375, 812)

Act = Callable[[Page, Site], object]


def _nothing(_page: Page, _site: Site) -> None:
    return


def _broken(page: Page, site: Site) -> None:
    file = site.folder / "items" / "pay-palm.md"
    file.write_text(file.read_text().replace('section = "pay"', 'section = "payy"'))
    expect(page.get_by_role("alert")).to_contain_text("payy")


def _untranslated(page: Page, site: Site) -> None:
    (site.folder / "items" / "pay-palm.ja.md").unlink()
    expect(page.locator(".finding")).to_have_count(1, timeout=30_000)
    page.get_by_role("button", name="Show in the mail").click()
    page.wait_for_timeout(600)


def _pointed_at(page: Page, _site: Site) -> None:
    screen = page.locator("#pane-phone .screen")
    link = page.locator('#pane-phone .blocks a[title*="items/channels-time-spent.md"]').nth(1)
    top = link.evaluate("(it) => it.offsetTop")
    screen.evaluate("(it, top) => { it.scrollTop = top }", top - 260)
    link.hover()


def _to_pay(page: Page, _site: Site) -> None:
    page.locator(".part", has_text="At the top").evaluate("(part) => part.scrollIntoView()")


#: Pictures of a newsletter that has sent its first issue.
_WITH_A_PAST = ("preview-difference",)
PICTURES: dict[str, tuple[str, tuple[int, int], bool, Act]] = {
    "preview": (VIEW, _WIDE, False, _nothing),
    "preview-dark": (f"{VIEW}?lang=ja&reader=japanese&scheme=dark", _TALL, True, _nothing),
    "preview-phone": (VIEW, _PHONE, True, _nothing),
    "preview-blocks": (f"{VIEW}?blocks=on", _WIDE, False, _pointed_at),
    "preview-components": (
        "/components/open-class?component=kinds/event&lang=all",
        _WIDE,
        False,
        _nothing,
    ),
    "preview-difference": (f"{VIEW}?tab=difference", _TALL, False, _to_pay),
    "preview-checks": (f"{VIEW}?tab=checks", _WIDE, False, _untranslated),
    "preview-error": (VIEW, _TALL, False, _broken),
}


def take(preview: Preview, site: Site, name: str) -> None:
    """Take one picture."""
    target, (width, height), dark, act = PICTURES[name]
    with opened_preview(preview, dark=dark) as page:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{preview.url}{target}")
        if target.startswith("/view/"):
            settled(page)
        act(page, site)
        page.wait_for_timeout(400)
        taken = Image.open(BytesIO(page.screenshot()))
    # A palette makes a third of it, and nobody sees the difference.
    taken.convert("RGB").quantize(256).save(FOLDER / f"{name}.png", optimize=True)


def main(wanted: list[str]) -> None:
    """Take those that are named, or all."""
    for name in wanted or PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "takeaway"
            past = NOW - timedelta(days=7)
            is_later = name in _WITH_A_PAST
            site = sample_site_with_a_past(home, past) if is_later else sample_site(home)
            with running(site) as preview:
                take(preview, site, name)


if __name__ == "__main__":
    main(sys.argv[1:])
