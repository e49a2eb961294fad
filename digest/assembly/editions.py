"""Which editions an issue has, and who gets which.

Decided over the few distinct profiles, never over people: the map from profile to edition is
joined over all subscriptions by the store, in one statement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from digest.model.audience import Profile, audience_expression
from digest.model.edition import Edition
from digest.model.issue import Issue, Item, ItemKind, Question


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionMap:
    """The editions of an issue and the way to each reader's."""

    editions: Mapping[str, Edition]
    """By key, in a stable order: language, then number of items, then key."""
    by_profile: Mapping[int, str]
    invited: Mapping[int, str] = field(default_factory=dict)
    """Subscription id -> edition key, for those who are invited."""
    empty: frozenset[int] = frozenset()
    """Profiles for which the issue holds nothing."""


def items_for(issue: Issue, profile: Profile, *, invited: bool) -> tuple[Item, ...]:
    """Return what a profile sees, in order.

    Who is invited to answer sees the invitation in place of the news of Ask, which everyone else
    gets: the items of kind "news" in the newsletter's ask section.
    """
    ask_section = issue.newsletter.rules.ask_section
    return tuple(
        item
        for item in issue.items
        if item.rule.matches(profile)
        and not (invited and item.kind is ItemKind.NEWS and item.section == ask_section)
    )


def edition_of(issue: Issue, profile: Profile, question: Question | None = None) -> Edition:
    """Return the edition that a profile gets, with the question it is invited to."""
    items = items_for(issue, profile, invited=question is not None)
    language = issue.newsletter.language_for(profile.language)
    return Edition(
        key=_key(issue, language, items, question),
        language=language,
        items=tuple(item.id for item in items),
        question=question.id if question else None,
        audience=audience_expression(item.rule for item in items),
    )


def edition_in(issue: Issue, edition: Edition, language: str) -> Edition:
    """Return an edition in another of the newsletter's languages."""
    items = [item for item in issue.items if item.id in set(edition.items)]
    question = next((each for each in issue.questions if each.id == edition.question), None)
    return replace(edition, key=_key(issue, language, items, question), language=language)


def map_editions(
    issue: Issue,
    profiles: Mapping[int, Profile],
    invitations: Iterable[tuple[int, Profile, Question]] = (),
) -> EditionMap:
    """Return the editions of an issue for these profiles (by id) and invitations.

    An invitation is (subscription id, that reader's profile, the question).
    """
    found: dict[str, Edition] = {}
    by_profile: dict[int, str] = {}
    empty: set[int] = set()
    for profile_id, profile in sorted(profiles.items()):
        edition = edition_of(issue, profile)
        if not edition.items:
            empty.add(profile_id)
            continue
        found[edition.key] = edition
        by_profile[profile_id] = edition.key
    invited: dict[int, str] = {}
    for subscription_id, profile, question in invitations:
        edition = edition_of(issue, profile, question)
        found[edition.key] = edition
        invited[subscription_id] = edition.key
    return EditionMap(
        editions={edition.key: edition for edition in sorted(found.values(), key=_order(issue))},
        by_profile=by_profile,
        invited=invited,
        empty=frozenset(empty),
    )


def _order(issue: Issue) -> Callable[[Edition], tuple[int, bool, int, str]]:
    languages = issue.newsletter.languages

    def place(edition: Edition) -> tuple[int, bool, int, str]:
        return (
            languages.index(edition.language),
            edition.question is not None,
            len(edition.items),
            edition.key,
        )

    return place


def _key(issue: Issue, language: str, items: Iterable[Item], question: Question | None) -> str:
    said = [
        issue.newsletter.id,
        issue.number,
        language,
        [[item.id, item.content_hash] for item in items],
        [question.id, question.content_hash] if question else None,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:20]
