"""People and the rules that select them.

A rule looks at a profile only, never at a person: a newsletter has hundreds of profiles and perhaps
millions of subscribers, so who gets what is decided in Python over the few and joined in SQL over
the many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: The attributes a rule may name; newsletter.toml says which of them are in use and their values.
ATTRIBUTES = ("roles", "fields", "verified", "topics")


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Profile:
    """A distinct combination of what audience rules look at. Lists are sorted, without doubles."""

    language: str = ""
    """As the reader asked for it, a BCP 47 tag; "" is the newsletter's default language."""
    roles: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    rhythm: str = ""

    def values(self, attribute: str) -> tuple[str, ...]:
        """Return the profile's values of one of `ATTRIBUTES`."""
        found: tuple[str, ...] = getattr(self, attribute)
        return found


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """One key of a rule: the profile has at least one of the values."""

    attribute: str
    values: tuple[str, ...]

    def matches(self, profile: Profile) -> bool:
        """Return whether the profile has one of the values."""
        return not set(self.values).isdisjoint(profile.values(self.attribute))

    def __str__(self) -> str:
        """Return the canonical form, such as `roles:brand|merchant`."""
        return f"{self.attribute}:{'|'.join(self.values)}"


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """Whom something is for: every term of `terms`, and not every term of `unless`.

    Terms are sorted by attribute, values alphabetically, so that equal rules are equal objects.
    """

    terms: tuple[Term, ...] = ()
    unless: tuple[Term, ...] = ()

    def matches(self, profile: Profile) -> bool:
        """Return whether the rule selects the profile."""
        if not all(term.matches(profile) for term in self.terms):
            return False
        return not (self.unless and all(term.matches(profile) for term in self.unless))

    def __str__(self) -> str:
        """Return the canonical expression, "all" when the rule is empty."""
        parts = [str(term) for term in self.terms]
        if self.unless:
            parts.append(f"!({' & '.join(str(term) for term in self.unless)})")
        return " & ".join(parts) or "all"


EVERYONE = Rule()


def audience_expression(met: Iterable[Rule]) -> str:
    """Return the canonical expression of the readers who meet all these rules; "all" when empty.

    A rule that another one implies is left out: who is a merchant is a brand or a merchant.
    """
    rules = set(met) - {EVERYONE}
    needed = {rule for rule in rules if not any(_implies(other, rule) for other in rules - {rule})}
    return " & ".join(sorted(map(str, needed))) or "all"


def _implies(narrow: Rule, wide: Rule) -> bool:
    """Return whether whoever meets `narrow` surely meets `wide` (told by their terms alone)."""
    if narrow.unless != wide.unless:
        return False
    return all(
        any(
            mine.attribute == term.attribute and set(mine.values) <= set(term.values)
            for mine in narrow.terms
        )
        for term in wide.terms
    )


class SubscriptionState(StrEnum):
    """Where a person's yes to a newsletter stands."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """A person. `id` is 0 until the store has given one."""

    id: int = 0
    address: str
    name: str = ""
    language: str = ""
    timezone: str = ""
    roles: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    """Free columns of an import, by name; nothing selects by them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """A subscriber's yes to one newsletter."""

    id: int
    newsletter: str
    subscriber: Subscriber
    handle: bytes = field(repr=False)
    """Eight random bytes: what a link names instead of a person."""
    state: SubscriptionState = SubscriptionState.ACTIVE
    topics: tuple[str, ...] = ()
    rhythm: str = ""
    consent: str = ""
    subscribed_at: datetime | None = None
    left_at: datetime | None = None
    paused_until: datetime | None = None

    @property
    def profile(self) -> Profile:
        """Return what audience rules see of this reader."""
        person = self.subscriber
        return Profile(
            language=person.language,
            roles=person.roles,
            fields=person.fields,
            verified=person.verified,
            topics=self.topics,
            rhythm=self.rhythm,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """An address that is not to be mailed. Only its keyed hash is kept."""

    address_hash: bytes
    newsletter: str | None
    """None: everywhere."""
    reason: str
    suppressed_at: datetime
