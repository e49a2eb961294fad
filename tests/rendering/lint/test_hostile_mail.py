"""No mail, whatever it holds, makes the linter crash or hang."""

from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.rendering.lint.css import read_sheet
from digest.rendering.lint.reading import tokens
from tests.rendering.lint.mail_maker import lint, mail

_MARKUP = r"""
<a href=" "> </a> <p> </p> <div style=" "> <table> <td> <tr> </table> <style> </style> <title>
<img src=" " alt=' <!-- --> <![endif] <!--[if mso]> <!--[if !mso]><!--> <![endif]--> { } : ; #
@media url( ) color:# background: rgb( font-size: % & &# &#x; &amp; https:// mailto: javascript:
[data-ogsc] . , > ( [ ] * : :not( ::x @import {{ }} {% mk0123456789abcdef01 TK None http://[::
xn-- @ . \ 字 <svg> </ <? <br/> / = " ' &#99999999999; <h1> </h3> <b> !important
"""
_PIECES = st.sampled_from([*_MARKUP.split(), " ", "\x00", "\ud800", "\u202e"])
_SOUP = st.lists(st.one_of(_PIECES, st.text(max_size=5)), max_size=60).map("".join)
#: What a mail of this size may take, on a slow and busy machine.
_SECONDS = 5.0


@settings(max_examples=300, deadline=None)
@given(html=_SOUP, text=_SOUP, subject=st.text(max_size=30))
def test_any_soup_of_markup_is_looked_at_to_its_end(html: str, text: str, subject: str) -> None:
    soup = mail(html=html, text=text, subject=subject, preheader=subject)

    assert [each for each in lint(soup) if not each.what] == []


@settings(max_examples=200, deadline=None)
@given(html=st.binary(max_size=300))
def test_any_bytes_are_looked_at_to_their_end(html: bytes) -> None:
    read = html.decode("utf-8", "surrogateescape")

    assert lint(mail(html=read, text=read)) is not None
    assert lint(mail(f'<p style="{read}">A</p>', css=read)) is not None


@settings(max_examples=200, deadline=None)
@given(css=_SOUP)
def test_any_soup_of_css_is_read_to_its_end(css: str) -> None:
    assert len(read_sheet(css).blocks) <= css.count("{")


@settings(max_examples=200, deadline=None)
@given(source=_SOUP)
def test_tokens_never_stand_still(source: str) -> None:
    assert sum(1 for _ in tokens(source)) <= len(source)


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<a ",
        '<a "',
        '<a ">" ',
        "<a href='",
        "</",
        "<!",
        "<?",
        "&#",
        "<div>",
        "</div>",
        "<b><i>",
        "<a href=#x>",
        "<h1>",
        "<table>",
        '<p style="',
        "<style>{",
        "<style>/*",
        '<style>"',
        "<!--[if mso]>",
        "<![if !mso]>",
        "{{",
        "*|A",
        "mk0123456789abcdef01",
        "https://a.example/",
        "<https://a.example/",
        "字",
        "<p style='a:((((' class='x y'>",
        "<p id=a>",
        "<img src=x ",
        "<td background=x>",
        " ",
        "-",
        "_.",
        "TK",
    ],
)
def test_a_piece_repeated_without_end_takes_no_time_to_speak_of(piece: str) -> None:
    body = piece * (300_000 // len(piece))
    begun = time.process_time()

    lint(dataclasses.replace(mail(), html=body, text=body, subject=body[:50_000]))
    lint(mail(body[:60_000], css=body[:60_000]))

    assert time.process_time() - begun < _SECONDS


@pytest.mark.parametrize(
    "css",
    [
        ".a .a .a .a .a .a .a .a{color:red}",
        ".a>.a .a>.a .a{color:red}",
        "div div div div div div{color:red}" * 20,
        "[class=a] [class=a] [class=a]{color:red}",
    ],
)
def test_a_selector_made_to_hurt_does_not(css: str) -> None:
    body = "<div class=a>" * 3_000 + "x"
    begun = time.process_time()

    lint(mail(body, css=css))

    assert time.process_time() - begun < _SECONDS
