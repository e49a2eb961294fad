"""What a row of a roster does to what is known of a person. Pure: no statement is here.

A row changes only the columns that its file has. Nothing in a file brings back who has left, or
takes a reader's yes for one who has not given it: only an explicit status does the latter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from digest.model.audience import Profile, Subscriber, SubscriptionState
from digest.model.freeze import Newcomer
from digest.store.addresses import ascii_address

_TEXTS = ("name", "language", "timezone")
_LISTS = ("roles", "fields", "verified")


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What a roster may say of a subscription."""

    state: SubscriptionState
    topics: tuple[str, ...]
    consent: str
    consent_at: datetime | None
    subscribed_at: datetime | None
    left_at: datetime | None
    rhythm: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Yes:
    """The consent that a roster comes with."""

    consent: str
    at: datetime
    revives: bool = False
    """True for a deliberate act for one person: it brings back who has left."""


def new_person(row: Newcomer) -> Subscriber:
    """Return the person of a row, with the lists sorted and the address's domain in ASCII."""
    person = row.subscriber
    return Subscriber(
        address=ascii_address(person.address),
        name=person.name,
        language=person.language,
        timezone=person.timezone,
        roles=_sorted(person.roles),
        fields=_sorted(person.fields),
        verified=_sorted(person.verified),
        attributes=_by_name(person.attributes),
    )


def changed_person(known: Subscriber, row: Newcomer) -> Subscriber:
    """Return a known person as a row leaves them. The address stays as it was typed at first."""
    said = row.subscriber
    changes: dict[str, object] = {
        column: getattr(said, column) for column in _TEXTS if column in row.given
    }
    changes |= {column: _sorted(getattr(said, column)) for column in _LISTS if column in row.given}
    if said.attributes:
        changes["attributes"] = _by_name((*known.attributes, *said.attributes))
    return replace(known, **changes) if changes else known  # type: ignore[arg-type]


def new_standing(row: Newcomer, yes: Yes) -> Standing:
    """Return the subscription that a row begins."""
    state = SubscriptionState(row.status)
    return Standing(
        state=state,
        topics=_sorted(row.topics),
        consent=yes.consent,
        consent_at=yes.at,
        subscribed_at=row.subscribed_at or yes.at,
        left_at=yes.at if state is SubscriptionState.LEFT else None,
    )


def changed_standing(known: Standing, row: Newcomer, yes: Yes) -> Standing:
    """Return a known subscription as a row leaves it."""
    if yes.revives and known.state is SubscriptionState.LEFT:
        return _come_back(known, row, yes)
    changed = known
    if "topics" in row.given:
        changed = replace(changed, topics=_sorted(row.topics))
    if known.state is SubscriptionState.LEFT:
        return changed
    if "subscribed_at" in row.given and row.subscribed_at:
        changed = replace(changed, subscribed_at=row.subscribed_at)
    if row.status == SubscriptionState.LEFT.value:
        return replace(changed, state=SubscriptionState.LEFT, left_at=yes.at)
    confirmed = row.status == SubscriptionState.ACTIVE.value and (
        yes.revives or "status" in row.given
    )
    if confirmed and known.state is SubscriptionState.PENDING:
        return replace(
            changed, state=SubscriptionState.ACTIVE, consent=yes.consent, consent_at=yes.at
        )
    return changed


def profile_of(person: Subscriber, standing: Standing) -> Profile:
    """Return what audience rules see of a person in a newsletter."""
    return Profile(
        language=person.language,
        roles=person.roles,
        fields=person.fields,
        verified=person.verified,
        topics=standing.topics,
        rhythm=standing.rhythm,
    )


def _come_back(known: Standing, row: Newcomer, yes: Yes) -> Standing:
    again = new_standing(row, yes)
    if "topics" in row.given:
        return replace(again, rhythm=known.rhythm)
    return replace(again, topics=known.topics, rhythm=known.rhythm)


def _sorted(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values))) if len(values) > 1 else values


def _by_name(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(dict(pairs).items())) if pairs else ()
