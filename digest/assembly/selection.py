"""Which items belong to the next issue.

Membership, not dates: an item belongs if its date is not after the cut-off, it stands in no sent
issue, and it is not older than the newsletter's start. So an item that was merged late is still
taken, a changed date sends nothing twice, and what does not fit waits for the next issue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from digest.model.finding import Finding, Level
from digest.model.issue import Item, Publication, SentIssue
from digest.model.newsletter import Newsletter


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """An item that is in the issue."""

    item: Item
    late: bool
    """Dated on or before the last issue's cut-off: merged late, or carried over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldOver:
    """An item that is not in the issue, and why."""

    item: Item
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """The next issue's items, and every other item's reason."""

    number: int
    since: datetime | None
    """The last issue's cut-off; only shown, nothing is decided by it."""
    cutoff_at: datetime
    taken: tuple[Taken, ...]
    """In the order in which they are shown: section, pinned, weight, oldest first."""
    held: tuple[HeldOver, ...]
    findings: tuple[Finding, ...]
    too_thin: str = ""
    """Why the issue cannot be sent, or ""."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the items that are in."""
        return tuple(taken.item for taken in self.taken)


def select_items(
    publication: Publication, sent: Sequence[SentIssue], cutoff_at: datetime
) -> Selection:
    """Decide what the next issue holds.

    `sent` is every issue that was frozen, in any order; `cutoff_at` is aware.
    """
    newsletter = publication.newsletter
    last = max(sent, key=lambda issue: issue.number, default=None)
    fresh, told, findings = _not_yet_sent(publication.items, sent)
    zone = ZoneInfo(newsletter.timezone)
    today = cutoff_at.astimezone(zone).date()
    reasons = {item.id: _not_now(item, newsletter, today) for item in fresh}
    closed = [HeldOver(item=item, reason=reasons[item.id]) for item in fresh if reasons[item.id]]
    ranked = sorted((item for item in fresh if not reasons[item.id]), key=_rank)
    fitting, waiting = _fit(ranked, newsletter)
    shown = shown_order(fitting, newsletter)
    since_day = last.cutoff_at.astimezone(zone).date() if last else None
    return Selection(
        number=last.number + 1 if last else 1,
        since=last.cutoff_at if last else None,
        cutoff_at=cutoff_at,
        taken=tuple(
            Taken(item=item, late=since_day is not None and item.date <= since_day)
            for item in shown
        ),
        held=tuple(sorted([*told, *closed, *waiting], key=lambda held: held.item.id)),
        findings=tuple(findings),
        too_thin=_too_thin(len(shown), newsletter),
    )


def _too_thin(count: int, newsletter: Newsletter) -> str:
    if count >= max(1, newsletter.rules.min_items):
        return ""
    if not count:
        return "nothing new"
    return f"only {count} of at least {newsletter.rules.min_items} items"


def _not_yet_sent(
    items: Iterable[Item], sent: Iterable[SentIssue]
) -> tuple[list[Item], list[HeldOver], list[Finding]]:
    """Leave out what readers have had, and notice what was edited or renamed since."""
    items = list(items)
    sent_in = {
        item_id: (issue, digest) for issue in sent for item_id, digest in issue.items.items()
    }
    by_content = {digest: (item_id, issue) for item_id, (issue, digest) in sent_in.items()}
    fresh: list[Item] = []
    held: list[HeldOver] = []
    findings: list[Finding] = []
    for item in items:
        if item.id in sent_in:
            issue, digest = sent_in[item.id]
            if digest != item.content_hash:
                findings.append(_changed(item, issue))
        elif item.content_hash in by_content:
            old_id, issue = by_content[item.content_hash]
            held.append(HeldOver(item=item, reason=f"sent in issue {issue.number} as {old_id}"))
            findings.append(_renamed(item, old_id, issue))
        else:
            fresh.append(item)
    return fresh, held, findings


def _changed(item: Item, issue: SentIssue) -> Finding:
    return Finding(
        rule="changed-after-sending",
        level=Level.NOTE,
        file=item.file,
        what=f"was edited after issue {issue.number} was frozen; readers keep what they were sent",
        hint="File a new item if they should hear of the change.",
    )


def _renamed(item: Item, old_id: str, issue: SentIssue) -> Finding:
    return Finding(
        rule="renamed-after-sending",
        level=Level.WARNING,
        file=item.file,
        what=f"has the content of '{old_id}', which stands in issue {issue.number}: not sent again",
        hint="Keep the old name, or change the text if it is news.",
    )


def _not_now(item: Item, newsletter: Newsletter, today: date) -> str:
    """Return why an item does not take part in this issue, or ""."""
    if item.hold:
        return "on hold"
    if item.date > today:
        return f"dated {item.date}, after the cut-off"
    if item.date < newsletter.start:
        return f"older than the newsletter's start ({newsletter.start})"
    if item.expires and item.expires < today:
        return f"expired on {item.expires}"
    return ""


def _rank(item: Item) -> tuple[bool, int, date, str]:
    """Order by who gets a place first: pinned, heavier, then who has waited longest."""
    return (not item.pin, -item.weight, item.date, item.id)


def shown_order(items: Iterable[Item], newsletter: Newsletter) -> list[Item]:
    """Return items in the order in which an issue shows them."""
    return sorted(items, key=lambda item: _place(item, newsletter))


def _place(item: Item, newsletter: Newsletter) -> tuple[int, tuple[bool, int, date, str]]:
    order = [section.id for section in newsletter.sections]
    return (order.index(item.section), _rank(item))


def _fit(ranked: Sequence[Item], newsletter: Newsletter) -> tuple[list[Item], list[HeldOver]]:
    """Fill sections and issue up to their limits, then drop sections that stay too thin."""
    limit = newsletter.rules.max_items
    limits = {section.id: section.max_items for section in newsletter.sections}
    counts: Counter[str] = Counter()
    fitting: list[Item] = []
    held: list[HeldOver] = []
    for item in ranked:
        section_limit = limits[item.section]
        if section_limit is not None and counts[item.section] >= section_limit:
            held.append(
                HeldOver(item=item, reason=f"section {item.section} is full ({section_limit})")
            )
        elif limit is not None and len(fitting) >= limit:
            held.append(HeldOver(item=item, reason=f"the issue is full ({limit})"))
        else:
            counts[item.section] += 1
            fitting.append(item)
    return _without_thin_sections(fitting, held, counts, newsletter)


def _without_thin_sections(
    fitting: list[Item], held: list[HeldOver], counts: Counter[str], newsletter: Newsletter
) -> tuple[list[Item], list[HeldOver]]:
    thin = {
        section.id: section.min_items
        for section in newsletter.sections
        if 0 < counts[section.id] < section.min_items
    }
    held += [
        HeldOver(
            item=item,
            reason=f"section {item.section} holds {counts[item.section]} of {thin[item.section]}",
        )
        for item in fitting
        if item.section in thin
    ]
    return [item for item in fitting if item.section not in thin], held
