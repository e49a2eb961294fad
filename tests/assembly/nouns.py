"""Small newsletters, items and questions for the tests of assembly and workflow."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from digest.model.issue import (
    Item,
    ItemKind,
    ItemText,
    Note,
    NoteText,
    Publication,
    Question,
    QuestionText,
    SentIssue,
)
from digest.model.newsletter import AssemblyRules, Mailbox, Newsletter, Section

NOON = datetime(2023, 3, 31, 12, tzinfo=UTC)


def make_newsletter(**changes: Any) -> Newsletter:
    """Return a newsletter with two sections and the four fields."""
    said: dict[str, Any] = {
        "id": "news",
        "name": "The News",
        "sender": Mailbox(name="The News", address="news@news.example"),
        "reply_to": None,
        "languages": ("en", "ja", "zh-Hans"),
        "timezone": "UTC",
        "start": date(2023, 3, 1),
        "schedule": "0 9 * * 5",
        "catch_up": timedelta(hours=6),
        "sections": (
            Section(id="channels", title={"en": "Channels"}),
            Section(id="search", title={"en": "Search"}),
        ),
        "attributes": {
            "roles": {"brand": {"en": "brands"}, "creator": {"en": "creators"}},
            "fields": {"food": {"en": "food"}, "travel": {"en": "travel"}},
        },
        "rules": AssemblyRules(ask_section="search"),
        "subject": {"en": "{name} {number}"},
        "about": {"en": "You asked for it."},
        "postal_address": "1 Example Street",
    }
    return Newsletter(**{**said, **changes})


def make_item(item_id: str, **changes: Any) -> Item:
    """Return an item whose content hash follows its id, unless told otherwise."""
    said: dict[str, Any] = {
        "id": item_id,
        "date": date(2023, 3, 30),
        "section": "channels",
        "texts": {"en": ItemText(language="en", title=f"About {item_id}", body="It happened.")},
        "content_hash": hashlib.sha256(item_id.encode()).hexdigest(),
        "file": f"content/news/items/{item_id}.md",
    }
    return Item(**{**said, **changes})


def make_news_of_ask() -> Item:
    """Return the item that everyone gets who is not invited."""
    return make_item("ask-news", section="search", kind=ItemKind.NEWS)


def make_question(question_id: str, field: str = "food", **changes: Any) -> Question:
    """Return a question with five answers wanted and two weeks to answer."""
    said: dict[str, Any] = {
        "id": question_id,
        "field": field,
        "quota": 5,
        "closes": timedelta(days=14),
        "texts": {"en": QuestionText(language="en", question=f"What of {field}?")},
        "content_hash": hashlib.sha256(question_id.encode()).hexdigest(),
    }
    return Question(**{**said, **changes})


def make_note(text: str = "Hello") -> Note:
    """Return an editor's note."""
    return Note(
        texts={"en": NoteText(language="en", subject=text, title=text, lead=text)},
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def make_publication(
    items: Sequence[Item] = (), questions: Sequence[Question] = (), **changes: Any
) -> Publication:
    """Return a newsletter's folder with these items and questions."""
    said: dict[str, Any] = {
        "newsletter": make_newsletter(),
        "items": tuple(items),
        "questions": tuple(questions),
        "notes": {"next": make_note()},
    }
    return Publication(**{**said, **changes})


def sent_issue(number: int, *items: Item, cutoff_at: datetime = NOON, note: str = "") -> SentIssue:
    """Return what is known of an issue that held these items."""
    return SentIssue(
        number=number,
        cutoff_at=cutoff_at,
        items={item.id: item.content_hash for item in items},
        note_hash=note,
    )
