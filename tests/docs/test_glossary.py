"""docs/glossary.md has every word of ours once, and every state."""

from __future__ import annotations

import pytest

from digest.model.audience import SubscriptionState
from digest.model.mailing import EntryState
from tests.docs.pages import TOP, Part, parts, quoted

PAGE = TOP / "docs" / "glossary.md"
#: The words that code, tables and commands are made of.
WORDS = [
    "newsletter",
    "item",
    "figure",
    "question",
    "note",
    "section",
    "issue",
    "edition",
    "profile",
    "subscriber",
    "subscription",
    "audience",
    "mailing",
    "attempt",
    "reply",
    "outcome",
    "suppression",
    "slot",
    "placeholder",
    "marker",
    "envelope",
    "receipt",
    "invitation",
    "creator",
    "token",
    "finding",
    "captured",
    "site",
    "frozen",
    "late",
    "outbox entry",
    "cut-off",
    "held over",
    "too thin",
]
VERBS = [
    "plan",
    "assemble",
    "render",
    "freeze",
    "compose",
    "reserve",
    "claim",
    "deliver",
    "record",
    "suppress",
    "leave",
]


def part(title: str) -> Part:
    return next(each for each in parts(PAGE) if each.title == title)


def listed(title: str) -> list[str]:
    return [row[0].strip("`") for row in part(title).rows()]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_ours_is_explained(word: str) -> None:
    assert word in listed("Glossary")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_of_ours_is_explained(verb: str) -> None:
    assert verb in listed("Verbs")


@pytest.mark.parametrize("title", ["Glossary", "Verbs", "States of an entry"])
def test_every_word_is_explained_once_and_with_words(title: str) -> None:
    found = listed(title)

    assert len(found) == len(set(found))
    assert all(row[1] for row in part(title).rows())


def test_no_word_of_ours_is_named_as_one_that_is_not_used() -> None:
    refused = {
        word.strip()
        for row in part("Glossary").rows()
        for word in row[2].split(",")
        if word.strip() and row[0] != "placeholder"  # whose cousin `slot` is a word of its own
    }

    assert refused.isdisjoint(listed("Glossary"))


def test_every_state_is_explained_and_no_other() -> None:
    states = listed("States of an entry")
    subscription = next(row for row in part("Glossary").rows() if row[0] == "subscription")

    assert sorted(states) == sorted(state.value for state in EntryState)
    assert sorted(quoted(subscription[1])) == sorted(state.value for state in SubscriptionState)
