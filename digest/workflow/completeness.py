"""How far an issue is translated: per language, what is written and what its readers will miss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from digest.model.issue import Issue, Item, Note, Question


@dataclass(frozen=True, kw_only=True, slots=True)
class Completeness:
    """One language of an issue."""

    language: str
    written: int
    wanted: int
    missing: tuple[str, ...]
    """What stands there in the default language instead, by name."""

    @property
    def percent(self) -> int:
        """Return how much is written; 100 only when all of it is."""
        return 100 * self.written // self.wanted if self.wanted else 100


def completeness_of(issue: Issue) -> tuple[Completeness, ...]:
    """Return every language of the issue's newsletter, in its order."""
    said = dict(_nouns(issue))
    found = []
    for language in issue.newsletter.languages:
        missing = tuple(name for name, languages in said.items() if language not in languages)
        found.append(
            Completeness(
                language=language,
                written=len(said) - len(missing),
                wanted=len(said),
                missing=missing,
            )
        )
    return tuple(found)


def _nouns(issue: Issue) -> Iterator[tuple[str, frozenset[str]]]:
    nouns: list[tuple[str, Item | Question | Note]] = [
        *((each.id, each) for each in issue.items),
        *((f"question {each.id}", each) for each in issue.questions),
    ]
    if issue.note:
        nouns.append(("the note", issue.note))
    for name, noun in nouns:
        yield name, frozenset(noun.texts)
