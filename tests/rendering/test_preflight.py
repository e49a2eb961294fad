"""The preflight: what the compiler would pass, swallow or die of is an error with its place."""

from __future__ import annotations

import time

import pytest

from digest.rendering.markup import MarkupError, Part, Place, tokens
from digest.rendering.preflight import MAX_DEPTH, check, schema


def mail(inside: str, head: str = "") -> str:
    """Return MJML with a text block, marked as an author's template would be."""
    return (
        f"<mjml@0:1@><mj-head@0:2@>{head}</mj-head><mj-body@0:3@><mj-section@0:4@>"
        f"<mj-column@0:5@><mj-text@0:6@>{inside}</mj-text@0:7@></mj-column></mj-section>"
        "</mj-body></mjml>"
    )


def refusal(source: str) -> MarkupError:
    """Return the error of a source that must have one."""
    with pytest.raises(MarkupError) as caught:
        check(source)
    return caught.value


def test_a_right_mail_passes_and_its_tags_know_their_places() -> None:
    found = check(mail("<p>Hello<br>you &amp; me</p>"))

    places = {token.text: token.place for token in found if token.part is Part.OPEN}
    assert places["mj-column"] == Place(0, 5)


@pytest.mark.parametrize(
    ("source", "line", "what", "hint"),
    [
        (mail("<b>x</i>"), 6, "</i> stands where <b>", "Close <b> first"),
        (mail("<p>x"), 7, "</mj-text> stands where <p>", "Close <p>"),
        (mail("").replace("</mj-text@0:7@>", ""), 6, "</mj-column> stands where <mj-text>", ""),
        (mail("").replace("</mjml>", ""), 1, "<mjml> is never closed", "Close it"),
        (mail("") + "</mj-body>", 7, "closes nothing", "Delete"),
        (mail("a < b"), 6, "no tag can be read", "&lt;"),
        (mail('<p class="x>y</p>'), 6, "no tag can be read", "close quotes"),
        (mail("<p class=x>y</p>"), 6, "attribute cannot be read", 'name="value"'),
        (mail('<p id="a" id="b">y</p>'), 6, "'id' stands there twice", "Delete"),
        (mail("<!-- x"), 6, "comment is never closed", "-->"),
        (mail("<![CDATA[x]]>"), 6, "no tag can be read", ""),
        (mail("</br>"), 7 - 1, "closes what needs no closing tag", ""),
        (mail("<script>x</script>"), 6, "<script> has no place", "Take it out"),
        (mail('<a onclick="x">y</a>'), 6, "'onclick' has no place", "Take it out"),
        (mail('<img src="x">'), 6, "<img> has no alt", "Say what it shows"),
        (mail("a\x07b"), 6, "U+0007", "Delete it"),
        (mail("a\ud800b"), 6, "U+D800", "Delete it"),
        (mail("<mj-image@0:9@ src='x'/>"), 9, "<mj-image> cannot stand in <mj-text>", ""),
        (mail("", "<mj-texd@0:9@>x</mj-texd>"), 9, "unknown component <mj-texd>", "<mj-text>"),
        (mail("", "<mj-include@0:9@ path='x' />"), 9, "unknown component <mj-include>", ""),
        (mail("", "<mj-raw@0:9@ position='file-start'></mj-raw>"), 9, "'position'", ""),
        (mail("", "<mj-style@0:9@ inline='inline'></mj-style>"), 9, "knows no 'inline'", ""),
        (mail("", "<mj-breakpoint@0:9@ width='wide' />"), 9, "'wide' is no value", "unit(px)"),
        (mail("", "<mj-text@0:9@>x</mj-text>"), 9, "<mj-text> cannot stand in <mj-head>", "<mj-"),
        (mail("", "hello"), 2, "the text 'hello' stands directly in <mj-head>", "<mj-text>"),
        (mail("", "<p>hello</p>"), 2, "<p> cannot stand in <mj-head>", "<mj-raw>"),
        (
            mail("", "<mj-attributes@0:8@><mj-all@0:9@ colour='red' /></mj-attributes>"),
            9,
            "<mj-all> knows no 'colour'",
            "'color'",
        ),
        (mail("") + mail(""), 1, "stands outside of <mjml>", ""),
        ("hello", 0, "'hello' stands directly in <nothing>", ""),
        ("", 0, "there is no <mjml>", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(source: str, line: int, what: str, hint: str) -> None:
    error = refusal(source)

    assert what in error.what
    assert hint in error.hint
    assert error.place.line == line


@pytest.mark.parametrize(
    ("attributes", "fits"),
    [
        ('color="#1B2620"', True),
        ('color="#1B262"', False),
        ('color="rgb(1, 2, 3)"', True),
        ('padding="0 24px"', True),
        ('padding="0 24em"', False),
        ('padding="1px 2px 3px 4px 5px"', False),
        ('line-height="1.6"', True),
        ('line-height="160%"', True),
        ('font-size="16"', False),
        ('align="center"', True),
        ('align="middle"', False),
        ('css-class="anything at all"', True),
        ("color", False),
    ],
)
def test_values_are_of_the_kind_that_mjml_names(attributes: str, fits: bool) -> None:
    source = mail("x").replace("<mj-text@0:6@", f"<mj-text@0:6@ {attributes}")

    if fits:
        assert check(source)
    else:
        assert "is no value for" in refusal(source).what


def test_20_000_nested_elements_are_an_error_and_not_the_end_of_the_process() -> None:
    source = mail("<div>" * 20_000 + "</div>" * 20_000)

    error = refusal(source)

    assert str(MAX_DEPTH) in error.what


def test_a_huge_mail_is_refused_before_it_is_read() -> None:
    error = refusal(mail("x" * 2_000_000))

    assert "2,000,000" in error.what


@pytest.mark.parametrize("hostile", ['<a "', "<a '", "<!--", "<", "<a b=", "<a b" + " " * 400])
def test_reading_hostile_text_takes_time_in_proportion_to_its_length(hostile: str) -> None:
    source = (hostile * (400_000 // len(hostile)))[:400_000]
    started = time.perf_counter()

    with pytest.raises(MarkupError):
        list(tokens(source))

    assert time.perf_counter() - started < 2


def test_css_may_hold_what_would_be_a_tag_elsewhere() -> None:
    source = mail("", "<mj-style@0:9@>.a>b{color:red}/* a < b */</mj-style@0:9@>")

    assert check(source)


def test_what_the_compiler_cannot_do_is_not_in_the_schema() -> None:
    names = set(schema())

    assert {"mj-carousel", "mj-accordion", "mj-navbar", "mj-social", "mj-include"} & names == set()
    assert {"mj-section", "mj-column", "mj-text", "mj-raw"} <= names
