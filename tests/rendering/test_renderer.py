"""Rendering an edition: the same in both parts, in its language, whole, small, and once."""

from __future__ import annotations

import dataclasses
import re

import pytest

from digest.errors import DigestError
from digest.model.edition import Placeholder
from digest.model.issue import Note, NoteText
from tests.rendering.issue_maker import (
    ALL_LINKS,
    BRANDS,
    LANGUAGES,
    NEWSLETTER,
    figure,
    full_issue,
    item,
    make_edition,
    make_issue,
    make_renderer,
    only,
    opportunity,
    render,
)
from tests.rendering.mail_reader import MailReader, squeezed


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_edition_renders_to_the_same_bytes(language: str) -> None:
    first = render(full_issue(), language, "breakfast")
    again = render(full_issue(), language, "breakfast")

    assert first == again


def test_an_edition_costs_one_compilation() -> None:
    renderer = make_renderer()
    issue = full_issue()

    for language in LANGUAGES:
        renderer.render(issue, make_edition(issue, language), links=ALL_LINKS)

    assert renderer.compilations == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_and_text_hold_the_same_links(language: str) -> None:
    rendered = render(full_issue(), language, "breakfast")

    in_html = set(MailReader(rendered.html).links)
    in_text = set(re.findall(r"<([^<>\s]+)>", rendered.text))
    assert in_html == in_text
    assert len(in_html) == (3 if language == "ja" else 5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_and_text_say_the_same(language: str) -> None:
    issue = full_issue()
    rendered = render(issue, language, "breakfast")

    view = make_renderer().arrange(issue, make_edition(issue, language, "breakfast"))
    spoken = [view.title, view.lead, view.source, view.shared_source, view.date, view.number]
    for section in view.sections:
        for entry in (*section.entries, *section.opportunities):
            spoken += [section.title, entry.title, entry.do, entry.status_text, entry.dates]
            spoken += [part for each in entry.figures for part in (each.text, each.label)]
    html, text = MailReader(rendered.html).said, squeezed(rendered.text)
    assert [words for words in spoken if squeezed(words) not in html] == []
    assert [words for words in spoken if squeezed(words) not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_is_whole_says_its_language_and_lays_out_with_silent_tables(language: str) -> None:
    html = render(full_issue(), language, "breakfast").html

    page = MailReader(html)
    assert page.open == []
    assert html.startswith(f'<!doctype html><html lang="{language}" dir="ltr"')
    assert page.langs.count(language) >= 2
    assert set(page.tables) == {"presentation"}
    assert "<title>" in html
    assert html.count("<!--[if") == html.count("<![endif]")
    assert '<meta name="color-scheme" content="light dark" />' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_asks_nobody_for_fonts_or_pictures_and_its_styles_are_small(language: str) -> None:
    html = render(full_issue(), language, "breakfast").html

    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert sum(map(len, styles)) <= 8_000
    assert "@import" not in html
    assert "url(" not in html
    assert "<link" not in html
    assert "<img" not in html
    assert all(style.count("{") == style.count("}") for style in styles)


def test_a_large_edition_stays_below_what_gmail_clips() -> None:
    body = "A sentence of the usual length that says what was told, and by whom. " * 4
    items = [
        item(f"t{n}", body=body, do="Do this.", figures=(figure("800 million", "a label"),) * 2)
        for n in range(11)
    ]
    offers = [opportunity(f"o{n}", body=body, do="Do that.", rule=BRANDS) for n in range(6)]

    html = only(*items, *offers).html

    assert len(html.encode()) < 60_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_of_the_text_is_wider_than_72_cells(language: str) -> None:
    text = render(full_issue(), language, "breakfast").text

    assert [line for line in text.split("\n") if len(line) > 72] == []


def test_a_missing_translation_is_shown_in_the_default_language_and_marked_so() -> None:
    rendered = render(full_issue(), "ja")

    page = MailReader(rendered.html)
    assert "ライブ販売が伸びた" in page.said
    assert "Titleofreach" in page.said
    assert page.langs.count("en") >= 5


def test_a_japanese_mail_has_japanese_words_fonts_and_no_slant() -> None:
    html = render(full_issue(), "ja", "breakfast").html

    assert "Hiragino Sans" in html
    assert "italic" not in html
    assert "letter-spacing" not in html
    assert "2023年4月1日" in html


def test_a_link_that_is_not_offered_draws_nothing() -> None:
    rendered = render(full_issue(), asked="breakfast", links=frozenset())

    assert "Unsubscribe" not in rendered.html + rendered.text
    assert "Yes, I will answer" not in rendered.html + rendered.text
    assert set(rendered.markers.values()) == {Placeholder.GREETING}


@pytest.mark.parametrize(
    ("language", "named", "plain"),
    [("en", "Hello {name},", "Hello,"), ("ja", "{name} 様", "こんにちは。")],
)
def test_the_greeting_is_in_the_editions_language(language: str, named: str, plain: str) -> None:
    rendered = render(full_issue(), language)

    assert (rendered.greeting_named, rendered.greeting_plain) == (named, plain)


def test_subject_and_preheader_come_from_the_note_on_one_line() -> None:
    text = NoteText(language="en", subject="Five\n takeaways", preheader="a word " * 40)
    issue = make_issue(item("a"), note=Note(texts={"en": text}, content_hash="n"))

    rendered = render(issue)

    assert rendered.subject == "Five takeaways"
    assert len(rendered.preheader) <= 120
    assert rendered.preheader.endswith("word…")


def test_without_a_note_the_newsletters_pattern_is_the_subject() -> None:
    rendered = render(make_issue(item("a"), note=None))

    assert rendered.subject == "The Takeaway 7: The Takeaway, Issue 7"
    assert rendered.preheader == "Title of a"


def test_an_unknown_hole_in_the_subject_pattern_is_an_error() -> None:
    newsletter = dataclasses.replace(NEWSLETTER, subject={"en": "{nummer}"})

    with pytest.raises(DigestError, match=r"unknown hole '\{nummer\}'"):
        render(make_issue(item("a"), note=None, newsletter=newsletter))


def test_a_language_that_nobody_wrote_words_for_speaks_english_and_keeps_its_tag() -> None:
    newsletter = dataclasses.replace(NEWSLETTER, languages=("en", "ar"))
    rendered = render(make_issue(item("a"), newsletter=newsletter), "ar")

    assert rendered.html.startswith('<!doctype html><html lang="ar" dir="rtl"')
    assert "About this mail" in rendered.html
