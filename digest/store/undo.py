"""Taking an import back: what it added goes, what it changed is as it was.

Two things stay: the account of who was mailed (such a subscription is left, not deleted), and a
reader's no that came after the import (nothing that is put back brings anybody back).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, select, update

from digest.errors import StoreError
from digest.model.audience import SubscriptionState
from digest.store import dialect
from digest.store.columns import microseconds
from digest.store.newcomers import Standing, StoredPerson
from digest.store.profiles import move_profiles
from digest.store.tables import (
    import_batch,
    import_change,
    outbox_entry,
    said,
    subscriber,
    subscription,
)

_PAGE = 2000


def undo_import(connection: Connection, batch: int, at: datetime) -> tuple[int, int]:
    """Take a batch back and return (removed, restored); who was mailed since is marked left.

    Raises:
        StoreError: no such batch, or undone already.
    """
    dialect.take_turns(connection)
    imported_at = _undo_once(connection, batch, at)
    restored = sum(
        _restore(connection, page, imported_at, at) for page in _pages(connection, batch)
    )
    removed = _leave(connection, batch, at) + _remove(connection, batch)
    return removed, restored


def _undo_once(connection: Connection, batch: int, at: datetime) -> datetime:
    """Mark the batch and return when it was imported."""
    row = connection.execute(select(import_batch).where(import_batch.c.id == batch)).first()
    if row is None:
        raise StoreError("", f"there is no import {batch}", "An import says its number at its end.")
    if row.undone_at is not None:
        raise StoreError("", f"import {batch} was undone already, on {row.undone_at:%Y-%m-%d}")
    connection.execute(update(import_batch).where(import_batch.c.id == batch).values(undone_at=at))
    imported_at: datetime = row.at
    return imported_at


def _pages(connection: Connection, batch: int) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Yield what the batch changed, in pages."""
    after = 0
    while True:
        rows = connection.execute(
            select(import_change)
            .where(
                import_change.c.batch_id == batch,
                import_change.c.subscription_id > after,
                import_change.c.before.is_not(None),
            )
            .order_by(import_change.c.subscription_id)
            .limit(_PAGE)
        ).all()
        if not rows:
            return
        yield rows
        after = rows[-1].subscription_id


def _restore(
    connection: Connection,
    rows: Sequence[Row[*tuple[Any, ...]]],
    imported_at: datetime,
    at: datetime,
) -> int:
    """Put back what was there, and return how many subscriptions were."""
    before = {row.subscription_id: json.loads(row.before) for row in rows}
    people = [
        (microseconds(at), *before[row.subscription_id]["person"], row.subscriber_id)
        for row in rows
    ]
    dialect.update_rows(connection, subscriber, ("updated_at", *StoredPerson._fields), people)
    now = connection.execute(
        select(subscription.c.id, subscription.c.state, subscription.c.left_at).where(
            dialect.is_one_of(connection, subscription.c.id, before)
        )
    ).all()
    standings = [
        (*_as_it_was(row, before[row.id]["standing"], imported_at), row.id)
        for row in now
        if before[row.id]["standing"] is not None
    ]
    dialect.update_rows(connection, subscription, Standing._fields, standings)
    move_profiles(connection, {row.subscriber_id for row in rows})
    return len(standings)


def _as_it_was(now: Row[*tuple[Any, ...]], before: list[Any], imported_at: datetime) -> Standing:
    """Return a standing to put back; who left since, and not by the import, has left."""
    was = Standing(*before)
    if now.state == SubscriptionState.LEFT.value and now.left_at != imported_at:
        left_at = None if now.left_at is None else microseconds(now.left_at)
        return was._replace(state=now.state, left_at=left_at)
    return was


def _leave(connection: Connection, batch: int, at: datetime) -> int:
    """End the subscriptions that the batch added and that were mailed since."""
    statement = (
        update(subscription)
        .where(
            _added_by(batch),
            subscription.c.state != said(SubscriptionState.LEFT),
            _mailed(),
        )
        .values(state=SubscriptionState.LEFT.value, left_at=at)
    )
    return connection.execute(statement).rowcount


def _remove(connection: Connection, batch: int) -> int:
    """Delete the other subscriptions that the batch added, and their people where it made them."""
    removed = connection.execute(delete(subscription).where(_added_by(batch), ~_mailed()))
    new = select(import_change.c.subscriber_id).where(
        import_change.c.batch_id == batch,
        import_change.c.added,
        import_change.c.before.is_(None),
    )
    connection.execute(
        delete(subscriber).where(
            subscriber.c.id.in_(new),
            ~exists().where(subscription.c.subscriber_id == subscriber.c.id),
            ~exists().where(outbox_entry.c.subscriber_id == subscriber.c.id),
        )
    )
    return removed.rowcount


def _added_by(batch: int) -> Any:
    return subscription.c.id.in_(
        select(import_change.c.subscription_id).where(
            import_change.c.batch_id == batch, import_change.c.added
        )
    )


def _mailed() -> Any:
    return exists().where(
        and_(
            outbox_entry.c.subscriber_id == subscription.c.subscriber_id,
            outbox_entry.c.subscription_id == subscription.c.id,
        )
    )
