"""The mails stay small, fit the narrowest phone, and are whole for Outlook."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import HEIGHT, show
from tests.browser.inboxes import outlook_branch
from tests.browser.sample_mails import LANGUAGES, SampleMails

HTML_LIMIT = 60_000
CSS_LIMIT = 8_000
WIDTHS = (320, 375, 700)
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TURN = re.compile(r"<!--\[if [^\]]+\]>|<!\[endif\]-->")
_VOID = {"img", "br", "meta", "link", "hr", "input", "wbr", "col", "o:allowpng"}


def css_of(html: str) -> str:
    """Return the CSS of a page: what stands in its style elements, for any client."""
    return "".join(_STYLE.findall(html))


def test_every_edition_weighs_at_most_60_kb_with_8_kb_of_css(mails: SampleMails) -> None:
    heavy = {
        row["html"]: (row["html_bytes"], css_bytes)
        for row, file in zip(mails.rows, mails.files, strict=True)
        if (css_bytes := len(css_of(file.read_text(encoding="utf-8")).encode())) > CSS_LIMIT
        or row["html_bytes"] > HTML_LIMIT
    }

    assert heavy == {}


def test_no_edition_scrolls_sideways(page: Page, mails: SampleMails) -> None:
    wide = {}

    for file in mails.files:
        show(page, file, width=WIDTHS[0], dark=False)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            needed = page.evaluate("() => document.documentElement.scrollWidth")
            if needed > width:
                wide[file.name, width] = needed

    assert wide == {}


class _Balance(HTMLParser):
    """Notes every end tag that does not close what was opened last."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take `<o:AllowPNG/>` as whole."""

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(f"</{tag}> at {self.getpos()} closes {self.open[-3:]}")


def test_every_conditional_comment_is_closed_before_the_next_opens(mails: SampleMails) -> None:
    for file in mails.files:
        turns = [turn.group(0) for turn in _TURN.finditer(file.read_text(encoding="utf-8"))]

        opening = [turn.startswith("<!--[if") for turn in turns]

        assert opening
        assert opening == [True, False] * (len(opening) // 2), file.name


@pytest.mark.parametrize("outlook", [True, False], ids=["outlook", "everybody-else"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_outlook_sees_is_balanced_and_so_is_what_others_see(
    mails: SampleMails, language: str, outlook: bool
) -> None:
    html = mails.file(language, "invited").read_text(encoding="utf-8")
    seen = outlook_branch(html) if outlook else _COMMENT.sub("", html)

    balance = _Balance(seen)

    assert balance.wrong == []
    assert balance.open == []
