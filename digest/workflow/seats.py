"""What the pump keeps count of: the lanes with their messages, and what one commit carries."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from digest.model.mailing import Exchange, OutboxEntry, Result
from digest.workflow.counting import Count
from digest.workflow.judging import Judge
from digest.workflow.ports import Clock, Outbox
from digest.workflow.sending_ports import Composer, Lane, Pace
from digest.workflow.trouble import Trouble

#: A lane that gave back a message gets another after so long, in seconds, if not before.
RESPITE = 1.0
#: What the limits let go so long before its commit returned leaves later than they knew.
LATE = timedelta(seconds=1)


@dataclass(slots=True, eq=False)
class Seat:
    """A lane, and what it has."""

    lane: Lane
    entries: dict[int, tuple[OutboxEntry, datetime]] = field(default_factory=dict)
    """Loaded and not answered, in order, each with the time of its claim."""
    unrecorded: int = 0
    """How many of its answers no commit holds yet."""
    claiming: int = 0
    """How many claims for it are in the commit under way."""
    accepted: int = 0


@dataclass(slots=True, eq=False)
class Batch:
    """What one commit carries."""

    results: list[tuple[Seat, OutboxEntry, Result]]
    returned: list[OutboxEntry]
    claims: list[tuple[Seat, OutboxEntry]]
    at: datetime
    handed: dict[str, int]
    tries: int = 0
    """How often its commit failed, as far as is known."""
    late: bool = False
    """Whether its commit took so long that the limits have to be asked anew."""

    def exchange(self, outbox: Outbox, mailing_id: int) -> Callable[[], Exchange]:
        """Return the call that commits it; after a try that failed, in spite of that one."""
        claims = [entry.id for _, entry in self.claims]
        returned = [entry.id for entry in self.returned]
        if self.tries:
            # Whether the commit before came through is not known: what it may have claimed was
            # never begun, so it goes back and is claimed anew.
            returned += claims
        return partial(
            outbox.exchange,
            mailing_id,
            results=[result for _, _, result in self.results],
            claims=claims,
            returned=returned,
            handed=self.handed,
            at=self.at,
        )


@dataclass(frozen=True, kw_only=True)
class PumpParts:
    """What a pump works with."""

    outbox: Outbox
    mailing_id: int
    composer: Composer
    judge: Judge
    clock: Clock
    pace: Pace
    count: Count
    writer: Executor
    """One thread."""
    trouble: Trouble
