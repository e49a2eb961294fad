"""What came of a delivery: how far it is, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.model.mailing import Tally


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """How far a delivery came."""

    tally: Tally
    complete: bool
    paused: str = ""
    """Why the mailing stands still until somebody or something changes, or ""."""
    away: str = ""
    """Why the server could not be reached, or ""."""
    stopped: bool = False
    """True when the process was asked to end."""
    cancelled: bool = False
    """True when somebody cancelled it meanwhile."""
    next_due: datetime | None = None
    """When the next message may leave: deferred, or held up by the limits."""
