"""The sample's mails: small, whole, in their language, and good in the hardest inboxes."""

from __future__ import annotations

import re

import pytest

from digest.model.edition import Edition
from tests.rendering.mail_reader import MailReader
from tests.rendering.sample_mails import (
    LANGUAGES,
    LINKS,
    filled,
    heaviest_editions,
    invited_edition,
    plain_edition,
    render,
    sample_issue,
)

HTML_BYTES, CSS_BYTES = 60_000, 8_000


def html_of(edition: Edition) -> str:
    """Return the HTML of an edition as one reader gets it."""
    mail = render(edition)
    return filled(mail.html, mail)


def styles_of(html: str) -> list[str]:
    """Return what stands in the style elements, also in those for Outlook."""
    return re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_heaviest_mail_there_can_be_is_small(language: str) -> None:
    mails = [html_of(edition) for edition in heaviest_editions(language)]

    assert max(len(html.encode()) for html in mails) <= HTML_BYTES
    assert max(sum(map(len, styles_of(html))) for html in mails) <= CSS_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hero_the_logo_and_an_icon_for_each_section_are_shown(language: str) -> None:
    newsletter = sample_issue().newsletter
    mail = render(invited_edition(language))

    wanted = {newsletter.pictures.hero, newsletter.pictures.logo, newsletter.pictures.ask}
    wanted |= {section.icon for section in newsletter.sections}
    assert {each.file for each in mail.pictures} == {each.file for each in wanted if each}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_says_its_size_and_what_it_shows(language: str) -> None:
    html = html_of(invited_edition(language))

    pictures = re.findall(r"<img [^>]*>", html)
    assert len(pictures) >= 9
    assert all(re.search(r'width="\d+" height="\d+" alt="', each) for each in pictures)
    hero = next(each for each in pictures if 'class="hero"' in each)
    assert 'width="640" height="228"' in hero
    assert re.search(r'alt="[^"]{20,}"', hero)
    assert "background:#" in hero  # with pictures off its words stand on a ground of their own


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_outlook_sees_is_balanced_and_has_wide_values(language: str) -> None:
    html = html_of(invited_edition(language))

    opened = re.sub(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
    seen = re.sub(r"<!--\[if [^\]]*\]>(.*?)<!\[endif\]-->", r"\1", opened, flags=re.DOTALL)
    for tag in ("table", "tr", "td"):
        assert len(re.findall(rf"<{tag}[\s>]", seen)) == seen.count(f"</{tag}>")
    outlook = next(style for style in styles_of(html) if "margin:0 0 0 24px" in style)
    assert ".px{padding-left:40px !important" in outlook
    assert html.count("mso-padding-alt:12px 26px") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_style_elements_and_classes_the_mail_still_has_its_colours(language: str) -> None:
    html = re.sub(r"<style.*?</style>", "", html_of(invited_edition(language)), flags=re.DOTALL)
    bare = re.sub(r' class="[^"]*"', "", html)

    for ground in ("#FFFEFB", "#0E3B2B", "#185240", "#FBF0D2", "#E2F3E8", "#EFEBE1"):
        assert f"background:{ground}" in bare or f"background-color:{ground}" in bare
    assert "padding:0 24px" in bare


@pytest.mark.parametrize("language", ["ja", "zh-Hans"])
def test_japanese_and_chinese_headings_break_between_phrases_and_never_slant(language: str) -> None:
    html = html_of(invited_edition(language))

    headings = re.findall(r"<h[123][^>]*>(.*?)</h[123]>", html)
    assert sum("<wbr" in each for each in headings) >= 5
    assert "word-break:keep-all" in html
    assert "italic" not in html
    assert "letter-spacing" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_factor_is_two_bars_in_true_proportion_and_a_doubtful_one_says_so(language: str) -> None:
    html = html_of(plain_edition(language))

    inside = re.findall(
        r'width="(\d+)%" cellspacing="0"><tr><td class="bar[^>]*padding:0 10px', html
    )
    beside = re.findall(r'<td class="bar[^>]*width="(\d+)%"[^>]*>[^<]*</td><td[^>]*><b>1</b>', html)
    assert [int(width) for width in inside] == [38, 100, 50, 100, 100]
    assert [int(width) for width in beside] == [6]
    doubtful = re.findall(r'<td class="bar unsure[^>]*>(.*?)</td>', html)
    assert len(doubtful) == 1
    assert doubtful[0].startswith("≈ 2.64")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["plain", "invited"])
def test_both_parts_hold_the_same_links(language: str, kind: str) -> None:
    edition = plain_edition(language) if kind == "plain" else invited_edition(language)
    mail = render(edition)

    in_html = set(MailReader(filled(mail.html, mail)).links)
    in_text = set(re.findall(r"<([^<>\s]+)>", filled(mail.text, mail)))
    assert in_html == in_text
    assert set(LINKS.values()) >= in_html
    assert len(in_html) == (1 if kind == "plain" else 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_its_creator_sees_a_question_and_only_others_the_news_of_ask(language: str) -> None:
    question = next(each for each in sample_issue().questions if each.field == "travel")
    asked = question.texts[language].question
    plain, invited = render(plain_edition(language)), render(invited_edition(language))

    assert asked not in plain.text
    assert "".join(asked.split()) in "".join(invited.text.split())
    news = next(each for each in sample_issue().items if each.id == "ask-news")
    title = "".join(news.texts[language].title.split())
    assert title in "".join(plain.text.split())
    assert title not in "".join(invited.text.split())
