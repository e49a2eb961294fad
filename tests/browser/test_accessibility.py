"""The mails as axe-core sees them in Chromium: nothing wrong, and nothing it cannot decide.

`landmark-one-main` and `region` are rules about web pages: a mail stands inside the page of its
reader's client, and has no landmarks of its own.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import show
from tests.browser.sample_mails import KINDS, LANGUAGES, WIDTHS, SampleMails

_RUN = """() => axe.run(document, {
  resultTypes: ["violations", "incomplete"],
  rules: {"landmark-one-main": {enabled: false}, "region": {enabled: false}},
})"""


def inspect(page: Page) -> list[str]:
    """Return what axe-core finds wrong or cannot decide, a line for each place."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(_RUN)
    return [
        f"{result['id']} ({kind}): {node['html'][:160]}: {node['failureSummary']}"
        for kind in ("violations", "incomplete")
        for result in found[kind]
        for node in result["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_wrong_and_nothing_undecided(
    page: Page, mails: SampleMails, language: str, kind: str, width: int, dark: bool
) -> None:
    show(page, mails.file(language, kind), width=width, dark=dark)

    found = inspect(page)

    assert found == []


def test_axe_would_find_what_is_wrong(page: Page, mails: SampleMails) -> None:
    show(page, mails.file("en", "plain"), width=375, dark=False)
    page.evaluate("() => document.querySelector('h1').style.color = '#e8e8e8'")
    page.evaluate("() => document.querySelector('img').removeAttribute('alt')")
    page.evaluate("() => document.querySelector('html').removeAttribute('lang')")

    found = " ".join(inspect(page))

    assert "color-contrast (violations)" in found
    assert "image-alt (violations)" in found
    assert "html-has-lang (violations)" in found
