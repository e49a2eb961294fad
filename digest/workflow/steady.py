"""Readers who are counted once, until the database changes: for who asks at every saved file.

Counting a million readers takes seconds, and an editor's next save comes sooner. What must stay
true: an answer is at most `LONGEST` old, and none outlives a change that can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from threading import RLock
from typing import TypeVar, cast

from digest.model.audience import Profile, Subscription
from digest.model.invitation import Creator, QuestionStanding
from digest.workflow.ports import Clock, Readers
from digest.workflow.readership import Readership, readership_of

#: A pause that ends, or a change on a server whose database shows no sign of it, is seen then.
LONGEST = timedelta(minutes=1)

V = TypeVar("V")


class SteadyReaders:
    """Serves the port `Readers`, and the gate's look at everybody's values."""

    def __init__(
        self, readers: Callable[[], Readers], stamp: Callable[[], object], clock: Clock
    ) -> None:
        """Ask `readers` anew when `stamp` is another, or the answer is old."""
        self._readers, self._stamp, self._clock = readers, stamp, clock
        self._known: dict[object, tuple[object, datetime, object]] = {}
        self._turn = RLock()

    def profiles(self, newsletter: str, at: datetime) -> dict[int, tuple[Profile, int]]:
        """Return profile id -> (profile, how many it would reach)."""
        key = ("profiles", newsletter)
        return self._steady(key, lambda: self._readers().profiles(newsletter, at))

    def recipients(self, newsletter: str, at: datetime) -> Iterator[tuple[int, str, str]]:
        """Yield everybody; this is not remembered."""
        return self._readers().recipients(newsletter, at)

    def creators(self, newsletter: str, fields: Sequence[str], at: datetime) -> list[Creator]:
        """Return who has one of the fields verified."""
        key = ("creators", newsletter, tuple(fields))
        return self._steady(key, lambda: self._readers().creators(newsletter, fields, at))

    def standings(self, newsletter: str, at: datetime) -> dict[str, QuestionStanding]:
        """Return how far each question is asked."""
        key = ("standings", newsletter)
        return self._steady(key, lambda: self._readers().standings(newsletter, at))

    def find_subscription(self, newsletter: str, address: str) -> Subscription | None:
        """Return a reader by address; this is not remembered."""
        return self._readers().find_subscription(newsletter, address)

    def readership(self, _readers: Readers, newsletter: str, at: datetime) -> Readership:
        """Return what a pass over everybody's values found."""
        key = ("readership", newsletter)
        return self._steady(key, lambda: readership_of(self._readers(), newsletter, at))

    def _steady(self, key: object, ask: Callable[[], V]) -> V:
        stamp, now = self._stamp(), self._clock.now()
        with self._turn:
            known = self._known.get(key)
        if known and known[0] == stamp and timedelta() <= now - known[1] < LONGEST:
            return cast(V, known[2])
        answer = ask()
        with self._turn:
            self._known[key] = (stamp, now, answer)
        return answer
