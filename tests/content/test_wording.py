"""Words: what is left over, missing, or said twice."""

from __future__ import annotations

import pytest

from tests.content.site_files import ITEM, SiteFiles

LEFT_OVER = ["TODO", "TK", "TKTK", "XXX", "FIXME", "Lorem ipsum dolor", "???", "{{ name }}", "○○"]
MEANT = ["a todo list", "Tk. 500", "the XX. century", "Why?", "KTK", "{curly}", "lorem"]


@pytest.mark.parametrize("text", LEFT_OVER)
def test_what_was_to_be_replaced_is_an_error(site: SiteFiles, text: str) -> None:
    site.write("items/x.md", ITEM.replace("The body.", f"One.\n\nTwo {text} three."))

    assert [line.split(" ")[0] for line in site.findings("unfinished")] == ["items/x.md:8:"]


@pytest.mark.parametrize("text", MEANT)
def test_what_only_looks_like_it_is_fine(site: SiteFiles, text: str) -> None:
    site.write("items/x.md", ITEM.replace("The body.", text))

    assert site.findings("unfinished") == []


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("items/x.md", ITEM.replace("grew", "TK"), "items/x.md:2:"),
        ("items/x.md", ITEM.replace("+++\nThe", 'source = "TK"\n+++\nThe'), "items/x.md:5:"),
        ("items/x.md", ITEM.replace("+++\nThe", 'do = "XXX"\n+++\nThe'), "items/x.md:5:"),
        ("notes/next.md", '+++\nsubject = "XXX"\n+++\n', "notes/next.md:2:"),
        (
            "questions/q.md",
            '+++\nquestion = "TK?"\nfield = "education"\nquota = 1\n+++\n',
            "questions/q.md:2:",
        ),
    ],
)
def test_no_text_that_is_read_may_be_unfinished(
    site: SiteFiles, file: str, text: str, place: str
) -> None:
    site.write(file, text)

    assert [line.split(" ")[0] for line in site.findings("unfinished")] == [place]


def test_the_texts_of_newsletter_toml_are_read_as_well(
    site: SiteFiles, newsletter_text: str
) -> None:
    text = newsletter_text.replace('about = "Why you get this"', 'about = "Lorem ipsum"')
    site.write("newsletter.toml", text)

    assert len(site.findings("unfinished")) == 1


def test_the_marks_of_a_git_conflict_are_an_error(site: SiteFiles) -> None:
    conflict = "One.\n\n<<<<<<< HEAD\nTwo.\n=======\nThree.\n>>>>>>> other"
    site.write("items/x.md", ITEM.replace("The body.", conflict))

    assert site.findings("unfinished") == [
        "items/x.md:8: holds a conflict that git left ('<<<<<<<'). "
        "Keep one side, delete the markers."
    ]


def test_a_heading_underlined_in_markdown_is_no_conflict(site: SiteFiles) -> None:
    site.write("items/x.md", ITEM.replace("The body.", "A heading\n=======\n\nText."))

    assert site.findings("unfinished") == []


@pytest.mark.parametrize("alt", ["image", "hero.png", "Picture 2", "写真", "图片"])
def test_a_picture_described_by_a_mere_word_is_noticed(site: SiteFiles, alt: str) -> None:
    site.write("assets/a.png", b"png")
    site.write("items/x.md", ITEM.replace("The body.", f"![{alt}](assets/a.png)"))

    assert len(site.findings("poor-alt")) == 1


def test_a_picture_that_is_described_is_fine(site: SiteFiles) -> None:
    site.write("assets/a.png", b"png")
    site.write("items/x.md", ITEM.replace("The body.", "![Two people at a desk](assets/a.png)"))

    assert site.findings("poor-alt") == site.findings("missing-alt") == []


def test_a_picture_without_words_by_reference_is_noticed(site: SiteFiles) -> None:
    site.write("assets/a.png", b"png")
    site.write("items/x.md", ITEM.replace("The body.", "![][a]\n\n[a]: assets/a.png"))

    assert len(site.findings("missing-alt")) == 1


def test_a_do_that_is_not_translated_is_noticed(site: SiteFiles) -> None:
    site.write("items/x.md", ITEM.replace("+++\nThe", 'do = "Try it."\n+++\nThe'))
    site.write("items/x.ja.md", '+++\ntitle = "題"\n+++\n本文\n')
    site.write("items/x.zh-Hans.md", '+++\ntitle = "题"\ndo = "Try it."\n+++\n正文\n')

    assert [line for line in site.findings("missing-translation") if "'do'" in line] == [
        "items/x.ja.md:1: 'do' is not translated into ja. Write do = \"...\" in ja.",
        "items/x.zh-Hans.md:3: 'do' is not translated into zh-Hans. Write do = \"...\" in zh-Hans.",
    ]


def test_a_sentence_left_in_the_default_language_is_noticed(site: SiteFiles) -> None:
    title = "Live selling grew again this year"
    site.write("items/x.md", ITEM.replace("Live selling grew", title))
    site.write("items/x.ja.md", f'+++\ntitle = "{title}"\n+++\n本文\n')

    assert "items/x.ja.md:2: 'title' is not translated into ja. Write title = \"...\" in ja." in (
        site.findings("missing-translation")
    )


def test_a_note_half_translated_is_noticed(site: SiteFiles) -> None:
    site.write("notes/next.md", '+++\nsubject = "New"\npreheader = "More"\n+++\n')
    site.write("notes/next.ja.md", '+++\nsubject = "新着"\n+++\n')

    assert [line for line in site.findings("missing-translation") if "'preheader'" in line] == [
        "notes/next.ja.md:1: 'preheader' is not translated into ja. "
        'Write preheader = "..." in ja.'
    ]


def test_subject_and_preheader_that_say_the_same_are_noticed(site: SiteFiles) -> None:
    site.write("notes/next.md", '+++\nsubject = "What grew"\npreheader = "What  grew."\n+++\n')

    assert [line.split(" ")[0] for line in site.findings("says-it-twice")] == ["notes/next.md:2:"]


def test_a_note_that_says_nothing_is_noticed(site: SiteFiles) -> None:
    site.write("notes/next.md", "+++\n+++\n")

    assert len(site.findings("empty-note")) == 1


def test_two_items_with_one_title_are_noticed(site: SiteFiles) -> None:
    site.write("items/x.md", ITEM)
    site.write("items/y.md", ITEM.replace("The body", "Another body"))

    assert site.findings("same-title") == [
        "items/y.md:2: has the title of content/news/items/x.md. Say what is different."
    ]
