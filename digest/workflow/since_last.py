"""The difference to the last issue that was sent: what a reader has not read yet, and misses.

What is stored of an issue is held against what the next one says now, for the same readers where
that can be known. What must stay true: it only looks; personal values are left out of both; and
which edition is held against which is always said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from digest.model.edition import Edition, Rendered
from digest.model.mailing import Mailing
from digest.rendering.comparing import Change, Piece, Step, aligned, by_words
from digest.rendering.passages import Kind, Passage, passages_of
from digest.workflow.sights import Sight
from digest.workflow.studio import Shown, Studio

#: Of longer mails only the beginning is compared.
MOST_PASSAGES = 1_500
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n\s*)+")


class Match(StrEnum):
    """Why an edition of the last issue is the one to compare with; the best first."""

    READER = "reader"
    """This very reader was sent it."""
    PROFILE = "profile"
    """Readers with the same profile got it."""
    LIKE = "like"
    """Nobody with the same profile got one; who got this one is most like it."""
    READERS = "readers"
    """Readers of today's edition got it."""
    AUDIENCE = "audience"
    """It has the same audience."""
    LARGEST = "largest"
    """Nothing fits better: most readers got it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What became of a passage."""

    change: Change
    kind: Kind
    pieces: tuple[Piece, ...]
    targets: tuple[Piece, ...] = ()
    """Where its links lead, if that is not the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A section, or a stretch of the text part, without what is the same in it."""

    title: str
    change: Change
    """NEW or GONE: the whole of it."""
    rows: tuple[Row, ...]
    same: int
    """How many passages are as they were."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A mail held against one of the last issue."""

    mailing: Mailing
    """The one that is compared with."""
    edition: Edition
    match: Match
    readers: int
    """How many got that edition."""
    subject: Row
    preheader: Row
    html: tuple[Part, ...]
    text: tuple[Part, ...]
    counts: Mapping[Change, int]
    """Of the HTML's passages."""
    is_whole: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SinceLast:
    """What `compare` found."""

    last: int | None = None
    """The number of the issue before; None when there is none."""
    difference: Difference | None = None
    """None where nothing of an issue before is stored here."""

    @property
    def is_elsewhere(self) -> bool:
        """Return whether the issue before was sent, but not from this database."""
        return self.last is not None and self.difference is None


def compare(studio: Studio, shown: Shown) -> SinceLast:
    """Return the difference of what is shown to the issue before it.

    Raises:
        DigestError: the database cannot be read.
    """
    sight = shown.sight
    if sight is None or shown.edition is None or shown.rendered is None:
        return SinceLast()
    last = sight.number - 1 or None
    earlier = (each for each in studio.mailings(shown.choice.newsletter) if each.number)
    mailing = next((each for each in earlier if (each.number or 0) < sight.number), None)
    if mailing is None:
        return SinceLast(last=last)
    before = studio.sight(shown.choice.newsletter, mailing.number)
    if not before.editions:
        return SinceLast(last=last)
    edition, match = _counterpart(studio, shown, mailing, before)
    return SinceLast(
        last=last,
        difference=_difference(
            before.frozen[edition.key].rendered,
            shown.rendered,
            mailing=mailing,
            edition=edition,
            match=match,
            readers=before.recipients.get(edition.key, 0),
        ),
    )


def _counterpart(
    studio: Studio, shown: Shown, mailing: Mailing, before: Sight
) -> tuple[Edition, Match]:
    """Return the edition of an earlier issue to compare with, and why it is that one."""
    now, sight = shown.edition, shown.sight
    assert now is not None
    assert sight is not None
    pool = [each for each in before.editions if each.language == now.language]
    pool = pool or list(before.editions)
    got = "" if shown.choice.edition else studio.got(before, shown.who)
    if mine := next((each for each in pool if each.key == got), None):
        return mine, Match.READER

    def readers(edition: Edition) -> int:
        return before.recipients.get(edition.key, 0)

    was = studio.store().profile_editions(mailing.id)
    here = {each.key for each in pool}
    like = {} if shown.choice.edition else studio.profiles_like(mailing.newsletter, shown.who)
    like = {number: apart for number, apart in like.items() if was.get(number) in here}
    nearest = min(like.values(), default=0)
    if theirs := _shared(pool, was, (one for one, apart in like.items() if apart == nearest)):
        return max(theirs, key=readers), Match.LIKE if nearest else Match.PROFILE
    same = [each for each in pool if each.audience == now.audience]
    profiles = [number for number, key in studio.profiles(sight).items() if key == now.key]
    if theirs := _shared(same, was, profiles) or _shared(pool, was, profiles):
        return max(theirs, key=readers), Match.READERS
    return max(same or pool, key=readers), Match.AUDIENCE if same else Match.LARGEST


def _shared(
    pool: Iterable[Edition], was: Mapping[int, str], profiles: Iterable[int]
) -> list[Edition]:
    """Return the editions that most of these profiles got."""
    counts = Counter(was[number] for number in profiles if number in was)
    found = [each for each in pool if counts[each.key]]
    most = max((counts[each.key] for each in found), default=0)
    return [each for each in found if counts[each.key] == most]


def _difference(old: Rendered, new: Rendered, **about: object) -> Difference:
    before, after = passages_of(_readable(old, old.html)), passages_of(_readable(new, new.html))
    texts = _paragraphs(old), _paragraphs(new)
    is_whole = all(len(each) <= MOST_PASSAGES for each in (before, after, *texts))
    html = list(_by_section(before[:MOST_PASSAGES], after[:MOST_PASSAGES]))
    counts = Counter(row.change for part in html for row in part.rows)
    counts[Change.SAME] = sum(part.same for part in html)
    text = _part("", Change.SAME, *(each[:MOST_PASSAGES] for each in texts))
    return Difference(
        subject=_row(_line(_readable(old, old.subject)), _line(_readable(new, new.subject))),
        preheader=_row(_line(old.preheader), _line(new.preheader)),
        html=tuple(part for part in html if part.rows),
        text=(text,) if text.rows else (),
        counts=counts,
        is_whole=is_whole,
        **about,  # type: ignore[arg-type]
    )


def _readable(rendered: Rendered, part: str) -> str:
    """Return a part with [placeholder] where a reader's values go."""
    for marker, placeholder in rendered.markers.items():
        part = part.replace(marker, f"[{placeholder.value}]")
    return part


def _paragraphs(rendered: Rendered) -> list[Passage]:
    text = _readable(rendered, rendered.text)
    return [_line(each.strip("\n")) for each in _BLANK_LINES.split(text) if each.strip()]


def _line(words: str) -> Passage:
    return Passage(kind=Kind.WORDS, words=words)


def _by_section(before: Sequence[Passage], after: Sequence[Passage]) -> Iterator[Part]:
    old, new = _sections(before), _sections(after)
    old_titles, new_titles = list(old), list(new)
    for step in aligned(old_titles, new_titles):
        was = old[old_titles[step.before]] if step.before is not None else []
        now = new[new_titles[step.after]] if step.after is not None else []
        title = new_titles[step.after] if step.after is not None else old_titles[step.before or 0]
        yield _part(title, step.change, was, now)


def _sections(passages: Sequence[Passage]) -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = {}
    for each in passages:
        found.setdefault(each.section, []).append(each)
    return found


def _part(title: str, change: Change, before: Sequence[Passage], after: Sequence[Passage]) -> Part:
    steps = aligned([each.words for each in before], [each.words for each in after])
    rows = [_row_of(step, before, after) for step in steps]
    shown = tuple(row for row in rows if row.change is not Change.SAME)
    return Part(title=title, change=change, rows=shown, same=len(rows) - len(shown))


def _row_of(step: Step, before: Sequence[Passage], after: Sequence[Passage]) -> Row:
    old = before[step.before] if step.before is not None else None
    new = after[step.after] if step.after is not None else None
    return _row(old, new)


def _row(old: Passage | None, new: Passage | None) -> Row:
    """Return what became of one passage, or what came in its place."""
    if old and new:
        pieces = by_words(old.words, new.words)
        targets = _targets(old.targets, new.targets)
        is_same = not targets and all(each.change is Change.SAME for each in pieces)
        change = Change.SAME if is_same else Change.CHANGED
        return Row(change=change, kind=new.kind, pieces=pieces, targets=targets)
    one = old or new
    assert one is not None
    change = Change.GONE if old else Change.NEW
    said = (Piece(change=change, text=one.words),)
    targets = tuple(Piece(change=change, text=each) for each in one.targets)
    return Row(
        change=change,
        kind=one.kind,
        pieces=said,
        targets=targets if one.kind is not Kind.PICTURE else (),
    )


def _targets(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Piece, ...]:
    """Return the links that are gone and those that are new; none where all are the same."""
    gone = (Piece(change=Change.GONE, text=each) for each in old if each not in new)
    come = (Piece(change=Change.NEW, text=each) for each in new if each not in old)
    return (*gone, *come)
