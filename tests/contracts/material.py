"""Readers, issues and replies to try a ledger with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from digest.model.audience import Subscriber, Subscription
from digest.model.edition import Edition, FrozenEdition, Placeholder, Rendered
from digest.model.freeze import Freeze, Newcomer, PlannedInvitation
from digest.model.mailing import EntryState, Mailing, OutboxEntry, Reply, Result, Verdict
from digest.model.newsletter import Letterhead, Mailbox
from digest.workflow.ports import Issues, Outbox, People, Readers

NEWSLETTER = "open-class"
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
HASH_KEY = b"a key of thirty-two bytes for us"
LETTERHEAD = Letterhead(
    newsletter=NEWSLETTER,
    name="Open Class 微信",
    sender=Mailbox(name="Open Class", address="news@example.com"),
    reply_to=Mailbox(name="Desk", address="desk@example.com"),
)

COLUMNS = frozenset({"email", "name", "language", "roles", "fields", "verified", "topics"})


class Store(Issues, Readers, Outbox, People):
    """What most contracts are about."""


def newcomer(address: str, *, line: int = 2, **values: Any) -> Newcomer:
    """Return a row of a roster; values belong to the person or to the row, as their names say."""
    row = {
        name: values.pop(name) for name in ("topics", "status", "subscribed_at") if name in values
    }
    given = values.pop("given", COLUMNS | row.keys())
    subscriber = Subscriber(address=address, **values)
    return Newcomer(line=line, subscriber=subscriber, given=frozenset(given), **row)


def import_all(
    people: People, rows: Iterable[Newcomer], *, newsletter: str = NEWSLETTER, at: datetime = NOON
) -> int:
    """Import rows and return the batch."""
    return people.import_rows(newsletter, rows, source="roster.csv", consent="fair", at=at).batch


def edition(key: str, *items: str, question: str | None = None) -> FrozenEdition:
    """Return a frozen edition with markers and words of several scripts."""
    return FrozenEdition(
        edition=Edition(key=key, language="ja", items=items, question=question, audience="all"),
        rendered=Rendered(
            subject=f"件名 {key}",
            preheader="見出し",
            html="<p>MarkerOne</p>",
            text="MarkerTwo",
            markers={"MarkerOne": Placeholder.NAME, "MarkerTwo": Placeholder.LEAVE_URL},
            greeting_named="{name} 様",
            greeting_plain="皆様",
        ),
    )


def plan(
    profile_editions: Mapping[int, str],
    *,
    number: int = 1,
    editions: tuple[FrozenEdition, ...] = (),
    invitations: tuple[PlannedInvitation, ...] = (),
    at: datetime = NOON,
    **others: Any,
) -> Freeze:
    """Return what is to be frozen, with one edition "k" where none is given."""
    values: dict[str, Any] = {
        "newsletter": NEWSLETTER,
        "letterhead": LETTERHEAD,
        "number": number,
        "cutoff_at": at - DAY,
        "frozen_at": at,
        "due_at": at,
        "content_hash": f"content-{number}",
        "snapshot": '{"items":[]}',
        "items": {f"item-{number}": "hash"},
        "note_hash": f"note-{number}",
        "editions": editions or (edition("k", f"item-{number}"),),
        "profile_editions": profile_editions,
        "invitations": invitations,
    }
    return Freeze(**(values | others))


def freeze_for_all(
    ledger: Any, *, number: int = 1, newsletter: str = NEWSLETTER, at: datetime = NOON
) -> Mailing:
    """Freeze an issue with one edition for every profile there is."""
    everyone = dict.fromkeys(ledger.profiles(newsletter, at), "k")
    mailing: Mailing = ledger.freeze(plan(everyone, number=number, newsletter=newsletter, at=at))
    return mailing


def waiting(ledger: Outbox, mailing: Mailing, at: datetime = NOON) -> list[OutboxEntry]:
    """Return all entries that may leave now."""
    return ledger.reserve(mailing.id, after=0, limit=1000, at=at)


def claim(
    ledger: Outbox, mailing_id: int, ids: Iterable[int], *, at: datetime = NOON
) -> frozenset[int]:
    """Mark entries as `sending`, and return which may be sent."""
    return ledger.exchange(mailing_id, results=(), claims=list(ids), at=at).claimed


def record(ledger: Outbox, mailing_id: int, results: Iterable[Result]) -> None:
    """Store what came of attempts."""
    ledger.exchange(mailing_id, results=list(results), claims=(), at=NOON)


def state_of(ledger: Outbox, mailing: Mailing, state: EntryState) -> int:
    """Return how many entries are in a state, having looked that all add up."""
    tally = ledger.tally(mailing.id)
    assert tally.adds_up
    return tally[state]


def reader(ledger: Readers, address: str) -> Subscription:
    """Return a reader who is there."""
    found = ledger.find_subscription(NEWSLETTER, address)
    assert found is not None
    return found


def result(
    entry_id: int,
    state: EntryState,
    *,
    at: datetime = NOON,
    verdict: Verdict = Verdict.ACCEPTED,
    code: int = 250,
    text: str = "ok",
    **others: Any,
) -> Result:
    """Return what an attempt came to."""
    reply = Reply(verdict=verdict, code=code, text=text)
    return Result(entry_id=entry_id, state=state, reply=reply, tried_at=at, **others)
