"""Prose: Markdown for both parts, safe, and right in Japanese and Chinese."""

from __future__ import annotations

import pytest

from digest.rendering.prose import write_prose, write_voices


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
    prose = write_prose("See [the **page**](ftp://x.example) now.")

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


def test_a_paragraph_costs_a_mail_no_style_of_its_own() -> None:
    assert write_prose("one\n\ntwo").html == "<p>one</p>\n<p>two</p>"


@pytest.mark.parametrize(
    ("markdown", "heading", "html", "text"),
    [
        ("**The author's opinion:** it *is*.", "The author's opinion", "It <em>is</em>.", "it is."),
        ("**Why it matters**: because.", "Why it matters", "Because.", "because."),
        ("**筆者の見解**：注目すべきです。", "筆者の見解", "注目すべきです。", "注目すべきです。"),
        ("**作者观点：**值得关注。", "作者观点", "值得关注。", "值得关注。"),
    ],
)
def test_a_last_paragraph_that_says_whose_word_it_is_is_a_voice(
    markdown: str, heading: str, html: str, text: str
) -> None:
    rest, voices = write_voices(f"Told.\n\n{markdown}")

    assert rest.text == "Told."
    assert [(each.heading, each.prose.html, each.prose.text) for each in voices] == [
        (heading, html, text)
    ]


@pytest.mark.parametrize(
    "markdown",
    [
        "**Bold** words.",
        "Not **first:** so.",
        "**Alone:**",
        "- **In a list:** x",
        "> **Quoted:** x",
        "**Opinion:** x\n\nAnd more.",
        "**:** x",
        "",
    ],
)
def test_any_other_paragraph_stays_where_it_is(markdown: str) -> None:
    rest, voices = write_voices(markdown)

    assert voices == ()
    assert rest == write_prose(markdown)


def test_several_voices_keep_their_order() -> None:
    _, voices = write_voices("**One:** a\n\n**Two:** b <i>x</i>")

    assert [each.heading for each in voices] == ["One", "Two"]
    assert voices[1].prose.html == "B &lt;i&gt;x&lt;/i&gt;"


@pytest.mark.parametrize(
    "markdown", ["", "   \n\n ", "[" * 5000, "> " * 3000 + "x", "*" * 5000, "- " * 2000 + "x"]
)
def test_odd_markdown_is_taken_without_a_crash(markdown: str) -> None:
    prose = write_prose(markdown)

    assert isinstance(prose.text, str)
