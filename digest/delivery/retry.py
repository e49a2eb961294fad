"""When to try a deferred message again, and when to give up. Pure: the clock is an argument.

These waits are only for our own relay being down or asking us to slow down: once it has accepted a
message, the relay keeps the days-long queue towards the reader's server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.errors import ConfigurationError

#: Beyond this every wait is the longest one; it keeps the power from overflowing.
_MOST_DOUBLINGS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """The waits between attempts: `first_wait`, each `factor` times the last, to `longest_wait`.

    Raises:
        ConfigurationError: a wait is not positive, or waits would become shorter.
    """

    first_wait: timedelta = timedelta(minutes=1)
    factor: float = 2
    longest_wait: timedelta = timedelta(hours=1)
    give_up_after: timedelta = timedelta(hours=6)
    """Counted from the first attempt: a digest that is later than this is stale."""

    def __post_init__(self) -> None:
        """Refuse a policy that would try without a pause."""
        if self.first_wait <= timedelta(0):
            raise ConfigurationError("[delivery] first_wait", "it must be longer than nothing")
        if self.longest_wait < self.first_wait:
            raise ConfigurationError(
                "[delivery] longest_wait", "it is shorter than first_wait", "Make it longer."
            )
        if self.give_up_after < timedelta(0):
            raise ConfigurationError("[delivery] give_up_after", "it must not be negative")
        if not 1 <= self.factor <= 100:
            raise ConfigurationError("[delivery] factor", "it must be between 1 and 100")

    def wait(self, attempts: int) -> timedelta:
        """Return the pause after so many attempts (counted from 1)."""
        growth = float(self.factor) ** min(max(attempts - 1, 0), _MOST_DOUBLINGS)
        if growth >= self.longest_wait / self.first_wait:
            return self.longest_wait
        return self.first_wait * growth


def next_attempt(
    *, first_tried_at: datetime, attempts: int, now: datetime, policy: RetryPolicy
) -> datetime | None:
    """Return when to try a message again, or None to give up.

    `attempts` counts those that were made, the one just deferred included.
    """
    due = now + policy.wait(attempts)
    return due if due - first_tried_at <= policy.give_up_after else None


#: What mends a wrong password or a block is a person: the waits of a paused mailing are long.
PROBES = RetryPolicy(first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=4))


def probe_at(*, probes: int, now: datetime, policy: RetryPolicy = PROBES) -> datetime:
    """Return when a mailing that the server's refusal paused is tried again, with one message.

    `probes` counts the tries that were made in vain since the mailing was paused.
    """
    return now + policy.wait(probes + 1)
