"""A mail stays whole in inboxes that do it harm.

The heaviest edition of each language, which has every kind of block, in the light and in the dark.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.inboxes import INBOXES
from tests.browser.looking import Content, content_of, look
from tests.browser.sample_mails import LANGUAGES, SampleMails


@pytest.fixture(scope="module")
def contents(page: Page, mails: SampleMails) -> dict[str, Content]:
    """What each language's mail has to say."""
    return {each: content_of(page, mails.file(each, "invited")) for each in LANGUAGES}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("inbox", INBOXES)
def test_no_text_is_lost_cut_off_or_overlapping_and_every_link_can_be_clicked(
    page: Page,
    mails: SampleMails,
    contents: dict[str, Content],
    inbox: str,
    language: str,
    dark: bool,
) -> None:
    file = mails.file(language, "invited")

    found = look(page, file, INBOXES[inbox], contents[language], dark=dark)

    assert found == []


def test_there_is_something_to_lose(contents: dict[str, Content]) -> None:
    for content in contents.values():
        assert len(content.text) > 2000
        assert len(content.links) >= 3
