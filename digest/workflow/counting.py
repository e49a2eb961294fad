"""The account of a mailing while it is sent: counted once from rows, then moved along in memory.

For progress alone: counting a million rows after each page would cost more than sending them. What
is promised (complete, or not) is always counted from rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import monotonic

from digest.model.mailing import EntryState, Tally

#: Progress is told so often, in seconds, however fast mail leaves.
EVERY = 0.2

Progress = Callable[[Tally], None]


def shows_nothing(_tally: Tally) -> None:
    """Be told and show nothing."""


class Count:
    """How many entries are in which state, as this delivery has moved them."""

    def __init__(
        self, tally: Tally, tell: Progress, *, seconds: Callable[[], float] = monotonic
    ) -> None:
        """Begin with a tally that was counted from rows."""
        self._planned = tally.planned
        self._states = Counter(tally.states)
        self._duplicates = tally.possible_duplicates
        self._tell = tell
        self._seconds = seconds
        self._told_at = float("-inf")

    def move(self, before: EntryState, after: EntryState) -> None:
        """Note that an entry went from one state to another."""
        states = self._states
        states[before] -= 1
        states[after] += 1

    def flag(self) -> None:
        """Note a possible duplicate."""
        self._duplicates += 1

    @property
    def waiting(self) -> int:
        """Return how many wait to leave, now or later."""
        states = self._states
        return states[EntryState.QUEUED] + states[EntryState.DEFERRED] + states[EntryState.IN_DOUBT]

    def tell(self, *, at_once: bool = False) -> None:
        """Tell how far it is, unless that was told just now."""
        now = self._seconds()
        if at_once or now - self._told_at >= EVERY:
            self._told_at = now
            self._tell(self.tally())

    def tally(self) -> Tally:
        """Return the account as it stands."""
        return Tally(
            planned=self._planned,
            states={state: count for state, count in self._states.items() if count},
            possible_duplicates=self._duplicates,
        )
