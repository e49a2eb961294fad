"""From a selection to an issue with its hash, and its normalised JSON snapshot."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from digest.assembly.invitations import open_questions
from digest.assembly.selection import Selection
from digest.model.freeze import SNAPSHOT_FORMAT
from digest.model.issue import Issue, Note, Publication
from digest.model.picture import Picture


def compile_issue(
    publication: Publication, selection: Selection, used_notes: frozenset[str] = frozenset()
) -> Issue:
    """Return the issue that a selection makes, with the questions open on its day and its note.

    `used_notes` are the content hashes of notes that went out with earlier issues: next.md that
    nobody rewrote is not said twice.
    """
    newsletter = publication.newsletter
    day = selection.cutoff_at.astimezone(ZoneInfo(newsletter.timezone)).date()
    issue = Issue(
        newsletter=newsletter,
        number=selection.number,
        cutoff_at=selection.cutoff_at,
        items=selection.items,
        questions=open_questions(publication.questions, day),
        note=_note_for(publication, selection.number, used_notes),
    )
    return replace(issue, content_hash=content_hash(issue))


def _note_for(publication: Publication, number: int, used: frozenset[str]) -> Note | None:
    note = publication.notes.get(str(number))
    if note:
        return note
    waiting = publication.notes.get("next")
    return waiting if waiting and waiting.content_hash not in used else None


def content_hash(issue: Issue) -> str:
    """Return the SHA-256 (hex) of what the issue says: its items, questions and note."""
    said = [
        issue.newsletter.id,
        issue.number,
        [[item.id, item.content_hash] for item in issue.items],
        [[question.id, question.content_hash] for question in issue.questions],
        issue.note.content_hash if issue.note else None,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def snapshot(issue: Issue) -> str:
    """Return an issue as JSON with sorted keys: what was frozen, readable without any content/.

    Of a picture it names the bytes, which stand beside it in the store.
    """
    said = {"format": SNAPSHOT_FORMAT, "issue": issue}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value // timedelta(days=1)} days"
    if isinstance(value, Picture):
        size = len(value.content)
        return {"sha256": value.sha256, "size": size, "media_type": value.media_type}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"no JSON for {type(value).__name__}")
