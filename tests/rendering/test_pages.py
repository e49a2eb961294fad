"""Web pages: in the reader's language, without a script, a request or anybody's data."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest

from digest.errors import TemplateError
from tests.rendering.issue_maker import make_renderer

PAGES = (
    "leave.html",
    "left.html",
    "invitation.html",
    "answered.html",
    "too_late.html",
    "unknown_link.html",
    "test_link.html",
)
VALUES = {
    "newsletter": "The <Takeaway>",
    "question": "Which breakfast & why?",
    "field": "food",
    "deadline": date(2023, 4, 14),
    "choice": "accept",
}


class _Tags(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the tags of a page."""
    parser = _Tags()
    parser.feed(page)
    return parser.tags


@pytest.mark.parametrize("language", ["en", "ja", "zh-Hans"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_the_readers_language_and_asks_nobody_for_anything(
    name: str, language: str
) -> None:
    page = make_renderer().page(name, language=language, **VALUES)

    found = tags(page)
    assert ("html", {"lang": language, "dir": "ltr"}) in found
    assert not [tag for tag, _ in found if tag in ("script", "link", "img", "iframe")]
    assert not re.search(r"https?:|url\(|@import", page)
    assert len([tag for tag, _ in found if tag == "h1"]) == 1
    assert re.search(r"<title>\S.*</title>", page)


@pytest.mark.parametrize("name", ["leave.html", "invitation.html"])
def test_a_page_decides_only_by_post_to_its_own_address(name: str) -> None:
    page = make_renderer().page(name, language="en", **VALUES)

    forms = [attributes for tag, attributes in tags(page) if tag == "form"]
    assert forms == [{"method": "post"}]


def test_what_a_newsletter_is_called_is_text_and_not_markup() -> None:
    page = make_renderer().page("leave.html", language="en", newsletter="<b>x</b>")

    assert "<b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("choice", "order"),
    [
        ("accept", ["accept", "decline"]),
        ("decline", ["decline", "accept"]),
        ("", ["accept", "decline"]),
    ],
)
def test_the_choice_of_the_link_is_the_first_and_filled_button(
    choice: str, order: list[str]
) -> None:
    page = make_renderer().page("invitation.html", language="en", **{**VALUES, "choice": choice})

    buttons = [attributes for tag, attributes in tags(page) if tag == "button"]
    assert [each["value"] for each in buttons] == order
    assert [each.get("class") for each in buttons] == ["solid", None]
    assert {each["name"] for each in buttons} == {"answer"}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "by 14 April 2023"), ("ja", "2023年4月14日"), ("zh-Hans", "2023 年 4 月 14 日")],
)
def test_the_deadline_is_a_date_as_the_language_writes_it(language: str, words: str) -> None:
    page = make_renderer().page("invitation.html", language=language, **VALUES)

    assert words in page


def test_an_invitation_without_a_deadline_says_so() -> None:
    page = make_renderer().page("invitation.html", language="en", **{**VALUES, "deadline": None})

    assert "There is no deadline." in page


def test_an_unknown_link_says_nothing_about_anybody() -> None:
    pages = {make_renderer().page("unknown_link.html", language="en", **VALUES) for _ in "ab"}

    page = pages.pop()
    assert not pages
    assert "Takeaway" not in page
    assert "breakfast" not in page


def test_a_language_without_words_gets_english() -> None:
    page = make_renderer().page("left.html", language="sv", newsletter="N")

    assert "You have left" in page


def test_a_page_without_a_value_that_it_needs_is_an_error() -> None:
    with pytest.raises(TemplateError, match="unknown name 'newsletter'"):
        make_renderer().page("leave.html", language="en")


def test_a_page_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(TemplateError, match=r"there is no template 'web/nowhere\.html'"):
        make_renderer().page("nowhere.html")
