"""Profiles: what audience rules look at, each distinct one kept once.

A subscription carries the id of its profile, so that who gets what is decided over hundreds and
joined over the many. Whatever changes a person or their topics moves the id: `move_profiles` is the
one place for that, and covers all of a person's newsletters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, select

from digest.model.audience import Profile
from digest.store import dialect
from digest.store.columns import canonical_json, stored, words
from digest.store.tables import profile, subscriber, subscription


class StoredProfile(NamedTuple):
    """A profile as it is stored: lists are canonical JSON, so that equal profiles are equal."""

    language: str
    roles: str
    fields: str
    verified: str
    topics: str
    rhythm: str

    @property
    def key(self) -> str:
        """Return what makes a profile unique."""
        return canonical_json(list(self))


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


def profile_ids(
    connection: Connection, wanted: Collection[StoredProfile]
) -> dict[StoredProfile, int]:
    """Return the ids of profiles, storing those that are new."""
    known = _known(connection, wanted)
    new = [found for found in wanted if found not in known]
    if new:
        rows = [
            found._asdict()
            | {"key": found.key}
            | {name: words(getattr(found, name)) for name in _LISTS}
            for found in new
        ]
        connection.execute(dialect.insert_new(connection, profile, ["key"]), rows)
        known |= _known(connection, new)
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
            *(stored(subscriber.c[name]) for name in ("language", "roles", "fields", "verified")),
            stored(subscription.c.topics),
            subscription.c.rhythm,
        )
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(dialect.is_one_of(connection, subscriber.c.id, ids))
    )
    rows = connection.execute(statement).all()
    now = [(number, was, StoredProfile(*values)) for number, was, *values in rows]
    known = profile_ids(connection, {found for _, _, found in now})
    moved = [(known[found], number) for number, was, found in now if known[found] != was]
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


_LISTS = ("roles", "fields", "verified", "topics")


def _known(connection: Connection, wanted: Collection[StoredProfile]) -> dict[StoredProfile, int]:
    by_key = {found.key: found for found in wanted}
    if not by_key:
        return {}
    statement = select(profile.c.key, profile.c.id).where(
        dialect.is_one_of(connection, profile.c.key, by_key)
    )
    return {by_key[key]: number for key, number in connection.execute(statement).all()}
