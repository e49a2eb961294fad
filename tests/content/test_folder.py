"""A newsletter's folder: which files belong together, what is ignored, what is noticed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest

from digest.content.folder import collect_findings, newsletter_ids, read_publication
from digest.errors import ContentError
from digest.model.issue import Cap
from tests.content.site_files import SiteFiles

QUESTION = """\
+++
question = "How do you start a lesson?"
field = "education"
quota = 5
opens = "0 days"
closes = "2 weeks"
overinvite = 3
cap = "1 per 30 days"
+++
What to know.
"""


def test_newsletters_are_folders_that_hold_a_newsletter_file(site: SiteFiles) -> None:
    for name in ("more", ".hidden"):
        (site.home / "content" / name).mkdir()
        (site.home / "content" / name / "newsletter.toml").write_text("")
    (site.home / "content" / "not-one").mkdir()

    assert newsletter_ids(site.home) == ["more", "news"]
    assert newsletter_ids(site.home / "nowhere") == []


@pytest.mark.parametrize("name", ["new", "../news", "", "/etc", "\x00"])
def test_a_newsletter_that_does_not_exist_is_an_error(site: SiteFiles, name: str) -> None:
    with pytest.raises(ContentError, match="there is no newsletter"):
        read_publication(site.home, name)

    assert [found.rule for found in collect_findings(site.home, name)] == ["no-newsletter"]


def test_an_empty_newsletter_is_a_publication(site: SiteFiles) -> None:
    publication, findings = site.read()

    assert (publication.items, publication.questions, publication.receipts) == ((), (), ())
    assert [found.rule for found in findings] == ["no-note"]


def test_a_question_is_read_with_its_translation(site: SiteFiles) -> None:
    site.write("questions/lesson.md", QUESTION)
    site.write("questions/lesson.ja.md", '+++\nquestion = "授業は?"\n+++\n本文\n')

    (question,) = site.read()[0].questions

    assert (question.id, question.field, question.quota) == ("lesson", "education", 5)
    assert (question.opens, question.closes) == (timedelta(0), timedelta(weeks=2))
    assert question.cap == Cap(count=1, period=timedelta(days=30))
    assert question.places == 15
    assert question.texts["ja"].question == "授業は?"
    assert question.texts["en"].body == "What to know."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"education"', '"educaton"', "3: 'educaton' is not one of the fields in newsletter"),
        ("quota = 5\n", "", "1: the key 'quota' is missing. Add quota = 5."),
        ("quota = 5", "quota = 0", "4: 'quota' is wrong: input should be greater"),
        ("quota = 5", 'quota = "5"', "4: 'quota' is not a whole number."),
        ("overinvite = 3", "overinvite = 0.5", "7: 'overinvite' is wrong: input should be"),
        ("overinvite = 3", "overinvite = nan", "7: 'overinvite' is"),
        ('"1 per 30 days"', '"often"', "8: 'cap' is not a number of invitations per span."),
        ('"1 per 30 days"', '"0 per 30 days"', "8: 'cap' is not a number of invitations"),
        ('"1 per 30 days"', '"1 per 0 days"', "8: 'cap' has a span of no days."),
        ('"1 per 30 days"', '"1 per month"', "8: 'cap' is 'month', not a span of time."),
        ("overinvite", "title", "7: unknown key 'title'."),
    ],
)
def test_a_wrong_question_is_named_with_its_line(
    site: SiteFiles, old: str, new: str, said: str
) -> None:
    site.write("questions/lesson.md", QUESTION.replace(old, new))

    assert [error.startswith(f"questions/lesson.md:{said}") for error in site.errors()] == [True]


def test_notes_are_for_the_next_issue_or_a_number(site: SiteFiles) -> None:
    site.write("notes/next.md", '+++\nsubject = "S"\nlead = "L"\n+++\nHello.\n')
    site.write("notes/next.ja.md", '+++\nsubject = "件名"\n+++\n本文\n')
    site.write("notes/12.md", "+++\n+++\n")

    notes = site.read()[0].notes

    assert set(notes) == {"next", "12"}
    assert (notes["next"].texts["en"].lead, notes["next"].texts["ja"].lead) == ("L", "")


@pytest.mark.parametrize("name", ["nxt", "012", "0", "1.5", "١"])
def test_a_note_for_nothing_is_refused(site: SiteFiles, name: str) -> None:
    site.write(f"notes/{name}.md", "+++\n+++\n")

    assert [error.split(": ")[1].split(". ")[0] for error in site.errors()] == [
        "a note is for the next issue or for one by its number"
    ]


def test_a_translation_without_its_default_is_an_error(site: SiteFiles, good_item: str) -> None:
    site.write("items/palm.ja.md", '+++\ntitle = "x"\n+++\n')
    site.write("items/2023/palm.md", good_item)

    assert site.errors() == [
        "items/palm.ja.md: a translation without its default: there is no palm.md beside it. "
        "Write palm.md in en, or delete this file."
    ]


def test_nested_folders_are_read_and_ids_are_unique_over_them(
    site: SiteFiles, good_item: str
) -> None:
    site.write("items/2022/palm.md", good_item)
    site.write("items/2023/PALM.md", good_item)
    site.write("items/2023/other.md", good_item)

    assert site.errors() == [
        "items/2023/PALM.md: the id 'PALM' is taken by content/news/items/2022/palm.md. "
        "Rename one of the two; ids are unique over all folders and letter cases."
    ]


def test_one_name_in_two_unicode_forms_is_one_id(site: SiteFiles, good_item: str) -> None:
    site.write("items/caf\u00e9.md", good_item)
    site.write("items/cafe\u0301.md", good_item)

    assert len(site.errors()) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x.en", "en is the default language, whose files have no ending of their own"),
        ("x.de", "'de' is not a language of this newsletter"),
        ("x.zh", "'zh' is not a language of this newsletter"),
        (" x", "the name cannot be an id"),
        ("x" * 121, "the name cannot be an id"),
    ],
)
def test_a_name_that_misleads_is_an_error(
    site: SiteFiles, good_item: str, name: str, said: str
) -> None:
    site.write("items/x.md", good_item)
    site.write(f"items/{name}.md", good_item)

    assert [error.split(": ")[1].split(". ")[0] for error in site.errors()] == [said]


def test_a_dot_in_a_name_is_not_a_language(site: SiteFiles, good_item: str) -> None:
    site.write("items/node.js.md", good_item)
    site.write("items/node.js.ZH-hans.md", '+++\ntitle = "x"\n+++\n本文\n')

    assert set(site.item("node.js").texts) == {"en", "zh-Hans"}


def test_two_files_of_one_language_are_an_error(site: SiteFiles, good_item: str) -> None:
    site.write("items/x.md", good_item)
    for tag in ("ja", "JA"):
        site.write(f"items/x.{tag}.md", '+++\ntitle = "x"\n+++\ny\n')

    assert [error.split(": ")[1] for error in site.errors()] == [
        "x.JA.md beside it is the same text in the same language. Delete one of the two."
    ]


def test_hidden_files_and_editors_backups_are_ignored(site: SiteFiles) -> None:
    for name in (".x.md", "x.md~", ".x.md.swp", "#x.md#", "x.md.bak", ".git/x.md"):
        site.write(f"items/{name}", "not front matter")

    assert site.read()[0].items == ()
    assert site.findings("unexpected-file") == []


def test_other_files_among_the_items_are_noticed(site: SiteFiles) -> None:
    site.write("items/a.markdown", "x")
    site.write("items/b.png", b"x")
    site.write("itmes/c.md", "x")

    assert site.findings("unexpected-file") == [
        "items/a.markdown: is not read: only files that end in .md are. "
        "Rename it, or move it away.",
        "items/b.png: is not read: only files that end in .md are. Pictures go to assets/.",
    ]
    assert site.findings("unexpected-folder") == [
        "content/news: the folder 'itmes' is not read. Did you mean 'items'?"
    ]


def test_links_out_of_the_folder_are_not_followed(
    site: SiteFiles, good_item: str, tmp_path: Path
) -> None:
    (site.home / "private.md").write_text(good_item)
    (site.home / "more").mkdir()
    site.write("items/x.md", good_item).with_name("y.md").symlink_to(site.home / "private.md")
    (site.folder / "items" / "more").symlink_to(site.home / "more")
    (site.folder / "items" / "gone.md").symlink_to("nowhere.md")

    assert [error.split(". ")[0] for error in site.errors()] == [
        "items/gone.md: is not a regular file",
        "items/y.md: is a link to a file outside the newsletter's folder",
    ]
    assert len(site.findings("unexpected-file")) == 1


def test_a_pipe_among_the_items_does_not_block(site: SiteFiles, good_item: str) -> None:
    os.mkfifo(site.write("items/x.md", good_item).with_name("pipe.md"))

    assert site.errors() == ["items/pipe.md: is not a regular file. Put a text file there."]


def test_a_file_name_that_is_not_utf_8_is_an_error(site: SiteFiles, good_item: str) -> None:
    folder = site.write("items/x.md", good_item).parent
    (folder / os.fsdecode(b"\xff.md")).write_text(good_item)

    assert [error.split(". ")[0] for error in site.errors()] == [
        "content/news: the name '\\udcff.md' cannot be shown"
    ]


def test_what_nobody_translated_is_noticed_per_language(site: SiteFiles, good_item: str) -> None:
    site.write("items/x.md", good_item)
    site.write("items/x.ja.md", '+++\ntitle = "x"\n+++\ny\n')
    site.write("notes/next.md", "+++\n+++\n")

    assert site.findings("missing-translation") == [
        "items/x.md: not translated into zh-Hans. Readers of zh-Hans get it in en. "
        "Write x.zh-Hans.md.",
        "notes/next.md: not translated into ja. Readers of ja get it in en. Write next.ja.md.",
        "notes/next.md: not translated into zh-Hans. Readers of zh-Hans get it in en. "
        "Write next.zh-Hans.md.",
    ]


def test_an_item_that_was_sent_need_not_be_translated(site: SiteFiles, good_item: str) -> None:
    site.write("items/x.md", good_item)
    site.write(
        "sent/1.toml",
        'number = 1\ncutoff = 2023-04-01T00:00:00Z\nhash = "abcdef12"\n'
        f'[items]\nx = "{site.item("x").content_hash}"\n',
    )

    assert site.findings("missing-translation") == []


def test_reading_a_newsletter_of_this_size_is_quick(site: SiteFiles, good_item: str) -> None:
    for number in range(25):
        site.write(f"items/item-{number}.md", good_item)
        for tag in ("ja", "zh-Hans"):
            site.write(f"items/item-{number}.{tag}.md", '+++\ntitle = "x"\n+++\ny\n')
    site.read()

    start = process_time()
    site.read()

    assert process_time() - start < 0.1
