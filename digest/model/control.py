"""What came of what a person did to a mailing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """How many entries go out once more."""

    queued: int
    unwilling: int = 0
    """How many do not, for their readers have left or are suppressed."""


class Resent(StrEnum):
    """What came of sending an issue once more to one reader."""

    QUEUED = "queued"
    NO_READER = "not a reader of this issue"
    ON_ITS_WAY = "still on its way"
    UNWILLING = "left or suppressed"
