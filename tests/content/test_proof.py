"""Proofreading: what an editor should look at twice, though every file is right."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.content.receipts import Receipt, write_receipt
from tests.content.site_files import ITEM, NEWSLETTER, SiteFiles


def send(site: SiteFiles, number: int, items: dict[str, str]) -> None:
    receipt = Receipt(
        number=number,
        cutoff_at=datetime(2023, 4, number, tzinfo=UTC),
        content_hash="0" * 64,
        items=items,
    )
    write_receipt(site.folder, receipt)


def test_an_item_changed_after_it_was_sent_is_noticed(site: SiteFiles) -> None:
    site.write("items/x.md", ITEM)
    site.write("items/y.md", ITEM.replace("Live", "Life"))
    send(site, 1, {"x": site.item("x").content_hash, "y": "f" * 64})

    assert site.findings("changed-after-sending") == [
        "items/y.md: was changed after it was sent; readers have the old text."
    ]


def test_two_items_that_say_the_same_are_noticed(site: SiteFiles) -> None:
    site.write("items/x.md", ITEM)
    site.write("items/y.md", ITEM)

    assert site.findings("same-content") == [
        "items/y.md: says the same as content/news/items/x.md. "
        "If it was renamed, delete the other; a reader would get it twice."
    ]


def test_items_before_the_start_are_counted_in_one_note(site: SiteFiles) -> None:
    for number in range(1, 29):
        text = ITEM.replace("2023-03-31", f"2023-02-{number:02}")
        site.write(f"items/old-{number}.md", text.replace("Live", f"Live {number}"))

    assert site.findings("before-start") == [
        "content/news: 28 items are older than 'start' and never belong to an issue. "
        "The newest of them is content/news/items/old-28.md."
    ]


def test_an_item_that_expires_before_its_day_is_noticed(site: SiteFiles) -> None:
    site.write("items/x.md", ITEM.replace("section", "expires = 2023-03-01\nsection"))

    assert len(site.findings("never-sent")) == 1


def test_an_item_for_nobody_is_noticed(site: SiteFiles) -> None:
    nobody = 'for = { roles = ["brand"], not = { roles = ["brand"] } }\nsection'
    somebody = 'for = { roles = ["brand"], not = { roles = ["merchant"] } }\nsection'
    site.write("items/x.md", ITEM.replace("section", nobody))
    site.write("items/y.md", ITEM.replace("section", somebody))

    assert [line.split(":")[0] for line in site.findings("for-nobody")] == ["items/x.md"]


def test_pictures_without_words_are_noticed(site: SiteFiles) -> None:
    site.write("assets/a.png", b"png")
    site.write("items/x.md", ITEM.replace("The body.", "One\n\n![](assets/a.png)"))

    assert site.findings("missing-alt") == [
        "items/x.md:8: a picture says nothing to who cannot see it. "
        "Write ![what it shows](assets/...)."
    ]


def test_text_that_still_says_todo_is_noticed_unless_it_is_on_hold(site: SiteFiles) -> None:
    site.write("items/x.md", ITEM.replace("The body", "TODO: the body"))
    site.write("items/y.md", ITEM.replace("The", "TODO").replace("section", "hold = true\nsection"))

    assert site.findings("unfinished") == [
        "items/x.md:6: still says TODO. Finish it, or set hold = true."
    ]


def test_a_note_of_an_issue_that_was_sent_is_not_the_next_ones(site: SiteFiles) -> None:
    site.write("notes/1.md", "+++\n+++\n")
    assert site.findings("no-note") == []

    send(site, 1, {})

    assert [line.split(":")[0] for line in site.findings("no-note")] == ["notes/next.md"]


def test_questions_without_a_place_to_stand_are_noticed(site: SiteFiles) -> None:
    site.write("newsletter.toml", NEWSLETTER.replace('ask_section = "search"', ""))
    site.write(
        "questions/x.md", '+++\nquestion = "Why?"\nfield = "education"\nquota = 1\n+++\nBody\n'
    )

    assert len(site.findings("no-ask-section")) == 1
