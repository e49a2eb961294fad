"""Content hashes: the same content under another file name has the same hash.

Hashed is what a reader can see, in all languages, with kind, section, date, audience and status.
Not hashed are an item's name, and what is only the editor's desk: `pin`, `hold`, `weight`,
`expires`, and a question's `quota`, `overinvite` and `cap`. Moving things on the desk does not
change what was said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from hashlib import sha256

from digest.model.issue import Figure, Item, ItemText, NoteText, Question, QuestionText, When

#: Goes into every hash, so that a later way of hashing cannot be taken for this one.
_FORMAT = 1


def hash_item(item: Item) -> str:
    """Return the content hash of an item (its own `content_hash` is not looked at)."""
    return _hash(
        {
            "kind": item.kind.value,
            "section": item.section,
            "also_in": sorted(item.also_in),
            "date": item.date.isoformat(),
            "for": str(item.rule),
            "status": item.status.value if item.status else "",
            "opens": _when(item.opens),
            "closes": _when(item.closes),
            "texts": _texts(item.texts),
        }
    )


def hash_question(question: Question) -> str:
    """Return the content hash of a question."""
    return _hash(
        {
            "field": question.field,
            "opens": _when(question.opens),
            "closes": _when(question.closes),
            "texts": _texts(question.texts),
        }
    )


def hash_note(texts: Mapping[str, NoteText]) -> str:
    """Return the content hash of a note's texts."""
    return _hash({"texts": _texts(texts)})


def _hash(said: Mapping[str, object]) -> str:
    canonical = json.dumps(
        {"format": _FORMAT, **said}, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return sha256(canonical.encode("ascii")).hexdigest()


def _texts(
    texts: Mapping[str, ItemText] | Mapping[str, QuestionText] | Mapping[str, NoteText],
) -> dict[str, object]:
    return {language: _said(text) for language, text in texts.items()}


def _said(noun: ItemText | QuestionText | NoteText | Figure) -> dict[str, object]:
    # What is empty is left out, so that a noun may gain a field without changing every hash.
    said: dict[str, object] = {}
    for field in fields(noun):
        value = getattr(noun, field.name)
        if field.name == "figures":
            value = [_said(figure) for figure in value]
        if field.name != "file" and value not in (None, "", []) and value is not False:
            said[field.name] = value
    return said


def _when(when: When) -> str:
    if isinstance(when, timedelta):
        return f"{when.days} days"
    return when.isoformat() if isinstance(when, date) else ""
