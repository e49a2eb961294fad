"""Profiles: what audience rules look at, each distinct one kept once.

A subscription carries the id of its profile, so that who gets what is decided over hundreds and
joined over the many. Whatever changes a person or their topics moves the id: `move_profiles` is the
one place for that, and covers all of a person's newsletters.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, select

from digest.model.audience import Profile
from digest.store import dialect
from digest.store.columns import canonical_json, words_text
from digest.store.tables import profile, subscriber, subscription


def canonical(found: Profile) -> Profile:
    """Return a profile with its lists sorted and without doubles."""
    return Profile(
        language=found.language,
        roles=tuple(sorted(set(found.roles))),
        fields=tuple(sorted(set(found.fields))),
        verified=tuple(sorted(set(found.verified))),
        topics=tuple(sorted(set(found.topics))),
        rhythm=found.rhythm,
    )


def profile_of(row: RowMapping) -> Profile:
    """Return the profile in a row that has its columns."""
    return Profile(
        language=row["language"],
        roles=row["roles"],
        fields=row["fields"],
        verified=row["verified"],
        topics=row["topics"],
        rhythm=row["rhythm"],
    )


def profile_ids(connection: Connection, wanted: Iterable[Profile]) -> dict[Profile, int]:
    """Return the ids of profiles (canonical ones), storing those that are new."""
    by_key = {_key(found): found for found in wanted}
    if not by_key:
        return {}
    known = _known(connection, by_key)
    new = [found for found in by_key.values() if found not in known]
    if new:
        rows = [{"key": _key(found), **_columns(found)} for found in new]
        connection.execute(dialect.insert_new(connection, profile, ["key"]), rows)
        known |= _known(connection, {_key(found): found for found in new})
    return known


def move_profiles(connection: Connection, subscriber_ids: Iterable[int]) -> None:
    """Let all subscriptions of these people have the profile that they have now."""
    ids = list(subscriber_ids)
    if not ids:
        return
    statement = (
        select(
            subscription.c.id,
            subscription.c.profile_id,
            subscription.c.topics,
            subscription.c.rhythm,
            subscriber.c.language,
            subscriber.c.roles,
            subscriber.c.fields,
            subscriber.c.verified,
        )
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(dialect.is_one_of(connection, subscriber.c.id, ids))
    )
    rows = connection.execute(statement).mappings().all()
    now = {row["id"]: profile_of(row) for row in rows}
    known = profile_ids(connection, set(now.values()))
    moved = [
        (known[now[row["id"]]], row["id"])
        for row in rows
        if known[now[row["id"]]] != row["profile_id"]
    ]
    dialect.update_rows(connection, subscription, ["profile_id"], moved)


def describe(found: Profile) -> str:
    """Return a profile in words, for a person who asks why."""
    parts = [f"language {found.language or '(none)'}"]
    parts += [
        f"{name} {', '.join(values)}"
        for name in ("roles", "fields", "verified", "topics")
        if (values := found.values(name))
    ]
    return "; ".join(parts)


def _known(connection: Connection, by_key: dict[str, Profile]) -> dict[Profile, int]:
    statement = select(profile.c.key, profile.c.id).where(
        dialect.is_one_of(connection, profile.c.key, by_key)
    )
    return {by_key[key]: number for key, number in connection.execute(statement)}


def _key(found: Profile) -> str:
    lists = [words_text(values) for values in (found.roles, found.fields, found.verified)]
    return canonical_json([found.language, *lists, words_text(found.topics), found.rhythm])


def _columns(found: Profile) -> dict[str, object]:
    return {
        "language": found.language,
        "roles": found.roles,
        "fields": found.fields,
        "verified": found.verified,
        "topics": found.topics,
        "rhythm": found.rhythm,
    }
