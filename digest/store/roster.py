"""Imports: many rows at once, in chunks, each one transaction that asks a constant few questions.

Rows are read between the transactions, so that an import of a million holds the database for a
part of a second at a time and a sender beside it goes on; while a chunk is committed the next one
is read already. What breaks off is a batch like any other: it can be undone, and running the import
again changes nothing that is there.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RootTransaction, func, insert, select, update

from digest.model.audience import SubscriptionState
from digest.model.freeze import ImportCounts, Newcomer
from digest.store import dialect
from digest.store.addresses import Hasher, address_key
from digest.store.arrivals import Arrivals, Place
from digest.store.columns import canonical_json, microseconds, stored
from digest.store.database import Database
from digest.store.newcomers import (
    Standing,
    StoredPerson,
    Yes,
    changed_person,
    changed_standing,
    new_standing,
    profile_of,
)
from digest.store.profiles import move_profiles
from digest.store.suppressions import suppressed
from digest.store.tables import import_batch, import_change, subscriber, subscription, suppression

#: Large enough that a commit's cost is spread, small enough that nobody waits for long.
CHUNK = 6000

_LEFT = SubscriptionState.LEFT.value


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


def take_in_all(database: Database, roster: Roster, rows: Iterable[Newcomer], batch: int) -> None:
    """Store rows chunk after chunk; each is committed while the next is read.

    Whatever ends it, the chunks that were committed stay, and none is stored in part.
    """
    # Loaded here, because only a large import needs it.
    from concurrent.futures import Future, ThreadPoolExecutor

    committed: Future[None] | None = None
    with (
        _no_search_for_circles(),
        database.write_in_bulk() as connection,
        ThreadPoolExecutor(1) as beside,
    ):
        for chunk in chunks(rows):
            if committed is not None:
                committed.result()
            transaction = connection.begin()
            try:
                roster.take_in(connection, chunk, batch=batch)
            except BaseException:
                transaction.rollback()
                raise
            committed = beside.submit(_commit, transaction)
            chunk.clear()
            gc.collect(0)
        if committed is not None:
            committed.result()


def _commit(transaction: RootTransaction) -> None:
    with transaction:
        pass


class _Draft:
    """Somebody who is known: what is stored of them, and what their row makes of it."""

    __slots__ = (
        "person",
        "rhythm",
        "standing",
        "subscriber_id",
        "subscription_id",
        "was_person",
        "was_standing",
    )

    def __init__(self, subscriber_id: int, person: StoredPerson) -> None:
        self.subscriber_id = subscriber_id
        self.subscription_id = 0
        self.rhythm = ""
        self.person = self.was_person = person
        self.standing: Standing | None = None
        self.was_standing: Standing | None = None

    def now(self) -> Standing:
        """Return what the row has made of the subscription."""
        if self.standing is None:
            raise AssertionError("no row was applied to this draft")
        return self.standing

    def before(self) -> str:
        """Return what was there as JSON, ready to be put back."""
        return canonical_json({"person": self.was_person, "standing": self.was_standing})


class Roster:
    """Takes rows in for one newsletter."""

    def __init__(self, newsletter: str, yes: Yes, hasher: Hasher) -> None:
        """Take rows in with this consent."""
        self._newsletter = newsletter
        self._yes = yes
        self._arrivals = Arrivals(newsletter, yes, hasher)
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
        dialect.take_turns(connection)
        before = self._counts.copy()
        for run in _runs(rows):
            self._take_in(connection, run, batch)
        if batch is not None:
            self._count(connection, batch, before)

    def _take_in(
        self, connection: Connection, rows: dict[str, Newcomer], batch: int | None
    ) -> None:
        """Store rows of different people: those who are known, and the rest."""
        known = _known(connection, self._newsletter, rows)
        arrived = rows if not known else {k: row for k, row in rows.items() if k not in known}
        for key, draft in known.items():
            self._counts[self._apply(draft, rows[key])] += 1
        self._counts["added"] += len(arrived)
        places = self._arrivals.store(connection, arrived)
        places += self._store_known(connection, list(known.values()), batch)
        if batch is not None:
            columns = ("batch_id", "subscription_id", "subscriber_id", "added", "before")
            kept = [(batch, *place) for place in places]
            dialect.insert_rows(connection, import_change, columns, kept)
        self._count_suppressed(connection, rows)

    def _apply(self, draft: _Draft, row: Newcomer) -> str:
        """Apply a row to somebody who is known, and return as what it counts."""
        draft.person = changed_person(draft.was_person, row)
        standing = draft.was_standing
        if standing is None:
            draft.standing = new_standing(row, self._yes)
            return "added"
        draft.standing = changed_standing(standing, row, self._yes)
        if standing.state == _LEFT and not self._yes.revives:
            return "kept_left"
        same = draft.person == draft.was_person and draft.standing == standing
        return "unchanged" if same else "updated"

    def _store_known(
        self, connection: Connection, drafts: list[_Draft], batch: int | None
    ) -> list[Place]:
        """Store what has become of people who are known, and return what was there."""
        at = microseconds(self._yes.at)
        people = [d for d in drafts if d.was_person != d.person]
        rows = [(at, *d.person, d.subscriber_id) for d in people]
        dialect.update_rows(connection, subscriber, ("updated_at", *StoredPerson._fields), rows)
        standings = [d for d in drafts if d.was_standing and d.was_standing != d.standing]
        moved = [(*d.now(), d.subscription_id) for d in standings]
        dialect.update_rows(connection, subscription, Standing._fields, moved)
        joined = [d for d in drafts if d.was_standing is None]
        self._join(connection, joined)
        changed = {d.subscriber_id: d for d in (*people, *standings)}
        move_profiles(connection, changed)
        if batch is None:
            return []
        updated = [draft for draft in changed.values() if draft.was_standing is not None]
        # Of a person twice in a file, what was there first.
        before = _remembered(connection, batch, updated)
        kept = [draft for draft in updated if draft.subscription_id not in before]
        return [
            (d.subscription_id, d.subscriber_id, d.was_standing is None, d.before())
            for d in (*kept, *joined)
        ]

    def _join(self, connection: Connection, drafts: list[_Draft]) -> None:
        """Let people who are known have the newsletter as well."""
        profiles = [profile_of(d.person, d.now(), d.rhythm) for d in drafts]
        people = [draft.subscriber_id for draft in drafts]
        standings = [draft.now() for draft in drafts]
        numbers = self._arrivals.subscribe(connection, people, profiles, standings)
        for draft, number in zip(drafts, numbers, strict=True):
            draft.subscription_id = number

    def _count_suppressed(self, connection: Connection, rows: dict[str, Newcomer]) -> None:
        if connection.execute(select(suppression.c.id).limit(1)).first() is None:
            return
        statement = (
            select(func.count())
            .select_from(subscriber)
            .where(
                dialect.is_one_of(connection, subscriber.c.address_key, rows),
                suppressed(subscriber.c.address_hash, self._newsletter),
            )
        )
        self._counts["suppressed"] += connection.scalars(statement).one()

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


def _runs(rows: Iterable[Newcomer]) -> Iterator[dict[str, Newcomer]]:
    """Yield rows by the key of their address, anew whenever somebody comes again.

    A file's rows are of different people; other callers may bring somebody twice, and then the
    later row sees what the earlier has stored.
    """
    run: dict[str, Newcomer] = {}
    for row in rows:
        key = address_key(row.subscriber.address)
        if key in run:
            yield run
            run = {}
        run[key] = row
    if run:
        yield run


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


def _known(connection: Connection, newsletter: str, keys: Iterable[str]) -> dict[str, _Draft]:
    here = (subscription.c.subscriber_id == subscriber.c.id) & (
        subscription.c.newsletter == newsletter
    )
    statement = (
        select(
            subscriber.c.id,
            subscriber.c.address_key,
            subscription.c.id,
            subscription.c.rhythm,
            *(stored(subscriber.c[column]) for column in StoredPerson._fields),
            *(stored(subscription.c[column]) for column in Standing._fields),
        )
        .select_from(subscriber.outerjoin(subscription, here))
        .where(dialect.is_one_of(connection, subscriber.c.address_key, keys))
    )
    return dict(_draft_of(row) for row in connection.execute(statement).all())


def _draft_of(row: tuple[Any, ...]) -> tuple[str, _Draft]:
    number, key, subscription_id, rhythm, *values = row
    draft = _Draft(number, StoredPerson(*values[: len(StoredPerson._fields)]))
    if subscription_id is not None:
        draft.subscription_id = subscription_id
        draft.rhythm = rhythm
        draft.standing = draft.was_standing = Standing(*values[len(StoredPerson._fields) :])
    return key, draft


def _remembered(connection: Connection, batch: int, drafts: list[_Draft]) -> set[int]:
    if not drafts:
        return set()
    column = import_change.c.subscription_id
    numbers = [draft.subscription_id for draft in drafts]
    statement = select(column).where(
        import_change.c.batch_id == batch, dialect.is_one_of(connection, column, numbers)
    )
    return set(connection.scalars(statement).all())
