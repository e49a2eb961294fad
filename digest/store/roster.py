"""Imports: many rows at once, in chunks, each one transaction that asks a constant few questions.

Rows are read between the transactions, so that an import of a million holds the database for some
milliseconds at a time and a sender beside it goes on. What breaks off is a batch like any other: it
can be undone, and running the import again changes nothing that is there.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select, update

from digest.model.audience import SubscriptionState
from digest.model.freeze import ImportCounts, Newcomer
from digest.store import dialect
from digest.store.addresses import Hasher, address_key, ascii_address
from digest.store.columns import canonical_json, microseconds, stored
from digest.store.newcomers import (
    Standing,
    StoredPerson,
    Yes,
    changed_person,
    changed_standing,
    new_person,
    new_standing,
    profile_of,
)
from digest.store.profiles import StoredProfile, move_profiles, profile_ids
from digest.store.suppressions import suppressed
from digest.store.tables import import_batch, import_change, subscriber, subscription, suppression

#: Large enough that a commit's cost is spread, small enough that nobody waits for long.
CHUNK = 4000

_LEFT = SubscriptionState.LEFT.value

_NEW_PERSON = (
    *("id", "address", "address_key", "address_hash", "domain", "created_at", "updated_at"),
    *StoredPerson._fields,
)
_NEW_STANDING = (
    *("id", "subscriber_id", "newsletter", "profile_id", "handle"),
    *Standing._fields,
)


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


class _Draft:
    """One person of a chunk: what is stored of them, and what the rows so far make of it."""

    __slots__ = (
        "address",
        "key",
        "person",
        "rhythm",
        "rows",
        "standing",
        "subscriber_id",
        "subscription_id",
        "was_person",
        "was_standing",
    )

    def __init__(self, key: str, address: str) -> None:
        self.key = key
        self.address = address
        self.subscriber_id = 0
        self.subscription_id = 0
        self.rows = 0
        self.rhythm = ""
        self.person: StoredPerson | None = None
        self.standing: Standing | None = None
        self.was_person: StoredPerson | None = None
        self.was_standing: Standing | None = None

    def now(self) -> tuple[StoredPerson, Standing]:
        """Return what a row has made of the person; every draft that is stored has had one."""
        if self.person is None or self.standing is None:
            raise AssertionError("no row was applied to this draft")
        return self.person, self.standing

    def before(self) -> str | None:
        """Return what was there as JSON, ready to be put back; None: nothing was."""
        if self.was_person is None:
            return None
        return canonical_json({"person": self.was_person, "standing": self.was_standing})


class Roster:
    """Takes rows in for one newsletter."""

    def __init__(self, newsletter: str, yes: Yes, hasher: Hasher) -> None:
        """Take rows in with this consent."""
        self._newsletter = newsletter
        self._yes = yes
        self._hasher = hasher
        self._profiles: dict[StoredProfile, int] = {}
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
        """Store a chunk of rows; with a batch, what they changed can be taken back.

        Raises:
            ValueError: a status is none that a subscription can have.
        """
        with _no_search_for_circles():
            self._take_in(connection, rows, batch)

    def _take_in(self, connection: Connection, rows: Sequence[Newcomer], batch: int | None) -> None:
        dialect.take_turns(connection)
        before = self._counts.copy()
        drafts = self._draft(connection, rows)
        people = [d for d in drafts if d.was_person is not None and d.was_person != d.person]
        standings = [d for d in drafts if d.was_standing and d.was_standing != d.standing]
        self._store_people(connection, drafts, people)
        self._store_standings(connection, drafts, standings)
        changed = {d.subscriber_id: d for d in (*people, *standings)}
        move_profiles(connection, changed)
        if batch is not None:
            self._remember(connection, drafts, list(changed.values()), batch)
            self._count(connection, batch, before)

    def _draft(self, connection: Connection, rows: Sequence[Newcomer]) -> list[_Draft]:
        """Apply the rows, in their order, to what is known: a later row of a person wins."""
        keys = [address_key(row.subscriber.address) for row in rows]
        drafts = _known(connection, self._newsletter, keys)
        for key, row in zip(keys, rows, strict=True):
            draft = drafts.get(key)
            if draft is None:
                draft = drafts[key] = _Draft(key, ascii_address(row.subscriber.address))
            draft.rows += 1
            self._counts[self._apply(draft, row)] += 1
        return list(drafts.values())

    def _apply(self, draft: _Draft, row: Newcomer) -> str:
        """Apply one row, and return as what it counts."""
        person, standing = draft.person, draft.standing
        if person is None:
            draft.person = new_person(row.subscriber)
        else:
            draft.person = changed_person(person, row)
        if standing is None:
            draft.standing = new_standing(row, self._yes)
            return "added"
        draft.standing = changed_standing(standing, row, self._yes)
        if standing.state == _LEFT and not self._yes.revives:
            return "kept_left"
        same = draft.person == person and draft.standing == standing
        return "unchanged" if same else "updated"

    def _store_people(
        self, connection: Connection, drafts: list[_Draft], changed: list[_Draft]
    ) -> None:
        at = microseconds(self._yes.at)
        new = [draft for draft in drafts if draft.was_person is None]
        for draft, number in zip(
            new, dialect.new_ids(connection, subscriber, len(new)), strict=True
        ):
            draft.subscriber_id = number
        people = [
            (
                *(d.subscriber_id, d.address, d.key, self._hasher(d.key)),
                *(d.key.rpartition("@")[2], at, at),
                *d.now()[0],
            )
            for d in new
        ]
        dialect.insert_rows(connection, subscriber, _NEW_PERSON, people)
        rows = [(at, *d.now()[0], d.subscriber_id) for d in changed]
        dialect.update_rows(connection, subscriber, ("updated_at", *StoredPerson._fields), rows)
        self._count_suppressed(connection, drafts)

    def _count_suppressed(self, connection: Connection, drafts: list[_Draft]) -> None:
        if connection.execute(select(suppression.c.id).limit(1)).first() is None:
            return
        rows = {draft.key: draft.rows for draft in drafts}
        statement = select(subscriber.c.address_key).where(
            dialect.is_one_of(connection, subscriber.c.address_key, rows),
            suppressed(subscriber.c.address_hash, self._newsletter),
        )
        for key in connection.scalars(statement).all():
            self._counts["suppressed"] += rows[key]

    def _store_standings(
        self, connection: Connection, drafts: list[_Draft], changed: list[_Draft]
    ) -> None:
        new = [draft for draft in drafts if draft.was_standing is None]
        profiles = [profile_of(*draft.now(), draft.rhythm) for draft in new]
        self._profiles |= profile_ids(connection, set(profiles) - self._profiles.keys())
        numbers = dialect.new_ids(connection, subscription, len(new))
        handles = _new_handles(len(new))
        rows = []
        for n, (draft, number, found) in enumerate(zip(new, numbers, profiles, strict=True)):
            draft.subscription_id = number
            profile_id, handle = self._profiles[found], handles[n]
            person = draft.subscriber_id
            rows.append((number, person, self._newsletter, profile_id, handle, *draft.now()[1]))
        dialect.insert_rows(connection, subscription, _NEW_STANDING, rows)
        moved = [(*draft.now()[1], draft.subscription_id) for draft in changed]
        dialect.update_rows(connection, subscription, Standing._fields, moved)

    def _remember(
        self, connection: Connection, drafts: list[_Draft], changed: list[_Draft], batch: int
    ) -> None:
        """Keep what was there, to be undone; of a person twice in a file, what was there first."""
        updated = [draft for draft in changed if draft.was_standing is not None]
        known = _remembered(connection, batch, updated)
        kept = [draft for draft in updated if draft.subscription_id not in known]
        kept += [draft for draft in drafts if draft.was_standing is None]
        rows = [
            (batch, d.subscription_id, d.subscriber_id, d.was_standing is None, d.before())
            for d in kept
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


def _new_handles(count: int) -> list[bytes]:
    """Return random handles that share their first byte, so that a chunk's stand together.

    Each by itself is as random as ever, and two of a million are equal no more often. But an index
    of a million is then written to in one place, and not in thousands for each chunk.
    """
    first, rest = os.urandom(1), os.urandom(7 * count)
    return [first + rest[n : n + 7] for n in range(0, 7 * count, 7)]


@contextmanager
def _no_search_for_circles() -> Iterator[None]:
    """Keep Python from looking for circles among a chunk's objects: there are none.

    It would look again and again, for they are many, and take a fifth of an import's time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _known(connection: Connection, newsletter: str, keys: list[str]) -> dict[str, _Draft]:
    here = (subscription.c.subscriber_id == subscriber.c.id) & (
        subscription.c.newsletter == newsletter
    )
    statement = (
        select(
            subscriber.c.id,
            subscriber.c.address_key,
            subscriber.c.address,
            subscription.c.id,
            subscription.c.rhythm,
            *(stored(subscriber.c[column]) for column in StoredPerson._fields),
            *(stored(subscription.c[column]) for column in Standing._fields),
        )
        .select_from(subscriber.outerjoin(subscription, here))
        .where(dialect.is_one_of(connection, subscriber.c.address_key, keys))
    )
    drafts = (_draft_of(row) for row in connection.execute(statement).all())
    return {draft.key: draft for draft in drafts}


def _draft_of(row: tuple[Any, ...]) -> _Draft:
    number, key, address, subscription_id, rhythm, *values = row
    draft = _Draft(key, address)
    draft.subscriber_id = number
    draft.person = draft.was_person = StoredPerson(*values[: len(StoredPerson._fields)])
    if subscription_id is not None:
        draft.subscription_id = subscription_id
        draft.rhythm = rhythm
        draft.standing = draft.was_standing = Standing(*values[len(StoredPerson._fields) :])
    return draft


def _remembered(connection: Connection, batch: int, drafts: list[_Draft]) -> set[int]:
    if not drafts:
        return set()
    column = import_change.c.subscription_id
    numbers = [draft.subscription_id for draft in drafts]
    statement = select(column).where(
        import_change.c.batch_id == batch, dialect.is_one_of(connection, column, numbers)
    )
    return set(connection.scalars(statement).all())
