"""Contrast: the numbers of WCAG, and a cascade that sees what a reader sees, in light and dark."""

from __future__ import annotations

import pytest

from digest.rendering.lint.cascade import looks
from digest.rendering.lint.colour import Colour, contrast, parse_colour
from digest.rendering.lint.contrast import schemes, unknown
from digest.rendering.lint.tree import read_html
from tests.rendering.lint.mail_maker import lint, mail, rules

DARK = "@media (prefers-color-scheme:dark){%s}"


def colour(text: str) -> Colour:
    """Return a colour that is known."""
    found = parse_colour(text)
    assert found is not None
    return found


def seen(html: str, scheme: str = "light", mark: str = "here") -> tuple[str, str]:
    """Return ink and paper of the words `here`, "?" where they cannot be known."""
    document = read_html(html)
    found = looks(document, scheme)
    look = next(found[element] for element, words in document.words if words.strip() == mark)
    return tuple("?" if each is None else str(each) for each in (look.ink, look.paper))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("ink", "paper", "ratio"),
    [
        ("#000", "#fff", 21.0),
        ("#767676", "white", 4.54),
        ("#777777", "white", 4.48),
        ("#0000ff", "#ffffff", 8.59),
        ("red", "#fff", 4.00),
        ("rgb(0 128 0)", "#fff", 5.14),
        ("hsl(0, 0%, 50%)", "black", 5.28),
        ("#fff", "#fff", 1.0),
    ],
)
def test_the_contrast_of_known_pairs_is_that_of_wcag(ink: str, paper: str, ratio: float) -> None:
    assert contrast(colour(ink), colour(paper)) == pytest.approx(ratio, abs=0.01)
    assert contrast(colour(paper), colour(ink)) == contrast(colour(ink), colour(paper))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#abc", "#AABBCC"),
        ("#AABBCC80", "#AABBCC"),
        ("RGB(1,2,3)", "#010203"),
        ("rgba(100%, 0%, 0%, .5)", "#FF0000"),
        ("rebeccapurple", "#663399"),
        ("hsl(120deg 100% 25%)", "#008000"),
        ("var(--x)", "None"),
        ("#ab", "None"),
        ("canvastext", "None"),
        ("rgb(1,2)", "None"),
        ("", "None"),
    ],
)
def test_colours_are_read_as_css_writes_them(text: str, expected: str) -> None:
    assert str(parse_colour(text)) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>here</p>", ("#000000", "#FFFFFF")),
        ('<div style="color:#111;background:#eee"><p>here</p></div>', ("#111111", "#EEEEEE")),
        ('<td bgcolor="eeeeee"><font color=#111111>here</font></td>', ("#111111", "#EEEEEE")),
        ("<a href=x>here</a>", ("#0000EE", "#FFFFFF")),
        ('<a href=x style="color:inherit">here</a>', ("#000000", "#FFFFFF")),
        ("<style>.a{color:#111}</style><p class=a>here</p>", ("#111111", "#FFFFFF")),
        (
            '<style>.a{color:#111}</style><p class=a style="color:#222">here</p>',
            ("#222222", "#FFFFFF"),
        ),
        (
            '<style>.a{color:#111!important}</style><p class=a style="color:#222">here</p>',
            ("#111111", "#FFFFFF"),
        ),
        (
            "<style>p{color:#111}.a{color:#222}p{color:#333}</style><p class=a>here",
            ("#222222", "#FFFFFF"),
        ),
        ("<style>.a>p{color:#111}</style><div class=a><p>here", ("#111111", "#FFFFFF")),
        ("<style>.a>p{color:#111}</style><div class=a><b><p>here", ("#000000", "#FFFFFF")),
        ("<style>.a p{color:#111}</style><div class=a><b><p>here", ("#111111", "#FFFFFF")),
        ("<style>p[align=left]{color:#111}</style><p align=left>here", ("#111111", "#FFFFFF")),
        ("<style>[data-ogsc] p{color:#111}</style><p>here", ("#000000", "#FFFFFF")),
        ("<style>p:hover{color:#111}</style><p>here", ("#000000", "#FFFFFF")),
        ("<style>@media print{p{color:#111}}</style><p>here", ("#000000", "#FFFFFF")),
        ("<style>@media (min-width:520px){p{color:#111}}</style><p>here", ("#000000", "#FFFFFF")),
        ("<style media='(max-width:520px)'>p{color:#111}</style><p>here", ("#111111", "#FFFFFF")),
        ('<div style="background:#000"><p style="background:inherit">here', ("#000000", "#000000")),
        ('<div style="background:#000;background-color:#eee">here', ("#000000", "#EEEEEE")),
        ('<div style="background:#eee url(x.png) no-repeat">here', ("#000000", "?")),
        ('<div style="background:linear-gradient(#000,#fff)">here', ("#000000", "?")),
        ('<div style="background:var(--x)">here', ("#000000", "?")),
        ('<div style="background:none">here', ("#000000", "#FFFFFF")),
        ('<div style="background:rgba(0,0,0,.5)">here', ("#000000", "#808080")),
        ("<mark>here</mark>", ("#000000", "#FFFF00")),
    ],
)
def test_the_cascade_sees_what_a_reader_sees(html: str, expected: tuple[str, str]) -> None:
    assert seen(html) == expected


@pytest.mark.parametrize(
    ("rule", "style", "expected"),
    [
        (
            ".a{color:#eee!important;background:#111!important}",
            "color:#222",
            ("#EEEEEE", "#111111"),
        ),
        (".a{color:#eee}", "color:#222;background:#fff", ("#222222", "#FFFFFF")),
        ("body{background:#111}", "color:#222", ("#222222", "#111111")),
        (".b{color:#eee}", "", ("?", "?")),
    ],
)
def test_in_dark_only_what_is_said_is_known(
    rule: str, style: str, expected: tuple[str, str]
) -> None:
    html = f"<style>{DARK % rule}</style><body><p class=a style='{style}'>here</p></body>"

    assert seen(html, "dark") == expected
    assert schemes(read_html(html)) == ("light", "dark")


def test_dark_words_on_a_dark_background_are_told_with_the_scheme() -> None:
    css = DARK % "div{background:#111!important}"

    found = lint(mail('<p style="color:#333">Read me</p>', css=css))

    told = [str(each) for each in found if each.rule == "unreadable-text"]
    assert any("'Read me' has a contrast of 1.49 in dark (#333333 on #111111)" in t for t in told)
    assert not any("in light" in each for each in told)


@pytest.mark.parametrize(
    ("style", "is_told"),
    [
        ("color:#999;font-size:16px", True),
        ("color:#949494;font-size:24px", False),
        ("color:#949494;font-size:19px;font-weight:700", False),
        ("color:#949494;font-size:19px", True),
        ("color:#949494;font-size:18pt", False),
        ("color:#aaa;display:none", False),
        ("color:#aaa;max-height:0;overflow:hidden", False),
        ("color:#aaa;visibility:hidden", False),
        ("color:#222;opacity:.4", True),
        ("color:#222;opacity:.9", False),
        ("color:rgba(0,0,0,.3)", True),
        ("background:url(cid:x)", False),
    ],
)
def test_large_hidden_and_faded_words_are_told_apart(style: str, is_told: bool) -> None:
    broken = rules(mail(f'<p style="{style}">Words</p>'))

    assert bool(broken & {"low-contrast", "unreadable-text"}) == is_told


def test_signs_without_letters_are_not_words() -> None:
    assert rules(mail('<p style="color:#eee">· · ·</p>')) == set()


def test_where_nothing_is_known_nothing_is_said_and_it_can_be_asked_where() -> None:
    html = '<body style="background:#fff"><p style="color:var(--x)">here</p><p>there</p>'

    assert unknown(read_html(html), "light") == ["here"]


def test_the_same_pair_of_colours_is_told_once() -> None:
    found = lint(mail('<p style="color:#aaa">A</p>' * 50))

    assert [each.rule for each in found] == ["unreadable-text"]
