"""What happens to one person: added, left, removed, verified.

A reader's no holds from the statement that stores it: the claim looks at it. Only a deliberate act
for one person brings back who has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from digest.errors import StoreError
from digest.model.audience import Subscription, SubscriptionState
from digest.model.freeze import Newcomer
from digest.store import dialect
from digest.store.addresses import Hasher, address_key
from digest.store.newcomers import Yes
from digest.store.profiles import move_profiles
from digest.store.roster import Roster
from digest.store.subscriptions import find_subscription, subscription_by_handle
from digest.store.suppressions import find_reason
from digest.store.tables import said, subscriber, subscription


def add(
    connection: Connection, hasher: Hasher, newsletter: str, row: Newcomer, yes: Yes
) -> Subscription:
    """Add one subscriber, or change one, or bring one back.

    Raises:
        StoreError: the address is suppressed.
    """
    address = row.subscriber.address
    reason = find_reason(connection, hasher(address_key(address)), newsletter)
    if reason is not None:
        raise StoreError(
            address,
            f"the address is suppressed ({reason})",
            f"If its owner wants the newsletter again: digest suppress remove {address}",
        )
    Roster(newsletter, yes, hasher).take_in(connection, [row], batch=None)
    added = find_subscription(connection, newsletter, address)
    if added is None:
        raise AssertionError("what was just added is there")
    return added


def leave(connection: Connection, handle: bytes, at: datetime) -> Subscription | None:
    """End the subscription that a link names; again is the same. None: no such handle."""
    connection.execute(
        update(subscription)
        .where(
            subscription.c.handle == handle,
            subscription.c.state != said(SubscriptionState.LEFT),
        )
        .values(state=SubscriptionState.LEFT.value, left_at=at)
    )
    return subscription_by_handle(connection, handle)


def remove(connection: Connection, newsletter: str, address: str, at: datetime) -> bool:
    """End a subscription by hand; False when there is none that is active or pending."""
    person = select(subscriber.c.id).where(subscriber.c.address_key == address_key(address))
    ended = connection.execute(
        update(subscription)
        .where(
            subscription.c.subscriber_id.in_(person),
            subscription.c.newsletter == newsletter,
            subscription.c.state != said(SubscriptionState.LEFT),
        )
        .values(state=SubscriptionState.LEFT.value, left_at=at)
    )
    return ended.rowcount > 0


def verify(
    connection: Connection, newsletter: str, address: str, fields: Sequence[str], *, add: bool
) -> Subscription | None:
    """Set (or take away) verified fields of a reader; None when there is no such reader."""
    dialect.take_turns(connection)
    reader = find_subscription(connection, newsletter, address)
    if reader is None:
        return None
    person = reader.subscriber
    verified = set(person.verified) | set(fields) if add else set(person.verified) - set(fields)
    connection.execute(
        update(subscriber)
        .where(subscriber.c.id == person.id)
        .values(verified=tuple(sorted(verified)))
    )
    move_profiles(connection, [person.id])
    return find_subscription(connection, newsletter, address)
