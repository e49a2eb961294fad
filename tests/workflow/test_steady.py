"""Readers who are counted once, until the database changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from digest.model.audience import Profile
from digest.workflow.nobody import NobodyYet
from digest.workflow.steady import LONGEST, SteadyReaders
from tests.fakes import FakeClock


class Counting(NobodyYet):
    """Readers that say how often they were counted."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def profiles(self, newsletter: str, at: datetime) -> dict[int, tuple[Profile, int]]:
        self.asked.append(newsletter)
        return {1: (Profile(), len(self.asked))}

    def recipients(self, newsletter: str, at: datetime) -> Iterator[tuple[int, str, str]]:
        self.asked.append(f"all of {newsletter}")
        return iter([(1, "a@reader.example", "A")])


def steady(stamps: list[object]) -> tuple[Counting, FakeClock, SteadyReaders]:
    readers, clock = Counting(), FakeClock()
    return readers, clock, SteadyReaders(lambda: readers, lambda: stamps[-1], clock)


def test_readers_are_counted_once_a_newsletter() -> None:
    readers, clock, asked = steady([1])

    for name in ("news", "news", "other", "news"):
        asked.profiles(name, clock.now())
        asked.readership(asked, name, clock.now())

    assert readers.asked == ["news", "all of news", "other", "all of other"]


def test_a_change_of_the_database_is_seen_at_once() -> None:
    stamps: list[object] = [1]
    _, clock, asked = steady(stamps)
    first = asked.profiles("news", clock.now())

    stamps.append(2)

    assert asked.profiles("news", clock.now()) != first


def test_no_answer_outlives_its_time_whatever_the_clock_does() -> None:
    readers, clock, asked = steady([None])
    for span in (timedelta(), LONGEST, -LONGEST):
        clock.advance(span)
        asked.profiles("news", clock.now())

    assert len(readers.asked) == 3
