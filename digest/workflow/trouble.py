"""While the store cannot be used: when to try again, what a person is told, and when to give up.

One for a delivery, shared by all that asks the store for something. What must stay true: a person
is told once when it begins and once when it is over, and `digest status` can say it meanwhile,
though the store itself can keep nothing then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from digest.errors import TryAgainLater
from digest.workflow.ports import Clock

#: It is tried again after these waits, in seconds; the last one again and again.
WAITS = (0.1, 0.2, 0.5, 1.0, 2.0)

OVER = "The database can be used again; sending goes on."


def says_nothing(_text: str) -> None:
    """Be told and do nothing."""


class Trouble:
    """What is wrong with the store at the moment, if anything is."""

    def __init__(
        self,
        *,
        clock: Clock,
        patience: timedelta,
        notice: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        """Begin without trouble; it may last for `patience`.

        `notice` tells a person, `note` keeps what is wrong where `digest status` finds it ("":
        nothing is).
        """
        self._clock = clock
        self._patience = patience
        self._notice = notice
        self._note = note
        self._since: datetime | None = None
        self._tries: dict[str, int] = {}

    def wait(self, who: str, error: TryAgainLater) -> float:
        """Return after how many seconds whoever was told `error` is to try again.

        Raises:
            TryAgainLater: it has lasted for too long.
        """
        now = self._clock.now()
        if self._since is None:
            self._since = now
            self._notice(f"Nothing leaves for the moment. {error}")
            self._note(f"since {now:%Y-%m-%d %H:%M:%S} UTC: {error}")
        if now - self._since >= self._patience:
            raise self._final(error) from error
        tries = self._tries[who] = self._tries.get(who, 0) + 1
        return WAITS[min(tries, len(WAITS)) - 1]

    def over(self, who: str) -> None:
        """Heed that somebody has got an answer. It is over when nobody waits for one any more."""
        if self._tries.pop(who, None) is None or self._tries:
            return
        self._since = None
        self._notice(OVER)
        self._note("")

    def _final(self, error: TryAgainLater) -> TryAgainLater:
        minutes, seconds = divmod(round(self._patience.total_seconds()), 60)
        lasted = f"{minutes} min" if minutes else f"{seconds} s"
        hint = f"{error.hint} Then run it again: the rest is sent, and nobody is lost."
        return TryAgainLater(error.where, f"{error.what}, for {lasted} by now", hint.strip())
