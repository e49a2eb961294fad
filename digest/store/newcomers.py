"""What a row of a roster does to what is known of a person. Pure: no statement is here.

A row changes only the columns that its file has. Nothing in a file brings back who has left, or
takes a reader's yes for one who has not given it: only an explicit status does the latter. All
values are as they are stored, for an import of a million has no time to make them twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from digest.model.audience import Subscriber, SubscriptionState
from digest.model.freeze import Newcomer
from digest.store.columns import microseconds, pairs, pairs_text, words_text
from digest.store.profiles import StoredProfile

_ACTIVE = SubscriptionState.ACTIVE.value
_PENDING = SubscriptionState.PENDING.value
_LEFT = SubscriptionState.LEFT.value


class StoredPerson(NamedTuple):
    """What a roster says of a person, as it is stored."""

    name: str
    language: str
    timezone: str
    roles: str
    fields: str
    verified: str
    attributes: str


class Standing(NamedTuple):
    """What a roster says of a subscription, as it is stored."""

    state: str
    topics: str
    consent: str
    consent_at: int | None
    subscribed_at: int | None
    left_at: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Yes:
    """The consent that a roster comes with."""

    consent: str
    at: datetime
    revives: bool = False
    """True for a deliberate act for one person: it brings back who has left."""


def new_person(person: Subscriber) -> StoredPerson:
    """Return a person as stored: lists sorted, attributes by name."""
    return StoredPerson(
        person.name,
        person.language,
        person.timezone,
        words_text(person.roles),
        words_text(person.fields),
        words_text(person.verified),
        pairs_text(person.attributes),
    )


def changed_person(known: StoredPerson, row: Newcomer) -> StoredPerson:
    """Return a known person as a row leaves them; free attributes are added to those known."""
    said = new_person(row.subscriber)
    merged = StoredPerson(*[said[n] if new else known[n] for n, new in _given(row.given)])
    if row.subscriber.attributes:
        both = (*pairs(known.attributes), *row.subscriber.attributes)
        merged = merged._replace(attributes=pairs_text(both))
    return merged


def new_standing(row: Newcomer, yes: Yes) -> Standing:
    """Return the subscription that a row begins.

    Raises:
        ValueError: the status is none that a subscription can have.
    """
    at = microseconds(yes.at)
    state = SubscriptionState(row.status).value
    return Standing(
        state=state,
        topics=words_text(row.topics),
        consent=yes.consent,
        consent_at=at,
        subscribed_at=microseconds(row.subscribed_at) if row.subscribed_at else at,
        left_at=at if state == _LEFT else None,
    )


def changed_standing(known: Standing, row: Newcomer, yes: Yes) -> Standing:
    """Return a known subscription as a row leaves it."""
    given = row.given
    if yes.revives and known.state == _LEFT:
        again = new_standing(row, yes)
        return again if "topics" in given else again._replace(topics=known.topics)
    changed = known
    if "topics" in given:
        changed = changed._replace(topics=words_text(row.topics))
    if known.state == _LEFT:
        return changed
    if row.subscribed_at and "subscribed_at" in given:
        changed = changed._replace(subscribed_at=microseconds(row.subscribed_at))
    if row.status == _LEFT:
        return changed._replace(state=_LEFT, left_at=microseconds(yes.at))
    confirmed = row.status == _ACTIVE and (yes.revives or "status" in given)
    if confirmed and known.state == _PENDING:
        at = microseconds(yes.at)
        return changed._replace(state=_ACTIVE, consent=yes.consent, consent_at=at)
    return changed


def profile_of(person: StoredPerson, standing: Standing, rhythm: str) -> StoredProfile:
    """Return what audience rules see of a person in a newsletter."""
    return StoredProfile(
        person.language, person.roles, person.fields, person.verified, standing.topics, rhythm
    )


@lru_cache(maxsize=64)
def _given(given: frozenset[str]) -> tuple[tuple[int, bool], ...]:
    """Return, for each column of a person, whether a file has it."""
    columns = StoredPerson._fields
    return tuple(
        (n, column in given and column != "attributes") for n, column in enumerate(columns)
    )
