"""axe-core finds nothing wrong with the preview's own pages, in light and dark, large and small.

The mails in the frames are looked at by `test_accessibility`, without the preview around them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.previewing import SMALL, TABS, WIDE, opened_preview, settled
from tests.sites import sample_site
from tests.web.preview.asking import Preview, running

VIEW = "/view/open-class/next"
_RUN = """() => axe.run({exclude: [['iframe']]}, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations', 'incomplete'], iframes: false,
})"""


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    site = sample_site(tmp_path_factory.mktemp("axe") / "site")
    (site.folder / "items" / "pay-palm.ja.md").unlink()
    with running(site) as started:
        yield started


@pytest.fixture(scope="module")
def page(preview: Preview) -> Iterator[Page]:
    with opened_preview(preview) as opened:
        # axe is brought in by the test: our own policy would not let it.
        yield opened


def inspect(page: Page, *, dark: bool, small: bool) -> list[str]:
    """Return what axe-core finds wrong, a line for each place."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size(SMALL if small else WIDE)  # type: ignore[arg-type]
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(_RUN)
    return [
        f"{result['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for result in found["violations"]
        for node in result["nodes"]
    ]


@pytest.mark.parametrize("small", [False, True], ids=["large", "small"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("tab", TABS)
def test_nothing_is_wrong_with_any_tab(
    page: Page, preview: Preview, tab: str, dark: bool, small: bool
) -> None:
    page.goto(f"{preview.url}{VIEW}?tab={tab}&q=a")
    settled(page)
    if tab == "checks":
        expect(page.locator(".finding").first).to_be_visible(timeout=15_000)

    assert inspect(page, dark=dark, small=small) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "target", ["/test/open-class/next", f"{VIEW}?reader=role-brand&show=phone", "/view/gone/next"]
)
def test_nothing_is_wrong_with_the_other_pages(
    page: Page, preview: Preview, target: str, dark: bool
) -> None:
    page.goto(f"{preview.url}{target}")

    assert inspect(page, dark=dark, small=False) == []


def test_axe_would_find_what_is_wrong(page: Page, preview: Preview) -> None:
    page.goto(f"{preview.url}{VIEW}")
    settled(page)
    page.evaluate("() => { document.querySelector('.brand b').style.color = '#ddd' }")
    page.evaluate("() => document.documentElement.removeAttribute('lang')")

    found = " ".join(inspect(page, dark=False, small=False))

    assert "color-contrast" in found
    assert "html-has-lang" in found
