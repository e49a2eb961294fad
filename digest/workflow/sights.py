"""What the preview looks at: an issue, a choice of reader, and the edition that this reader gets.

A sight is the next issue as it would be frozen now, or one that was frozen. What must stay true:
whom an edition is for is decided by assembly and the plan, as in a send; here it is only looked up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest.assembly.editions import edition_in, edition_of
from digest.model.audience import Profile, Subscription
from digest.model.edition import Edition, FrozenEdition
from digest.model.issue import Issue
from digest.model.newsletter import Letterhead
from digest.workflow.personas import EXAMPLE, NO_PROFILE, Persona, question_for
from digest.workflow.plan import Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What an editor chose to look at; all of it stands in the page's address."""

    newsletter: str
    number: int | None = None
    """None: the next issue."""
    language: str = ""
    """"": the reader's own."""
    reader: str = EXAMPLE
    """A persona's id, or a subscription's handle in hexadecimal."""
    edition: str = ""
    """The sign of an edition that is looked at whoever the reader is; "": the reader's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Who:
    """Whose values fill an edition."""

    id: str
    label: str
    name: str
    address: str
    profile: Profile = NO_PROFILE
    invited_to: str = ""
    subscription: Subscription | None = None

    @classmethod
    def of_persona(cls, persona: Persona) -> Who:
        """Return a persona as a reader."""
        return cls(
            id=persona.id,
            label=persona.label,
            name=persona.name,
            address=persona.address,
            profile=persona.profile,
            invited_to=persona.invited_to,
        )

    @classmethod
    def of_subscription(cls, found: Subscription) -> Who:
        """Return a real reader."""
        person = found.subscriber
        return cls(
            id=found.handle.hex(),
            label=person.name or person.address,
            name=person.name,
            address=person.address,
            profile=found.profile,
            subscription=found,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """One issue, ready to be looked at."""

    letterhead: Letterhead
    number: int
    languages: tuple[str, ...]
    default_language: str
    editions: tuple[Edition, ...]
    recipients: Mapping[str, int]
    """Edition key -> how many get it, or got it."""
    issue: Issue | None = None
    """None when it was frozen: then only what is stored is shown."""
    plan: Plan | None = None
    frozen: Mapping[str, FrozenEdition] = field(default_factory=dict)
    """What was stored of a frozen issue, by edition key."""
    frozen_at: datetime | None = None

    @property
    def audience(self) -> int:
        """Return how many people get it, or got it."""
        return sum(self.recipients.values())

    def language_for(self, wanted: str) -> str:
        """Return the language that a wish leads to."""
        if self.issue:
            return self.issue.newsletter.language_for(wanted)
        return wanted if wanted in self.languages else self.default_language

    def choose(self, choice: Choice, who: Who, got: str = "") -> Edition | None:
        """Return the edition to look at, or None where the issue holds nothing for the reader.

        `got` is the key of the edition that a real reader was sent of a frozen issue.
        """
        language = self.language_for(choice.language or who.profile.language)
        if choice.edition and (found := self._by_sign(choice.edition, language)):
            return found
        if self.issue is None:
            return self._of_frozen(language, got)
        edition = self._of_next(self.issue, who, language)
        return edition if edition.items else None

    def _by_sign(self, sign: str, language: str) -> Edition | None:
        same = [edition for edition in self.editions if sign_of(edition) == sign]
        found = next((each for each in same if each.language == language), None)
        if found or not same:
            return found
        return edition_in(self.issue, same[0], language) if self.issue else same[0]

    def _of_next(self, issue: Issue, who: Who, language: str) -> Edition:
        if self.plan and who.subscription:
            asked = self.plan.map.invited.get(who.subscription.id)
            if asked:
                return edition_in(issue, self.plan.map.editions[asked], language)
        question = question_for(who.invited_to, issue.questions)
        return edition_of(issue, replace(who.profile, language=language), question)

    def _of_frozen(self, language: str, got: str) -> Edition | None:
        if got in self.frozen:
            return self.frozen[got].edition
        mine = [each for each in self.editions if each.language == language]
        return max(mine, key=lambda each: self.recipients.get(each.key, 0), default=None)


def sign_of(edition: Edition) -> str:
    """Return a sign that an edition keeps while its texts are written, in every language."""
    said = f"{edition.audience}|{edition.question or ''}"
    return hashlib.sha256(said.encode()).hexdigest()[:8]
