"""A correction: the items of an issue that was frozen, as their files say now. Pure.

No item comes in that was not in the issue; one whose file is gone, or that is on hold, falls out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from digest.assembly.editions import EditionMap
from digest.assembly.issue import compile_issue, content_hash
from digest.assembly.selection import HeldOver, Selection, Taken, shown_order
from digest.errors import ContentError
from digest.model.edition import Edition
from digest.model.issue import Issue, Note, Publication, SentIssue

#: Whom a notice is for, where an edition says its audience.
HAD_IT = "had an earlier revision"


def select_again(publication: Publication, sent: SentIssue) -> Selection:
    """Return the items of a frozen issue as they are now."""
    filed = {item.id: item for item in publication.items}
    kept = [filed[each] for each in sent.items if each in filed and not filed[each].hold]
    on_hold = [filed[each] for each in sent.items if each in filed and filed[each].hold]
    order = shown_order(kept, publication.newsletter)
    return Selection(
        number=sent.number,
        since=None,
        cutoff_at=sent.cutoff_at,
        taken=tuple(Taken(item=item, late=False) for item in order),
        held=tuple(HeldOver(item=item, reason="on hold") for item in on_hold),
        findings=(),
        too_thin="" if kept else "none of its items is left",
    )


def compile_correction(
    publication: Publication, selection: Selection, sent: SentIssue, used: frozenset[str]
) -> Issue:
    """Return the corrected issue; its note is `<number>.md`, or next.md if that is still its own.

    `used` are the hashes of the notes that other issues went out with.

    Raises:
        ContentError: the issue had a note in next.md, which was changed since.
    """
    notes = dict(publication.notes)
    waiting = notes.pop("next", None)
    if sent.note_hash and str(sent.number) not in notes:
        if waiting is None or waiting.content_hash != sent.note_hash:
            file = f"content/{publication.newsletter.id}/notes/{sent.number}.md"
            what = f"is missing: issue {sent.number} had a note, and next.md is another one now"
            raise ContentError(file, 0, what, "Write there what the corrected issue says on top.")
        notes[str(sent.number)] = waiting
    return compile_issue(replace(publication, notes=notes), selection, used)


def correction_note(publication: Publication, number: int) -> Note | None:
    """Return what those are told who have had the issue: notes/<number>.correction.md."""
    return publication.notes.get(f"{number}.correction")


def compile_notice(issue: Issue, note: Note) -> Issue:
    """Return the short correction as an issue without items: only what its note says."""
    notice = replace(issue, items=(), questions=(), note=note)
    return replace(notice, content_hash=content_hash(notice))


def notice_editions(notice: Issue, languages: Iterable[str]) -> EditionMap:
    """Return the editions of a notice: one for each language that somebody had the issue in."""
    editions = [
        Edition(
            key=_key(notice, language), language=language, items=(), question=None, audience=HAD_IT
        )
        for language in sorted({notice.newsletter.language_for(each) for each in languages})
    ]
    return EditionMap(editions={each.key: each for each in editions}, by_profile={})


def _key(notice: Issue, language: str) -> str:
    said = ["correction", notice.newsletter.id, notice.number, language, notice.content_hash]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:20]


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Which items of an issue changed since it was frozen."""

    changed: tuple[str, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        """Return whether any did."""
        return bool(self.changed or self.gone)


def changes(sent: SentIssue, issue: Issue) -> Changes:
    """Return which items differ from what was frozen."""
    now = {item.id: item.content_hash for item in issue.items}
    return Changes(
        changed=tuple(each for each, old in sent.items.items() if now.get(each, old) != old),
        gone=tuple(each for each in sent.items if each not in now),
    )
