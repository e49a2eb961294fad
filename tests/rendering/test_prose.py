"""Prose: Markdown for both parts, safe, and right in Japanese and Chinese."""

from __future__ import annotations

import pytest

from digest.rendering.prose import write_prose


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,xxxx)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "![x](https://tracker.example/p.gif)",
        "</td></table><form>",
        "<mj-text>x</mj-text>",
        "<!--[if mso]> x <![endif]-->",
        "{{ 7 * 7 }}{% raw %}",
    ],
)
def test_nothing_in_a_text_becomes_markup_of_ours(hostile: str) -> None:
    prose = write_prose(hostile)

    tags = {part.split(">")[0].split(" ")[0] for part in prose.html.split("<")[1:]}
    assert tags <= {"p", "/p"}
    assert "49" not in prose.html


def test_a_link_is_https_or_mail_and_stands_in_both_parts() -> None:
    prose = write_prose("See [the page](https://x.example/?a=1&b=2) or [us](mailto:a@x.example).")

    assert 'href="https://x.example/?a=1&amp;b=2"' in prose.html
    assert prose.text == "See the page <https://x.example/?a=1&b=2> or us <mailto:a@x.example>."


def test_another_link_is_left_as_its_words_in_both_parts() -> None:
    prose = write_prose("See [the **page**](http://x.example) now.")

    assert "href" not in prose.html
    assert prose.text == "See the page now."


def test_a_bare_address_stands_once_in_the_text() -> None:
    prose = write_prose("<https://x.example/>")

    assert prose.text == "<https://x.example/>"


def test_lists_are_lists_in_both_parts() -> None:
    prose = write_prose("Do:\n\n- one\n- two\n  more\n\n1. first\n2. second\n\nEnd.")

    assert prose.html.count("<li") == 4
    assert prose.text == "Do:\n\n- one\n- two more\n\n1. first\n2. second\n\nEnd."


def test_japanese_emphasis_works_beside_brackets_and_particles() -> None:
    prose = write_prose("新しい**「問一問」**では、**要点。**を示す。", upright=True)

    assert prose.html.count("<strong>") == 2
    assert "*" not in prose.text


def test_a_line_break_inside_japanese_is_no_space_and_inside_english_it_is() -> None:
    prose = write_prose("長い文を\n折り返す。\n\nA long\nline.")

    assert prose.text == "長い文を折り返す。\n\nA long line."
    assert "文を折り" in prose.html


def test_japanese_emphasis_is_weight_and_never_slanted() -> None:
    upright, slanted = write_prose("*要点*", upright=True), write_prose("*point*")

    assert "font-style:normal;font-weight:700" in upright.html
    assert "<em>" in slanted.html


@pytest.mark.parametrize("markdown", ["one\n\ntwo", "- one\n- two", "> quote", "# head"])
def test_the_last_block_leaves_no_gap_below(markdown: str) -> None:
    html = write_prose(markdown).html

    last = html.rstrip().rfind("margin:0")
    outer = [part for part in ("<p ", "<ul ", "<blockquote ", "<h4 ") if part in html]
    assert outer
    assert "margin:0 0 12px" not in html[html.rfind(outer[-1]) :].split(">")[0]
    assert last > 0


@pytest.mark.parametrize(
    "markdown", ["", "   \n\n ", "[" * 5000, "> " * 3000 + "x", "*" * 5000, "- " * 2000 + "x"]
)
def test_odd_markdown_is_taken_without_a_crash(markdown: str) -> None:
    prose = write_prose(markdown)

    assert isinstance(prose.text, str)
