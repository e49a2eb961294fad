"""What the pump keeps count of: the lanes with their messages, and what one commit carries."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.model.mailing import OutboxEntry, Result
from digest.workflow.counting import Count
from digest.workflow.judging import Judge
from digest.workflow.ports import Clock, Composer, Lane, Outbox, Pace

#: A lane that gave back a message gets another after so long, in seconds, if not before.
RESPITE = 1.0
#: While the database cannot be written, it is tried again after these waits, in seconds; the last
#: one again and again.
TROUBLE_WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
#: After so long the process gives up; whatever is in `sending` then is accounted for by the next.
LONGEST_TROUBLE = timedelta(minutes=15)


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
    notice: Callable[[str], None]
    """Tells a person what is in the way, and when it is not any more."""
