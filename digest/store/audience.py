"""Whom a newsletter would reach at a moment, and with which profiles.

`reachable` is the one place that says who may be mailed: counts, samples, invitations and the
freeze all ask it, so that what `plan` announces is what a freeze selects.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, and_, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from digest.model.audience import Profile, SubscriptionState
from digest.model.invitation import Creator
from digest.store import dialect
from digest.store.invitations import asked_before
from digest.store.profiles import profile_of
from digest.store.suppressions import suppressed
from digest.store.tables import profile, said, subscriber, subscription


def reachable(
    newsletter: str, at: datetime | None, *, walked: Connection | None = None
) -> ColumnElement[bool]:
    """Return the condition over subscription and subscriber: active, not paused, not suppressed.

    Without a time, whoever has paused is left out however soon the pause ends. `walked` is for a
    statement on this connection that goes through all readers in the order of their ids.
    """
    column: ColumnElement[str] = subscription.c.newsletter
    if walked is not None:
        column = dialect.unindexed(walked, column)
    paused = subscription.c.paused_until
    not_paused = paused.is_(None) if at is None else or_(paused.is_(None), paused <= at)
    return and_(
        column == newsletter,
        subscription.c.state == said(SubscriptionState.ACTIVE),
        not_paused,
        subscriber.c.erased_at.is_(None),
        ~suppressed(subscriber.c.address_hash, newsletter),
    )


def profiles(
    connection: Connection, newsletter: str, at: datetime
) -> dict[int, tuple[Profile, int]]:
    """Return profile id -> (profile, how many it would reach), by id; without those of nobody."""
    counted = (
        select(subscription.c.profile_id, func.count().label("readers"))
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(reachable(newsletter, at, walked=connection))
        .group_by(subscription.c.profile_id)
        .subquery()
    )
    statement = (
        select(profile, counted.c.readers)
        .join(counted, counted.c.profile_id == profile.c.id)
        .order_by(profile.c.id)
    )
    rows = connection.execute(statement).mappings()
    return {row["id"]: (profile_of(row), row["readers"]) for row in rows}


def count_by_domain(
    connection: Connection, newsletter: str, domains: Collection[str], at: datetime
) -> dict[str, int]:
    """Return how many of those who would be mailed have their address at each of some domains."""
    if not domains:
        return {}
    statement = (
        select(subscriber.c.domain, func.count())
        .select_from(subscription.join(subscriber, subscriber.c.id == subscription.c.subscriber_id))
        .where(
            reachable(newsletter, at), dialect.is_one_of(connection, subscriber.c.domain, domains)
        )
        .group_by(subscriber.c.domain)
    )
    return dict(connection.execute(statement).all())


def recipients(
    connection: Connection, newsletter: str, at: datetime, *, after: int, page: int
) -> list[tuple[int, int, str, str]]:
    """Return the next page of who would be mailed: (subscription, subscriber, address, name)."""
    statement = (
        select(subscription.c.id, subscriber.c.id, subscriber.c.address, subscriber.c.name)
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(reachable(newsletter, at, walked=connection), subscription.c.id > after)
        .order_by(subscription.c.id)
        .limit(page)
    )
    return [tuple(row) for row in connection.execute(statement)]


def creators(
    connection: Connection, newsletter: str, fields: Sequence[str], at: datetime
) -> list[Creator]:
    """Return who has one of the fields verified and would be mailed, ordered by id."""
    verified = _profiles_verified_in(connection, set(fields))
    if not verified:
        return []
    found = _creators_of(connection, newsletter, list(verified), at)
    past = asked_before(connection, newsletter, found.subquery().c.id)
    creators = []
    for number, profile_id in connection.execute(found):
        invited = past.get(number, [])
        times = tuple(at for _, at in invited)
        creators.append(
            Creator(
                subscription_id=number,
                profile_id=profile_id,
                verified=verified[profile_id],
                last_invited_at=times[0] if times else None,
                asked=frozenset(question for question, _ in invited),
                recent=times,
            )
        )
    return creators


def _profiles_verified_in(connection: Connection, fields: set[str]) -> dict[int, tuple[str, ...]]:
    """Return the profiles that have one of the fields verified; profiles are few."""
    rows = connection.execute(select(profile.c.id, profile.c.verified))
    return {number: verified for number, verified in rows if fields.intersection(verified)}


def _creators_of(
    connection: Connection, newsletter: str, profile_ids: list[int], at: datetime
) -> Select[int, int]:
    return (
        select(subscription.c.id, subscription.c.profile_id)
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(
            reachable(newsletter, at),
            dialect.is_one_of(connection, subscription.c.profile_id, profile_ids),
        )
        .order_by(subscription.c.id)
    )
