"""Subscriptions as they are read: a row becomes a `Subscription` with its subscriber."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from digest.model.audience import Subscriber, Subscription, SubscriptionState
from digest.store import dialect
from digest.store.addresses import address_key
from digest.store.tables import subscriber, subscription

#: How many subscriptions one page of an export reads: an open read keeps SQLite's log from
#: shrinking, so that each page is a transaction of its own.
PAGE = 1000

_COLUMNS = (
    subscription.c.id,
    subscription.c.newsletter,
    subscription.c.handle,
    subscription.c.state,
    subscription.c.topics,
    subscription.c.rhythm,
    subscription.c.consent,
    subscription.c.subscribed_at,
    subscription.c.left_at,
    subscription.c.paused_until,
    subscriber.c.id.label("person"),
    subscriber.c.address,
    subscriber.c.name,
    subscriber.c.language,
    subscriber.c.timezone,
    subscriber.c.roles,
    subscriber.c.fields,
    subscriber.c.verified,
    subscriber.c.attributes,
)


def every_subscription() -> Select[*tuple[Any, ...]]:
    """Return the SELECT whose rows `subscription_of` reads."""
    joined = subscription.join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
    return select(*_COLUMNS).select_from(joined)


def subscription_of(row: Row[*tuple[Any, ...]]) -> Subscription:
    """Return the subscription in a row of `every_subscription`."""
    found = row._mapping
    return Subscription(
        id=found["id"],
        newsletter=found["newsletter"],
        subscriber=Subscriber(
            id=found["person"],
            address=found["address"],
            name=found["name"],
            language=found["language"],
            timezone=found["timezone"],
            roles=found["roles"],
            fields=found["fields"],
            verified=found["verified"],
            attributes=found["attributes"],
        ),
        handle=found["handle"],
        state=SubscriptionState(found["state"]),
        topics=found["topics"],
        rhythm=found["rhythm"],
        consent=found["consent"],
        subscribed_at=found["subscribed_at"],
        left_at=found["left_at"],
        paused_until=found["paused_until"],
    )


def find_subscription(connection: Connection, newsletter: str, address: str) -> Subscription | None:
    """Return a reader by address (compared as address keys), or None."""
    return _first(
        connection,
        every_subscription().where(
            subscriber.c.address_key == address_key(address),
            subscription.c.newsletter == newsletter,
        ),
    )


def subscription_by_handle(connection: Connection, handle: bytes) -> Subscription | None:
    """Return the subscription that a link names, or None."""
    return _first(connection, every_subscription().where(subscription.c.handle == handle))


def page(connection: Connection, newsletter: str, after: int) -> list[Subscription]:
    """Return the next subscriptions with an id above `after`."""
    statement = (
        every_subscription()
        .where(
            dialect.unindexed(connection, subscription.c.newsletter) == newsletter,
            subscription.c.id > after,
        )
        .order_by(subscription.c.id)
        .limit(PAGE)
    )
    return list(_all(connection, statement))


def search(
    connection: Connection, newsletter: str, text: str, limit: int
) -> tuple[int, list[Subscription]]:
    """Return (how many match, the first of them by address); looks in address and name."""
    statement = every_subscription().where(subscription.c.newsletter == newsletter)
    if text:
        statement = statement.where(
            or_(
                subscriber.c.address_key.contains(text.strip().lower(), autoescape=True),
                subscriber.c.name.icontains(text.strip(), autoescape=True),
            )
        )
    count = connection.scalar(select(func.count()).select_from(statement.subquery()))
    first = statement.order_by(subscriber.c.address_key).limit(limit)
    return count or 0, list(_all(connection, first))


def _first(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Subscription | None:
    row = connection.execute(statement).first()
    return None if row is None else subscription_of(row)


def _all(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Iterator[Subscription]:
    return map(subscription_of, connection.execute(statement))
