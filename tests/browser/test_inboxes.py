"""The hostile inboxes do what their names say, and nothing looks on without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import NoBrowserError, browser_path
from tests.browser.inboxes import (
    INBOXES,
    classes_prefixed,
    forwarded,
    fully_inverted,
    images_off,
    media_queries_dropped,
    outlook_branch,
    outlook_com,
    partly_inverted,
    style_stripped,
    text_doubled,
)
from tests.browser.sample_mails import LANGUAGES, SampleMails

PAGE = (
    '<html><head><meta name="color-scheme" content="light dark" /><style>'
    ".a,.b{color:#111111;font-size:20px}"
    "@media (min-width:1px){.a{color:#222222}.b{top:0}}.c{top:1px}"
    '[data-ogsc] .a{color:#333333!important}</style></head><body class="page">'
    '<p class="a b" style="color:#000;background-color:#fff;font-size:10px">Text'
    '<img src="x.png" alt="X"></p>'
    "<!--[if mso | IE]><b>Outlook</b><![endif]--><!--[if !mso]><!--><i>others</i><!--<![endif]-->"
    "</body></html>"
)


def test_the_style_goes_with_all_that_announces_it() -> None:
    stripped = style_stripped(PAGE)

    assert "<style" not in stripped
    assert "color-scheme" not in stripped
    assert '<p class="a b" style="color:#000' in stripped


def test_classes_get_other_names_in_rules_and_in_the_text() -> None:
    prefixed = classes_prefixed(PAGE)

    assert 'class="x_a x_b"' in prefixed
    assert "#mail .x_a,#mail .x_b{color:#111111" in prefixed
    assert "@media (min-width:1px){#mail .x_a{color:#222222}#mail .x_b{top:0}}" in prefixed
    assert '<body><div id="mail"><div class="x_page">' in prefixed


def test_rules_for_screens_go_and_the_others_stay() -> None:
    dropped = media_queries_dropped(PAGE)

    assert "@media" not in dropped
    assert "#222222" not in dropped
    assert ".c{top:1px}" in dropped


def test_pictures_do_not_load() -> None:
    assert '<img src="data:," alt="X">' in images_off(PAGE)


def test_inversion_turns_ink_and_ground_over_and_leaves_what_is_marked_for_it() -> None:
    partly, fully, marked = partly_inverted(PAGE), fully_inverted(PAGE), outlook_com(PAGE)

    for page in (partly, fully, marked):
        assert "color:#ffffff;background-color:#1d1d1d" in page
        assert "[data-ogsc] .a{color:#333333!important}" in page
    assert "<div data-ogsc data-ogsb>" in marked
    assert "<div data-ogsc data-ogsb>" not in partly


def test_partial_inversion_leaves_a_dark_ground_with_light_ink() -> None:
    night = '<p style="background:#102030;color:#eeeeee">Night</p>'

    assert partly_inverted(night) == night
    assert "#102030" not in fully_inverted(night)


def test_text_grows_and_nothing_else_does() -> None:
    doubled = text_doubled(PAGE)

    assert "font-size:40px" in doubled
    assert "font-size:20px" in doubled
    assert "top:1px" in doubled


def test_outlook_gets_its_own_branch_only() -> None:
    branch = outlook_branch(PAGE)

    assert "<b>Outlook</b>" in branch
    assert "others" not in branch


def test_a_condition_that_nobody_thought_of_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="say what Outlook makes of it"):
        outlook_branch("<!--[if mso 42]>x<![endif]-->")


def test_a_forwarded_mail_stands_in_three_quotes() -> None:
    assert forwarded(PAGE).count("<blockquote") == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_inbox_but_the_narrow_one_changes_the_sample(
    mails: SampleMails, language: str
) -> None:
    html = mails.file(language, "invited").read_text(encoding="utf-8")

    unchanged = [name for name, inbox in INBOXES.items() if inbox.transform(html) == html]

    assert unchanged == ["narrow"]


def test_without_a_browser_one_is_told_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NoBrowserError, match="apt-get install chromium"):
        browser_path(str(tmp_path))
