"""Normalising: the compiler changes nothing of what an author wrote."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from digest.rendering.compiling import compile_mjml
from digest.rendering.lines import Sources


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
