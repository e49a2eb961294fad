"""Imports: many rows at once, in chunks, each chunk one transaction and a constant few statements.

Rows are read between the transactions, so that an import of a million holds the database for some
milliseconds at a time and a sender beside it goes on. What breaks off is a batch like any other: it
can be undone, and running the import again changes nothing that is there. Values are made ready for
the database here, for SQLAlchemy's work on each value would cost more than the database's.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select, update

from digest.model.audience import Profile, Subscriber, SubscriptionState
from digest.model.freeze import ImportCounts, Newcomer
from digest.store import dialect
from digest.store.addresses import Hasher, address_key
from digest.store.columns import canonical_json, microseconds, pairs_text, words_text
from digest.store.newcomers import (
    Standing,
    Yes,
    changed_person,
    changed_standing,
    new_person,
    new_standing,
    profile_of,
)
from digest.store.profiles import move_profiles, profile_ids
from digest.store.suppressions import suppressed
from digest.store.tables import import_batch, import_change, subscriber, subscription

CHUNK = 2000

#: What a roster may change of a person and of a subscription, in the order of the stored rows.
PERSON = ("name", "language", "timezone", "roles", "fields", "verified", "attributes")
STANDING = ("state", "topics", "consent", "consent_at", "subscribed_at", "left_at")


def chunks(rows: Iterable[Newcomer]) -> Iterator[list[Newcomer]]:
    """Yield rows in chunks; memory stays flat however many there are."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def open_batch(connection: Connection, newsletter: str, source: str, at: datetime) -> int:
    """Begin a batch and return its id."""
    statement = (
        insert(import_batch)
        .values(newsletter=newsletter, source=source, at=at)
        .returning(import_batch.c.id)
    )
    batch: int = connection.execute(statement).scalar_one()
    return batch


@dataclass(slots=True)
class _Draft:
    """One person of a chunk: what is stored of them, and what the rows so far make of it."""

    key: str
    person: Subscriber
    standing: Standing | None
    was_person: Subscriber | None = None
    was_standing: Standing | None = None
    subscriber_id: int = 0
    subscription_id: int = 0
    rows: int = 0

    @property
    def person_changed(self) -> bool:
        return self.was_person is not None and self.person != self.was_person

    @property
    def standing_changed(self) -> bool:
        return self.was_standing is not None and self.standing != self.was_standing


class Roster:
    """Takes rows in for one newsletter."""

    def __init__(self, newsletter: str, yes: Yes, hasher: Hasher) -> None:
        """Take rows in with this consent."""
        self._newsletter = newsletter
        self._yes = yes
        self._hasher = hasher
        self._profiles: dict[Profile, int] = {}
        self._standings: dict[tuple[Any, ...], Standing] = {}
        self._counts: Counter[str] = Counter()

    def counts(self, batch: int = 0) -> ImportCounts:
        """Return what was done so far."""
        done = self._counts
        return ImportCounts(
            batch=batch,
            added=done["added"],
            updated=done["updated"],
            unchanged=done["unchanged"],
            kept_left=done["kept_left"],
            suppressed=done["suppressed"],
        )

    def take_in(
        self, connection: Connection, rows: Sequence[Newcomer], *, batch: int | None
    ) -> None:
        """Store a chunk of rows; with a batch, what they changed can be taken back."""
        dialect.take_turns(connection)
        before = self._counts.copy()
        drafts = self._draft(connection, rows)
        self._store_people(connection, drafts)
        self._store_standings(connection, drafts)
        moved = [d.subscriber_id for d in drafts if d.person_changed or d.standing_changed]
        move_profiles(connection, moved)
        if batch is not None:
            self._remember(connection, drafts, batch)
            self._count(connection, batch, before)

    def _draft(self, connection: Connection, rows: Sequence[Newcomer]) -> list[_Draft]:
        """Apply the rows, in their order, to what is known: a later row of a person wins."""
        keys = [address_key(row.subscriber.address) for row in rows]
        drafts = _known(connection, self._newsletter, keys)
        for key, row in zip(keys, rows, strict=True):
            draft = drafts.get(key)
            if draft is None:
                draft = drafts[key] = _Draft(key, new_person(row), self._new_standing(row))
                self._counts["added"] += 1
            else:
                self._apply(draft, row)
            draft.rows += 1
        return [draft for draft in drafts.values() if draft.rows]

    def _apply(self, draft: _Draft, row: Newcomer) -> None:
        person, standing = draft.person, draft.standing
        draft.person = changed_person(person, row)
        if standing is None:
            draft.standing = self._new_standing(row)
            self._counts["added"] += 1
            return
        draft.standing = changed_standing(standing, row, self._yes)
        if standing.state is SubscriptionState.LEFT and not self._yes.revives:
            self._counts["kept_left"] += 1
        elif (draft.person, draft.standing) != (person, standing):
            self._counts["updated"] += 1
        else:
            self._counts["unchanged"] += 1

    def _new_standing(self, row: Newcomer) -> Standing:
        """Return what a new subscription is; most of a file's are alike, and made once."""
        alike = (row.status, row.topics, row.subscribed_at)
        standing = self._standings.get(alike)
        if standing is None:
            if len(self._standings) > CHUNK:
                self._standings.clear()
            standing = self._standings[alike] = new_standing(row, self._yes)
        return standing

    def _store_people(self, connection: Connection, drafts: list[_Draft]) -> None:
        now = microseconds(self._yes.at)
        new = [draft for draft in drafts if draft.was_person is None]
        columns = ("address", "address_key", "address_hash", "domain", "created_at", "updated_at")
        rows = [
            (
                d.person.address,
                d.key,
                self._hasher(d.key),
                d.key.rpartition("@")[2],
                now,
                now,
                *person_values(d.person),
            )
            for d in new
        ]
        dialect.insert_rows(connection, subscriber, columns + PERSON, rows)
        changed = [
            (now, *person_values(d.person), d.subscriber_id) for d in drafts if d.person_changed
        ]
        dialect.update_rows(connection, subscriber, ("updated_at", *PERSON), changed)
        self._number(connection, drafts)

    def _number(self, connection: Connection, drafts: list[_Draft]) -> None:
        """Learn the ids of the people, and which of them are suppressed."""
        by_key = {draft.key: draft for draft in drafts}
        held = suppressed(subscriber.c.address_hash, self._newsletter)
        statement = select(subscriber.c.address_key, subscriber.c.id, held).where(
            dialect.is_one_of(connection, subscriber.c.address_key, by_key)
        )
        for key, number, is_suppressed in connection.execute(statement).all():
            by_key[key].subscriber_id = number
            if is_suppressed:
                self._counts["suppressed"] += by_key[key].rows

    def _store_standings(self, connection: Connection, drafts: list[_Draft]) -> None:
        new = [d for d in drafts if d.was_standing is None]
        wanted = [profile_of(d.person, _standing(d)) for d in new]
        missing = set(wanted) - self._profiles.keys()
        self._profiles |= profile_ids(connection, missing)
        handles = os.urandom(8 * len(new))
        rows = [
            (
                d.subscriber_id,
                self._newsletter,
                self._profiles[profile],
                handles[n : n + 8],
                *standing_values(_standing(d)),
            )
            for n, d, profile in zip(range(0, 8 * len(new), 8), new, wanted, strict=True)
        ]
        columns = ("subscriber_id", "newsletter", "profile_id", "handle")
        dialect.insert_rows(connection, subscription, columns + STANDING, rows)
        changed = [
            (*standing_values(_standing(d)), d.subscription_id)
            for d in drafts
            if d.standing_changed
        ]
        dialect.update_rows(connection, subscription, STANDING, changed)

    def _remember(self, connection: Connection, drafts: list[_Draft], batch: int) -> None:
        """Keep what was there, to be undone; of a person twice in a file, what was there first."""
        changed = [d for d in drafts if d.was_standing and (d.person_changed or d.standing_changed)]
        known = _remembered(connection, batch, changed)
        rows = [
            (batch, d.subscription_id, d.subscriber_id, False, _before(d))
            for d in changed
            if d.subscription_id not in known
        ]
        added = {d.subscriber_id: d for d in drafts if d.was_standing is None}
        rows += [
            (batch, number, person, True, _before(added[person]))
            for person, number in _subscriptions_of(connection, self._newsletter, added)
        ]
        columns = ("batch_id", "subscription_id", "subscriber_id", "added", "before")
        dialect.insert_rows(connection, import_change, columns, rows)

    def _count(self, connection: Connection, batch: int, before: Counter[str]) -> None:
        done = self._counts - before
        connection.execute(
            update(import_batch)
            .where(import_batch.c.id == batch)
            .values(
                added=import_batch.c.added + done["added"],
                updated=import_batch.c.updated + done["updated"],
            )
        )


def person_values(person: Subscriber) -> tuple[Any, ...]:
    """Return the values of `PERSON`, ready for the database."""
    return (
        person.name,
        person.language,
        person.timezone,
        words_text(person.roles),
        words_text(person.fields),
        words_text(person.verified),
        pairs_text(person.attributes),
    )


@lru_cache(maxsize=4096)
def standing_values(standing: Standing) -> tuple[Any, ...]:
    """Return the values of `STANDING`, ready for the database."""
    return (
        standing.state.value,
        words_text(standing.topics),
        standing.consent,
        _time(standing.consent_at),
        _time(standing.subscribed_at),
        _time(standing.left_at),
    )


def _time(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


def _standing(draft: _Draft) -> Standing:
    if draft.standing is None:
        raise AssertionError("a row gives every person of a chunk a standing")
    return draft.standing


def _before(draft: _Draft) -> str | None:
    """Return what was there as JSON, ready to be put back; None: nothing was."""
    if draft.was_person is None:
        return None
    standing = draft.was_standing
    return canonical_json(
        {
            "person": person_values(draft.was_person),
            "standing": None if standing is None else standing_values(standing),
        }
    )


def _known(connection: Connection, newsletter: str, keys: list[str]) -> dict[str, _Draft]:
    here = (subscription.c.subscriber_id == subscriber.c.id) & (
        subscription.c.newsletter == newsletter
    )
    statement = (
        select(
            subscriber,
            subscription.c.id.label("subscription_id"),
            subscription.c.rhythm,
            *(subscription.c[column] for column in STANDING),
        )
        .select_from(subscriber.outerjoin(subscription, here))
        .where(dialect.is_one_of(connection, subscriber.c.address_key, keys))
    )
    return {row.address_key: _draft_of(row) for row in connection.execute(statement).all()}


def _draft_of(row: Any) -> _Draft:
    values = {column: getattr(row, column) for column in PERSON}
    person = Subscriber(id=row.id, address=row.address, **values)
    standing = None
    if row.subscription_id is not None:
        known = {column: getattr(row, column) for column in ("rhythm", *STANDING)}
        standing = Standing(**(known | {"state": SubscriptionState(row.state)}))
    return _Draft(
        row.address_key,
        person,
        standing,
        was_person=person,
        was_standing=standing,
        subscriber_id=row.id,
        subscription_id=row.subscription_id or 0,
    )


def _remembered(connection: Connection, batch: int, drafts: list[_Draft]) -> set[int]:
    if not drafts:
        return set()
    column = import_change.c.subscription_id
    numbers = [draft.subscription_id for draft in drafts]
    statement = select(column).where(
        import_change.c.batch_id == batch, dialect.is_one_of(connection, column, numbers)
    )
    return set(connection.scalars(statement))


def _subscriptions_of(
    connection: Connection, newsletter: str, people: Iterable[int]
) -> list[tuple[int, int]]:
    statement = select(subscription.c.subscriber_id, subscription.c.id).where(
        subscription.c.newsletter == newsletter,
        dialect.is_one_of(connection, subscription.c.subscriber_id, people),
    )
    return [(person, number) for person, number in connection.execute(statement).all()]
