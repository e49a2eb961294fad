"""More than fifty broken templates: each is named with its own file and line, and what to do.

The first part breaks one tag in each way there is; the second puts a mistake where Jinja makes the
lines of the result nobody's: into macros, loops, includes, blocks of an inherited page, overrides.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.paths import shipped
from digest.rendering.renderer import Renderer
from tests.rendering.issue_maker import ALL_LINKS, item, make_edition, make_issue, opportunity

FOOT = "mail/blocks/foot.mjml.j2"
#: Two lines come before what a text or a column holds, three before what a section holds.
TEXT = "<mj-section><mj-column>\n<mj-text>\n{}\n</mj-text>\n</mj-column></mj-section>\n"
COLUMN = "<mj-section>\n<mj-column>\n{}\n</mj-column>\n</mj-section>\n"
PAGE = '{{% extends "shipped/mail/issue.mjml.j2" %}}\n{{% block blocks %}}\n{}\n{{% endblock %}}\n'


def failure(site: Path, files: dict[str, str]) -> TemplateError:
    """Return the error of rendering the issue with a site's own templates."""
    for name, source in files.items():
        file = site / "templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.encode("utf-8", "surrogatepass"))
    issue = make_issue(item("a"), opportunity("b"))
    renderer = Renderer([site / "templates", shipped("templates")])
    with pytest.raises(TemplateError) as caught:
        renderer.render(issue, make_edition(issue), links=ALL_LINKS)
    return caught.value


@pytest.mark.parametrize(
    ("inside", "line", "what", "hint"),
    [
        # tags
        ("<b>\nbold", 5, "</mj-text> stands where <b> (opened in line 3)", "Close <b> first"),
        ("<p>\n<b>x</p>", 4, "</p> stands where <b> (opened in line 4)", "Close <b> first"),
        ("a\n</i>", 4, "</i> stands where <mj-text>", "Close <mj-text> first"),
        ("<P>\nx</p>", 4, "</p> stands where <P>", "lower case"),
        ("a\nb </br>", 4, "</br> closes what needs no closing tag", ""),
        ('<a\nhref="x"', 3, "<a> is not closed with >", "Close the quotes"),
        ("<p>1</p>\n2 < 3", 4, "no tag can be read at '< 3", "&lt;"),
        ("\n<!-- a note", 4, "a comment is never closed", "-->"),
        ("x\n<![CDATA[x]]>", 4, "CDATA means nothing", "&lt;"),
        ("\n<!DOCTYPE html>", 4, "a doctype has no place", "Take it out"),
        ("\n\n<?php echo 1 ?>", 5, "has no place in a mail", "Take it out"),
        # attributes
        ('<p\n  id="a"\n  class=x>y</p>', 5, "the value of 'class' has no quotes", 'class="x"'),
        ('<p\n id="a"\n id="b">y</p>', 4, "'id' stands there twice", "Delete one"),
        ('<p title="x>y</p>', 3, "<p> is not closed with >", "Close the quotes"),
        ('<p\ntitle="{{ "a" * 20000 }}">y</p>', 4, "more than 10,000 characters", "file"),
        ('<a href="#"\n  onclick="x()">y</a>', 4, "'onclick' has no place", "Take it out"),
        ('</p class="x">', 3, "</p> has attributes", "first tag"),
        # characters
        ("<p>a</p>\nb\x00c", 4, "U+0000", "Delete it"),
        ('<p>a</p><p\ntitle="\x07">b</p>', 4, "U+0007 in 'title'", "Delete it"),
        ("x &nbps;\n", 3, "HTML knows no '&nbps;'", "&nbsp;"),
        ("a<br>\nx &nbsp y", 4, "'&nbsp' lacks its semicolon", "&amp;"),
        ("&#7;", 3, "no character that can be mailed", "Delete it"),
        ("&#xZZ;", 3, "no character reference", "&#x2026;"),
        ('<a\nhref="?a&wrong;=1">x</a>', 4, "HTML knows no '&wrong;' (in 'href')", "&"),
        # HTML
        ("<p>a</p>\n<script>x</script>", 4, "<script> has no place", "Take it out"),
        ("<stong>x</stong>", 3, "unknown element <stong>", "<strong>"),
        ("<p>a\n<div>b</div></p>", 4, "<div> cannot stand in <p>", "Close <p> first"),
        ("<a href='x'>a\n<a href='y'>b</a></a>", 4, "<a> cannot stand in another <a>", "Close"),
        ("<table>\n<td>x</td></table>", 4, "<td> cannot stand in <table>", "<tr>"),
        ("<tr><td>x</td></tr>", 3, "<tr> cannot stand in <mj-text>", "<table>"),
        ("<table><tr>\nx</tr></table>", 4, "the text 'x' stands directly in <tr>", "cell"),
        ("<ul>\n<p>x</p></ul>", 4, "<p> cannot stand in <ul>", "<li>"),
        ('<img\nsrc="x">', 3, "<img> has no alt", "Say what it shows"),
        # conditional comments
        ("\n<!--[if mso]><b>x</b>-->", 4, "a conditional comment is never closed", "<![endif]-->"),
        ("<!-- [if mso]>x<![endif]-->", 3, "Outlook does not read this", "<!--[if mso]>"),
        ("\n<!--[if moz]>x<![endif]-->", 4, "a conditional comment cannot be read", "mso"),
        ("\n<!--[if mso]><td><![endif]-->", 5, "in Outlook, </mj-text> stands where <td>", "comm"),
        ("<p>a</p>\n<!--[if !mso]><!-->x", 4, "a conditional comment is never", "<!--<![endif]-->"),
        # components
        ("<mj-image src='x' alt='' />", 3, "<mj-image> cannot stand in <mj-text>", "no components"),
        ("<MJ-TEXT>x</MJ-TEXT>", 3, "unknown component <MJ-TEXT>", "<mj-text>"),
    ],
)
def test_a_mistake_in_a_text_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, inside: str, line: int, what: str, hint: str
) -> None:
    error = failure(tmp_path, {FOOT: TEXT.format(inside)})

    assert what in error.what
    assert hint in error.hint
    assert (error.file, error.line) == (f"templates/{FOOT}", line)


@pytest.mark.parametrize(
    ("tag", "line", "what", "hint"),
    [
        ('<mj-text\n  font-size="16">x</mj-text>', 4, "'16' is no value for font-size", "'16px'"),
        ('<mj-text color="reed">x</mj-text>', 3, "'reed' is no value for color", "'red'"),
        ('<mj-text color="1B2620">x</mj-text>', 3, "no value for color", "'#1B2620'"),
        ('<mj-text align="centre">x</mj-text>', 3, "no value for align", "'center'"),
        ('<mj-text padding="0 24em">x</mj-text>', 3, "no value for padding", "px or %"),
        ('<mj-text padding="-4px">x</mj-text>', 3, "no value for padding", "one to 4 lengths"),
        ('<mj-text\n\n  colour="red">x</mj-text>', 5, "knows no 'colour'", "'color'"),
        ('<mj-text font-family="a;b">x</mj-text>', 3, "no value for font-family", "without ;"),
        ('<mj-text font-weight="heavy">x</mj-text>', 3, "no value for font-weight", "bold"),
        ('<mj-divider border-style="wavy" />', 3, "'wavy' is no value", "dashed"),
        ('<mj-image\n src="x" />', 3, "<mj-image> has no alt", 'alt=""'),
        ('<mj-image alt="x" />', 3, "<mj-image> has no src", 'src="..."'),
        ('<mj-table cellpadding="2px" />', 3, "'2px' is no value for cellpadding", "whole number"),
        ("<mj-texd>x</mj-texd>", 3, "unknown component <mj-texd>", "<mj-text>"),
        ("<mj-carousel></mj-carousel>", 3, "unknown component <mj-carousel>", "<mj-image>"),
        ("<mj-include path='x' />", 3, "unknown component <mj-include>", "{% include %}"),
        ("<mj-section></mj-section>", 3, "<mj-section> cannot stand in <mj-column>", "<mj-text>"),
        ("hello", 3, "the text 'hello' stands directly in <mj-column>", "<mj-text>"),
        ("<p>\nhello</p>", 3, "<p> cannot stand in <mj-column>", "HTML belongs into"),
        ("<mj-text>x</mj-table>", 3, "</mj-table> stands where <mj-text>", "Close <mj-text>"),
    ],
)
def test_a_mistake_in_a_component_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, tag: str, line: int, what: str, hint: str
) -> None:
    error = failure(tmp_path, {FOOT: COLUMN.format(tag)})

    assert what in error.what
    assert hint in error.hint
    assert (error.file, error.line) == (f"templates/{FOOT}", line)


WRONG = '<mj-text\n  colour="red">x</mj-text>'
IN_MACRO = (
    "{% macro note(n) %}\n<mj-section><mj-column>\n" + WRONG + "\n</mj-column></mj-section>\n"
    "{% endmacro %}"
)
ROW = "<table><tr>\n{% for n in range(3) %}\n<td>{{ n }}</td>\n{% endfor %}\n<p>x</p></tr></table>"


@pytest.mark.parametrize(
    ("files", "file", "line", "what"),
    [
        ({FOOT: IN_MACRO + "\n{{ note(1) }}"}, FOOT, 4, "'colour'"),
        ({FOOT: IN_MACRO + "\n{% for n in range(3) %}{{ note(n) }}{% endfor %}"}, FOOT, 4, "'col"),
        (
            {
                FOOT: '{% import "mail/own.mjml.j2" as own %}\n\n{{ own.note(1) }}',
                "mail/own.mjml.j2": "{# notes #}\n" + IN_MACRO,
            },
            "mail/own.mjml.j2",
            5,
            "'colour'",
        ),
        (
            {
                FOOT: COLUMN.format(
                    '{% for n in [1, 2] %}{% include "mail/one.mjml.j2" %}{% endfor %}'
                ),
                "mail/one.mjml.j2": "\n\n" + WRONG,
            },
            "mail/one.mjml.j2",
            4,
            "'colour'",
        ),
        (
            {"mail/issue.mjml.j2": PAGE.format("{{ super() }}\n" + COLUMN.format(WRONG))},
            "mail/issue.mjml.j2",
            7,
            "'colour'",
        ),
        (
            {
                "mail/issue.mjml.j2": PAGE.format(
                    COLUMN.format("{% if false %}\n{% endif %}" + WRONG)
                )
            },
            "mail/issue.mjml.j2",
            7,
            "'colour'",
        ),
        (
            {"mail/layout.mjml.j2": "{# mine #}\n<mjml>\n<mj-hed></mj-hed>\n</mjml>"},
            "mail/layout.mjml.j2",
            3,
            "<mj-hed>",
        ),
        (
            {"mail/layout.mjml.j2": "<mjml>\n<mj-head></mj-head>\n</mjml>"},
            "mail/layout.mjml.j2",
            3,
            "no <mj-body>",
        ),
        (
            {"mail/styles.mjml.j2": "<mj-style>\na{b}</style><p>\n</mj-style>"},
            "mail/styles.mjml.j2",
            2,
            "</style> stands where",
        ),
        (
            {"mail/styles.mjml.j2": "<mj-style>\na{b\n</mj-style>"},
            "mail/styles.mjml.j2",
            1,
            "the braces of the CSS",
        ),
        (
            {"mail/kinds/takeaway.mjml.j2": "\n<mj-text>x</mj-text>"},
            "mail/kinds/takeaway.mjml.j2",
            2,
            "cannot stand in",
        ),
        ({FOOT: TEXT.format(ROW)}, FOOT, 7, "<p> cannot stand in <tr>"),
        (
            {FOOT: TEXT.format("{% set x %}\n<b>a\n{% endset %}\n{{ x }}")},
            FOOT,
            7,
            "<b> (opened in line 4)",
        ),
        (
            {FOOT: TEXT.format("{%- if true -%}\n\n<stong>x</stong>\n{%- endif -%}")},
            FOOT,
            5,
            "<stong>",
        ),
        (
            {FOOT: TEXT.format("{% raw %}\n<stong>{{ x }}</stong>\n{% endraw %}")},
            FOOT,
            4,
            "<stong>",
        ),
        ({FOOT: TEXT.format("<p>{{ '<b>' }}</p>\n<stong>x</stong>")}, FOOT, 4, "<stong>"),
        ({FOOT: TEXT.format("<p>a</p>\n<p>{{ '<stong>'|safe }}</p>")}, FOOT, 4, "<stong>"),
        ({FOOT: TEXT.format("x\n<h{{ 1 }}>a</h{{ 1 }}>\n<stong>x</stong>")}, FOOT, 5, "<stong>"),
        (
            {FOOT: TEXT.format("a").replace("\n", "\r\n").replace("a\r", "<p>a</p>\r\n<stong>\r")},
            FOOT,
            4,
            "<stong>",
        ),
        ({FOOT: "\ufeff" + TEXT.format("<stong>")}, FOOT, 3, "<stong>"),
    ],
)
def test_a_mistake_is_found_through_macros_loops_includes_blocks_and_overrides(
    tmp_path: Path, files: dict[str, str], file: str, line: int, what: str
) -> None:
    error = failure(tmp_path, files)

    assert what in error.what
    assert (error.file, error.line) == (f"templates/{file}", line)
    assert f"> {line} | " in error.excerpt


@pytest.mark.parametrize(
    ("inside", "line", "what", "hint"),
    [
        ("{{ issue.titel }}", 3, "unknown name 'titel'", "README"),
        ("\n{{ 'x'|uper }}", 4, "there is no filter 'uper'", "'upper'"),
        ("{% if x is evn %}{% endif %}", 3, "there is no test 'evn'", "'even'"),
        ("\n{{ none }}", 4, "prints a value that is empty", "docs/mjml.md"),
        ("{{ issue.sections }}", 3, "prints a tuple, which is no text", "docs/mjml.md"),
        ("\n\n{{ issue }}", 5, "prints an IssueView, which is no text", "docs/mjml.md"),
        ("{% for a in 5 %}{% endfor %}", 3, "loops over an int", "docs/mjml.md"),
        ("{% if true %}\n\n", 4, "Unexpected end of template", "Jinja"),
        ("{% include 'mail/none.mjml.j2' %}", 3, "there is no template", "Check the name"),
    ],
)
def test_a_mistake_in_jinja_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, inside: str, line: int, what: str, hint: str
) -> None:
    error = failure(tmp_path, {FOOT: TEXT.format(inside)})

    assert what in error.what
    assert hint in error.hint
    assert error.line == line


def test_what_a_value_broke_is_named_at_the_tag_that_prints_it(tmp_path: Path) -> None:
    text = "<p>a</p>\n<p>\n{{ '&nbps;'|safe }}\n</p>\n<p>z</p>"

    error = failure(tmp_path, {FOOT: TEXT.format(text)})

    assert "&nbps;" in error.what
    assert error.line == 5
