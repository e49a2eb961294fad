"""How much mail may leave in which span of time, and who asked for a rest. Nouns only.

A limit is a promise to a provider: whoever breaks it is locked out. So it holds for any span of
that length, however it is laid, and not only for those that begin on the hour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

#: The spans that a limit may name, with the ways to write each.
SPANS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
MOST = 1_000_000_000

_LIMIT = re.compile(r"\s*([0-9]{1,12})\s*/\s*(s|min|h|d)\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """At most `count` messages in any span of length `per`."""

    count: int
    per: timedelta

    def __post_init__(self) -> None:
        """Refuse what would let nothing through, or everything.

        Raises:
            ValueError: the count or the span is not positive.
        """
        if not 1 <= self.count <= MOST or self.per <= timedelta(0):
            raise ValueError(f"a limit lets at least 1 and at most {MOST} messages through")

    def __str__(self) -> str:
        """Return it as it is written: `500/h`."""
        unit = next((unit for unit, span in SPANS.items() if span == self.per), str(self.per))
        return f"{self.count}/{unit}"

    @property
    def rate(self) -> float:
        """Return the messages a second that it allows in the long run."""
        return self.count / self.per.total_seconds()


def parse_limit(text: str) -> Limit:
    """Read `14/s`, `60/min`, `500/h` or `10000/d`.

    Raises:
        ValueError: it is written otherwise, or the count is 0.
    """
    match = _LIMIT.fullmatch(text)
    if not match:
        raise ValueError(f'"{text}" is no limit: write "14/s", "60/min", "500/h" or "10000/d"')
    return Limit(count=int(match[1]), per=SPANS[match[2]])


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmUp:
    """How a new sender grows: at most so many messages on each day since the first.

    Days are those of UTC. Before the first day its allowance holds; after the last there is none.
    """

    first_day: date
    allowances: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse a day on which nothing may leave.

        Raises:
            ValueError: there is no day, or an allowance is not positive.
        """
        if not self.allowances or min(self.allowances) < 1:
            raise ValueError("a warm-up has at least one day, and at least 1 message on each")

    def on(self, moment: datetime) -> int | None:
        """Return how many may leave in the 24 hours up to a moment; None: any number."""
        day = max(0, (moment.astimezone(UTC).date() - self.first_day).days)
        return self.allowances[day] if day < len(self.allowances) else None

    def next_day(self, moment: datetime) -> datetime:
        """Return when the next day's allowance begins."""
        day = max(moment.astimezone(UTC).date() + timedelta(days=1), self.first_day)
        return datetime.combine(day, time(), tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainPause:
    """A recipient domain that asked us to wait."""

    domain: str
    """In ASCII, lower case; empty: the server itself asked, so all mail waits."""
    until_at: datetime
    steps: int
    """How often in a row it asked: each wait is longer than the last."""
    reason: str


#: What all mail counts in; another scope is a domain, or a newsletter.
EVERYTHING = ""


def newsletter_scope(newsletter: str) -> str:
    """Return the scope that a newsletter's own limits count in; no domain looks like it."""
    return f"newsletter/{newsletter}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """How many messages were handed over in one second, as the database counted them."""

    scope: str
    at: datetime
    """The beginning of the second."""
    count: int
