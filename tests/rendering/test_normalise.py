"""Normalising: the compiler changes nothing of what an author wrote."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from digest.rendering.compiling import compile_mjml
from digest.rendering.lines import Sources
from digest.rendering.normalise import Written, write
from digest.rendering.preflight import check
from tests.rendering.outlook_view import unbalanced


class _Found(HTMLParser):
    """Collects attributes of <p>, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, str | None] = {}
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p":
            self.attributes = dict(attrs)

    def handle_data(self, data: str) -> None:
        self.said += data


def compiled(inside: str, head: str = "") -> str:
    """Return the HTML of a text block."""
    source = (
        f"<mjml>\r\n<mj-head> \r\n{head}</mj-head>\n <mj-body><mj-section><mj-column>\n"
        f"<mj-text>{inside}</mj-text></mj-column></mj-section></mj-body>\n</mjml>\n"
    )
    return compile_mjml(source, Sources(()))


@pytest.mark.parametrize(
    "value",
    [
        "日本語　と　全角",
        "a\u00a0b",
        "back\\slash \\n",
        "👩\u200d🚀 and e\u0301",
        "it's",
        "a > b",
        "{curly}",
    ],
)
def test_an_attribute_arrives_as_it_was_written(value: str) -> None:
    page = _Found()

    page.feed(compiled(f'<p title="{value}">x</p>'))

    assert page.attributes == {"title": value}


def test_quotes_line_breaks_and_tabs_in_attributes_arrive_as_html_has_them() -> None:
    page = _Found()

    page.feed(compiled("<p title='say \"hi\"\r\n\tnow'>x</p>"))

    assert page.attributes == {"title": 'say "hi" now'}


def test_a_line_break_between_inline_tags_stays_a_space() -> None:
    page = _Found()

    page.feed(compiled("<p><b>one</b>\r\n  <i>two</i>\n <a href='x'>three</a></p>\n<p>four</p>"))

    assert page.said.strip().endswith("one two threefour")


def test_white_space_after_mj_head_and_mj_attributes_is_no_error() -> None:
    head = '<mj-attributes> \r\n <mj-all font-family="Arial" /> \n</mj-attributes>\n'

    html = compiled("<p>x</p>", head)

    assert "font-family:Arial" in html


def test_a_title_in_japanese_names_the_page_and_its_article_alike() -> None:
    html = compiled("x", '<mj-title>五つ　の"要点"\\ &amp; </mj-title>')

    assert html.count("&#x4e94;&#x3064;&#x3000;&#x306e;&quot;&#x8981;") == 2


def test_outlook_conditionals_stay_and_other_comments_go() -> None:
    html = compiled("<!-- a note --><!--[if mso]><b>mso</b><![endif]-->x")

    assert "a note" not in html
    assert "<!--[if mso]><b>mso</b><![endif]-->" in html


def test_no_font_is_fetched_from_anywhere() -> None:
    html = compiled("x", '<mj-attributes><mj-all font-family="Roboto, Lato" /></mj-attributes>')

    assert "http" not in html.replace("http://www.w3.org", "").replace("http-equiv", "")


def test_a_comment_that_only_outlook_closes_elsewhere_does_not_lose_the_rest_of_the_mail() -> None:
    opening = "<!--[if mso]><table><tr><td><![endif]-->"
    closing = "<!--[if mso]></td></tr></table><![endif]-->"
    source = (
        f"<mjml><mj-body><mj-raw>{opening}</mj-raw><mj-section><mj-column><mj-text>kept</mj-text>"
        f"</mj-column></mj-section><mj-raw>{closing}</mj-raw></mj-body></mjml>"
    )

    html = compile_mjml(source, Sources(()))

    assert opening in html
    assert closing in html
    assert "<mj-" not in html
    assert unbalanced(html, outlook=True) == []


def test_the_compiler_sees_no_html_and_no_css() -> None:
    source = (
        "<mjml><mj-head><mj-style>.a > b{}</mj-style><mj-raw><meta name='x' content='y'></mj-raw>"
        "</mj-head><mj-body><mj-section><mj-column><mj-text><p>a<br>b</p></mj-text>"
        "<mj-button href='#'>c</mj-button></mj-column></mj-section></mj-body></mjml>"
    )

    written = write(check(source))

    assert "<p>" not in written.mjml
    assert written.aside == (".a > b{}", '<meta name="x" content="y" />', "<p>a<br />b</p>", "c")


def test_a_part_that_the_compiler_loses_or_doubles_is_noticed() -> None:
    written = Written("", ("one", "two"))

    assert written.completed("<p>\ue0000\ue001</p>\ue0001\ue001") == "<p>one</p>two"
    for wrong in ("\ue0000\ue001", "\ue0000\ue001\ue0000\ue001\ue0001\ue001"):
        with pytest.raises(ValueError, match="lost or doubled"):
            written.completed(wrong)


def test_content_that_looks_like_a_sign_of_ours_stays_what_it_is() -> None:
    html = compiled("<p title='\ue0000\ue001'>\ue0001\ue001 \ue0007\ue001</p>")

    assert "\ue0001\ue001 \ue0007\ue001" in html
    assert 'title="\ue0000\ue001"' in html


def test_an_element_that_closes_itself_does_not_stay_open() -> None:
    html = compiled("<table><tr><td /><td>x</td></tr></table><p/>y")

    assert "<td></td><td>x</td>" in html
    assert "<p></p>y" in html


def test_white_space_in_pre_is_kept_and_elsewhere_made_little() -> None:
    html = compiled("<pre>a\n    b</pre>\n        <p>\n        c</p>")

    assert "<pre>a\n    b</pre><p> c</p>" in html


def test_a_plain_ampersand_is_written_so_that_nobody_guesses() -> None:
    html = compiled("<a href='/?a=1&copy=2&amp;b=3'>AT&T &amp; Co &copy;</a>")

    assert 'href="/?a=1&amp;copy=2&amp;b=3"' in html
    assert "AT&amp;T &amp; Co &copy;" in html


def test_a_colour_of_three_digits_gets_its_six_for_outlook() -> None:
    source = (
        '<mjml><mj-body><mj-section background-color="#abc"><mj-column><mj-text> x</mj-text>'
        "</mj-column></mj-section></mj-body></mjml>"
    )

    html = compile_mjml(source, Sources(()))

    assert "#aabbcc" in html
    assert "#abc" not in html


def test_of_several_classes_the_last_one_wins() -> None:
    head = (
        '<mj-attributes><mj-class name="one" color="#111111" font-size="11px" />'
        '<mj-class name="two" color="#222222" /></mj-attributes>'
    )
    html = compile_mjml(
        f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>"
        '<mj-text mj-class="one two">x</mj-text></mj-column></mj-section></mj-body></mjml>',
        Sources(()),
    )

    assert "color:#222222" in html
    assert "font-size:11px" in html
