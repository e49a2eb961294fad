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
        (mail("<p class=x>y</p>"), 6, "attribute cannot be read", 'class="x"'),
        (mail('<p id="a" id="b">y</p>'), 6, "'id' stands there twice", "Delete"),
        (mail("<!-- x"), 6, "comment is never closed", "-->"),
        (mail("<![CDATA[x]]>"), 6, "CDATA means nothing in a mail", "&lt;"),
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
        (
            mail("", "<mj-breakpoint@0:9@ width='wide' />"),
            9,
            "'wide' is no value",
            "a length in px",
        ),
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
        ('color="#abc"', True),
        ('color="#1B262"', False),
        ('color="#1B2620ff"', False),
        ('color="rgb(1, 2, 3)"', True),
        ('color="rgb(1, 2, 300)"', False),
        ('color="rgba(0,0,0,0.5)"', True),
        ('color="Teal"', True),
        ('color="tael"', False),
        ('color=" red "', True),
        ('color=""', False),
        ('padding="0 24px"', True),
        ('padding="0  24px 1.5px 5%"', True),
        ('padding="0 24em"', False),
        ('padding="0, 24px"', False),
        ('padding="-1px"', False),
        ('padding="1px 2px 3px 4px 5px"', False),
        ('padding="99999px"', False),
        ('padding="１２px"', False),
        ('letter-spacing="-0.5px"', True),
        ('line-height="1.6"', True),
        ('line-height="160%"', True),
        ('line-height=".5"', True),
        ('font-size="16"', False),
        ('font-size="16px;"', False),
        ('font-weight="650"', False),
        ("font-family=\"'Yu Gothic', serif\"", True),
        ('font-family="\'Yu Gothic, serif"', False),
        ('font-family="a;color:red"', False),
        ('text-decoration="none}"', False),
        ('align="center"', True),
        ('align="middle"', False),
        ('align="Center"', False),
        ('css-class="anything at all"', True),
        ('mj-class="one two"', True),
        ('mj-class="a.b"', False),
        ("color", False),
    ],
)
def test_values_are_of_the_kind_that_mjml_names(attributes: str, fits: bool) -> None:
    source = mail("x").replace("<mj-text@0:6@", f"<mj-text@0:6@ {attributes}")

    if fits:
        assert check(source)
    else:
        assert "is no value for" in refusal(source).what


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("none", True),
        ("0", True),
        ("1px solid #1B2620", True),
        ("2px rgba(0, 0, 0, 0.2) dashed", True),
        ("1px solid", True),
        ("solid", False),
        ("1px wavy red", False),
        ("1px solid red blue", False),
        ("1px solid redd", False),
        ("1 solid red", False),
    ],
)
def test_a_border_is_a_width_a_style_and_a_colour(value: str, fits: bool) -> None:
    source = mail("x").replace("<mj-column@0:5@", f'<mj-column@0:5@ border="{value}"')

    if fits:
        assert check(source)
    else:
        assert "is no value for border" in refusal(source).what


@pytest.mark.parametrize(
    "inside",
    [
        "<p>a & b, AT&T</p>",
        '<a href="?a=1&copy=2&b=3">x</a>',
        "&copy; &#8230; &#x1F600; &nbsp;",
        "<!--[if mso]><b>x</b><![endif]-->",
        "<!--[if (gte mso 9)&(!IE)]>x<![endif]--><!--[if !mso]><!--><i>y</i><!--<![endif]-->",
        "<table><tr><!--[if mso]><td></td><![endif]--><td>a</td></tr></table>",
        "<!--[if mso]><table><tr><td><![endif]-->x<!--[if mso]></td></tr></table><![endif]-->",
        "<ul><li>a<ol><li>b</li></ol></li></ul>",
        "<a href='#'><div><p>block link</p></div></a>",
        "<pre>a\n  b</pre><p lang='ja'>日本語<wbr>です</p>",
    ],
)
def test_what_is_right_passes(inside: str) -> None:
    assert check(mail(inside))


def test_what_outlook_opens_in_one_raw_part_it_may_close_in_another() -> None:
    opening = "<mj-raw@0:4@><!--[if mso]><table><tr><td><![endif]--></mj-raw>"
    closing = "<mj-raw@0:9@><!--[if mso]></td></tr></table><![endif]--></mj-raw>"

    assert check(
        mail("x")
        .replace("<mj-section", f"{opening}<mj-section", 1)
        .replace("</mj-section>", f"</mj-section>{closing}")
    )


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<!--[if mso]><b>x<![endif]-->", "in Outlook, </mj-text> stands where <b>"),
        ("<!--[if mso]></b><![endif]-->", "in Outlook, </b> stands where <mj-text>"),
        ("<!--[if !mso]><!--><b>x<!--<![endif]--></b>", "in Outlook, </b> stands where <mj-text>"),
        ("x<!--<![endif]-->", "<!--<![endif]--> ends nothing"),
        ("<!--[if mso]>a<!--[if gte mso 9]>b<![endif]--><![endif]-->", "holds another comment"),
        ("<!--[if mso)]>a<![endif]-->", "cannot be read"),
        ("<!--[if mso] >a<![endif]-->", "Outlook does not read this"),
    ],
)
def test_what_outlook_would_read_otherwise_is_refused(inside: str, what: str) -> None:
    error = refusal(mail(inside))

    assert what in error.what
    assert error.hint or "holds" not in what


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("<mjml@0:1@><mj-head></mj-head></mjml>", "there is no <mj-body>"),
        ("<mjml@0:1@><mj-body></mj-body><mj-head@0:2@></mj-head></mjml>", "below <mj-body>"),
        ("<mjml@0:1@><mj-body></mj-body><mj-body></mj-body></mjml>", "<mj-body> stands twice"),
        (mail("", "<mj-title>a</mj-title><mj-title>b</mj-title>"), "<mj-title> stands twice"),
        (mail("", "<mj-breakpoint />"), "<mj-breakpoint> has no width"),
        (mail("", "<mj-attributes><mj-class color='red' /></mj-attributes>"), "has no name"),
        (mail("", "<mj-style>a{}</style><b>x</b></mj-style>"), "</style> stands where <mj-style>"),
        (mail("", "<mj-style>a{}<!-- x --></mj-style>"), "'<!--' stands in CSS"),
        (mail("", "<mj-style>a{color:red/*</mj-style>"), "a comment in CSS is never closed"),
        (mail("", "<mj-raw><p>x</p></mj-raw>"), "<p> cannot stand in <mj-head>"),
        (mail("<meta name='a' content='b'>"), "<meta> cannot stand in <mj-text>"),
        (mail("<style>a{}</style>"), "<style> cannot stand in <mj-text>"),
    ],
)
def test_the_page_itself_is_checked(source: str, what: str) -> None:
    assert what in refusal(source).what


def test_more_elements_and_components_than_any_mail_has_are_refused() -> None:
    many = refusal(mail("<b></b>" * 60_000))
    components = refusal(mail("x").replace("<mj-text", "<mj-spacer />" * 3_000 + "<mj-text"))

    assert "50,000 elements" in many.what
    assert "2,000 components" in components.what


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
    assert "inline" not in schema()["mj-style"]["attributes"]
    assert "mj-body" not in schema()["mj-attributes"]["children"]
    assert "mj-raw" not in schema()["mj-wrapper"]["children"]
    assert not {"role", "cellspacing"} & set(schema()["mj-table"]["attributes"])
    assert "border-top" not in schema()["mj-image"]["attributes"]
