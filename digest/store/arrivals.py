"""People who were not known: stored in bulk, with their subscriptions.

Nothing is looked up for any single one of them: ids are taken in advance, and what many have in
common (their traits, how their subscription begins, their profile) is made once. What must stay
true: what is stored of a person is what `digest.store.newcomers` says of their row.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from digest.model.audience import Subscriber
from digest.model.freeze import Newcomer
from digest.store import dialect
from digest.store.addresses import Hasher, ascii_address
from digest.store.columns import microseconds, pairs_text, words_text
from digest.store.newcomers import Standing, StoredPerson, Yes, new_standing
from digest.store.profiles import StoredProfile, profile_ids
from digest.store.tables import subscriber, subscription

_PERSON = (
    *("id", "address", "address_key", "address_hash", "domain", "created_at", "updated_at"),
    *StoredPerson._fields,
)
_SUBSCRIPTION = (
    *("id", "subscriber_id", "newsletter", "profile_id", "handle"),
    *Standing._fields,
)

#: How many beginnings of a subscription are kept: with days in a file they are as many as days.
_REMEMBERED = 10_000

Place = tuple[int, int, bool, str | None]
"""A subscription that an import changed: its id, the person, whether it is new, what was there."""


class _Traits(NamedTuple):
    """What many people have in common, as it is stored."""

    roles: str
    fields: str
    verified: str
    profile: StoredProfile


class Arrivals:
    """Stores people who are new, for one newsletter."""

    def __init__(self, newsletter: str, yes: Yes, hasher: Hasher) -> None:
        """Store people with this consent."""
        self._newsletter = newsletter
        self._yes = yes
        self._hasher = hasher
        self._profiles: dict[StoredProfile, int] = {}
        self._traits: dict[tuple[object, ...], _Traits] = {}
        self._standings: dict[tuple[str, tuple[str, ...], datetime | None], Standing] = {}

    def store(self, connection: Connection, rows: Mapping[str, Newcomer]) -> list[Place]:
        """Store people by the keys of their addresses; nobody of them may be known.

        Raises:
            ValueError: a status is none that a subscription can have.
        """
        traits = [self._traits_of(row.subscriber, row.topics) for row in rows.values()]
        people = dialect.new_ids(connection, subscriber, len(rows))
        self._store_people(connection, people, rows, traits)
        profiles = [each.profile for each in traits]
        standings = [self._standing_of(row) for row in rows.values()]
        numbers = self.subscribe(connection, people, profiles, standings)
        return [
            (number, person, True, None) for number, person in zip(numbers, people, strict=True)
        ]

    def subscribe(
        self,
        connection: Connection,
        people: Sequence[int],
        profiles: Sequence[StoredProfile],
        standings: Sequence[Standing],
    ) -> Sequence[int]:
        """Store subscriptions of people by their ids, and return the ids of the subscriptions."""
        self._profiles |= profile_ids(connection, set(profiles) - self._profiles.keys())
        numbers = dialect.new_ids(connection, subscription, len(people))
        newsletter, ids, handles = self._newsletter, self._profiles, _new_handles(len(people))
        rows = [
            (number, person, newsletter, ids[profile], handle, *standing)
            for number, person, profile, handle, standing in zip(
                numbers, people, profiles, handles, standings, strict=True
            )
        ]
        dialect.insert_rows(connection, subscription, _SUBSCRIPTION, rows)
        return numbers

    def _store_people(
        self,
        connection: Connection,
        numbers: Sequence[int],
        rows: Mapping[str, Newcomer],
        traits: Sequence[_Traits],
    ) -> None:
        at, hasher = microseconds(self._yes.at), self._hasher
        people = []
        for number, (key, row), likeness in zip(numbers, rows.items(), traits, strict=True):
            person = row.subscriber
            address, domain = ascii_address(person.address), key.rpartition("@")[2]
            roles, fields, verified, _ = likeness
            free = pairs_text(person.attributes) if person.attributes else "{}"
            known = (number, address, key, hasher(key), domain, at, at)
            said = (person.name, person.language, person.timezone, roles, fields, verified, free)
            people.append(known + said)
        dialect.insert_rows(connection, subscriber, _PERSON, people)

    def _traits_of(self, person: Subscriber, topics: tuple[str, ...]) -> _Traits:
        asked = (person.language, person.roles, person.fields, person.verified, topics)
        found = self._traits.get(asked)
        if found is None:
            roles, fields, verified = map(
                words_text, (person.roles, person.fields, person.verified)
            )
            said = (person.language, roles, fields, verified, words_text(topics))
            profile = StoredProfile(*said, rhythm="")
            found = self._traits[asked] = _Traits(roles, fields, verified, profile)
        return found

    def _standing_of(self, row: Newcomer) -> Standing:
        asked = (row.status, row.topics, row.subscribed_at)
        found = self._standings.get(asked)
        if found is None:
            found = new_standing(row, self._yes)
            if len(self._standings) < _REMEMBERED:
                self._standings[asked] = found
        return found


def _new_handles(count: int) -> list[bytes]:
    """Return random handles that share their first byte and ascend, so that they stand together.

    Each by itself is as random as ever, and two of a million are equal no more often. But an index
    of a million is then written to in one place, and not in thousands for each chunk.
    """
    first, rest = os.urandom(1), os.urandom(7 * count)
    return sorted(first + rest[n : n + 7] for n in range(0, 7 * count, 7))
