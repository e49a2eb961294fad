"""An invitation: one question, put to one verified creator, until a deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InvitationState(StrEnum):
    """Where an invitation stands. It is issued when its outbox entry is sent."""

    PLANNED = "planned"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitation:
    """A question put to a creator."""

    id: int
    newsletter: str
    question: str
    field: str
    subscription_id: int
    state: InvitationState
    deadline_at: datetime | None
    """Answers count until then; None: no deadline."""
    issued_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Creator:
    """A subscription that may be invited, and what it has been asked before."""

    subscription_id: int
    profile_id: int = 0
    verified: tuple[str, ...]
    last_invited_at: datetime | None = None
    asked: frozenset[str] = frozenset()
    """Ids of the questions it has been invited to."""
    recent: tuple[datetime, ...] = ()
    """When it was invited before, newest first: for the cap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionStanding:
    """How many invitations to a question are open or accepted."""

    question: str
    outstanding: int
    accepted: int
