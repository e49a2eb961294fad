"""A mailing, its outbox entries, and the moves each entry may make.

An entry goes `queued -> sending -> sent`. `sending` is committed before the first byte leaves, so
that a process that dies leaves a mark. `in_doubt` is for an entry whose server may have taken the
message without our knowing: it is sent once more, flagged, and held the second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntryState(StrEnum):
    """Where an outbox entry stands."""

    QUEUED = "queued"
    SENDING = "sending"
    DEFERRED = "deferred"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    REFUSED = "refused"
    SKIPPED = "skipped"
    HELD = "held"


#: The legal moves. `queued` after `sending` is a refusal for policy or login, not for the address;
#: after a final state, a person's word: once more.
MOVES: Mapping[EntryState, frozenset[EntryState]] = {
    EntryState.QUEUED: frozenset({EntryState.SENDING, EntryState.SKIPPED}),
    EntryState.SENDING: frozenset(
        {
            EntryState.SENT,
            EntryState.DEFERRED,
            EntryState.REFUSED,
            EntryState.IN_DOUBT,
            EntryState.QUEUED,
            EntryState.HELD,
        }
    ),
    EntryState.DEFERRED: frozenset({EntryState.SENDING, EntryState.SKIPPED, EntryState.REFUSED}),
    EntryState.IN_DOUBT: frozenset({EntryState.SENDING, EntryState.SKIPPED, EntryState.HELD}),
    EntryState.HELD: frozenset({EntryState.QUEUED, EntryState.SENT, EntryState.SKIPPED}),
    EntryState.SENT: frozenset({EntryState.QUEUED}),
    EntryState.REFUSED: frozenset({EntryState.QUEUED}),
    EntryState.SKIPPED: frozenset({EntryState.QUEUED}),
}

#: While an entry is in one of these, its mailing is not settled.
UNSETTLED = frozenset(
    {EntryState.QUEUED, EntryState.SENDING, EntryState.DEFERRED, EntryState.IN_DOUBT}
)


class MailingKind(StrEnum):
    """What a mailing carries."""

    ISSUE = "issue"
    CONFIRMATION = "confirmation"
    NOTICE = "notice"
    DRIP = "drip"


class MailingState(StrEnum):
    """Where a mailing stands. `sending` from the freeze on."""

    SENDING = "sending"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class PausedBy(StrEnum):
    """Who paused a mailing, and so who may let it go on."""

    PERSON = "person"
    """`digest pause`: only `digest resume` lets it go on."""
    SERVER = "server"
    """Refused for policy, login or account: tried again at growing intervals."""
    ROLLOUT = "rollout"
    """Too many of the first were refused: a person decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailing:
    """One sending: of an issue to its audience, or of another kind to one person."""

    id: int
    kind: MailingKind
    newsletter: str
    number: int | None
    """The issue's number; None for what belongs to none, or was cancelled before it began."""
    revision: int = 1
    """The newest revision of the issue that it sends: 1 until it was corrected."""
    rollout: str = ""
    """How far a staged rollout is, as JSON; "" where there is none."""
    state: MailingState
    reason: str = ""
    """Why it is paused or cancelled."""
    paused_by: PausedBy | None = None
    """Who paused it; None while it is not paused."""
    retry_at: datetime | None = None
    """When a mailing that the server's refusal paused is tried again, with one message."""
    probes: int = 0
    """How often it was tried like that, in vain."""
    planned: int
    frozen_at: datetime
    completed_at: datetime | None = None
    captured: bool = False
    """True when it went to the capture server: nothing left the machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """A mailing's entries by state, counted from rows."""

    planned: int
    states: Mapping[EntryState, int]
    possible_duplicates: int = 0

    def __getitem__(self, state: EntryState) -> int:
        """Return how many entries are in a state."""
        return self.states.get(state, 0)

    @property
    def adds_up(self) -> bool:
        """Return whether every planned recipient is in exactly one state."""
        return self.planned == sum(self.states.values())

    @property
    def settled(self) -> bool:
        """Return whether nothing is queued, sending, deferred or in doubt."""
        return not any(self[state] for state in UNSETTLED)

    @property
    def waits_for_a_person(self) -> bool:
        """Return whether all that is left is held."""
        return self.settled and self[EntryState.HELD] > 0

    @property
    def complete(self) -> bool:
        """Return whether it is settled and nothing is held."""
        return self.settled and not self[EntryState.HELD]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxEntry:
    """One message to one subscriber, with what is needed to fill its placeholders."""

    id: int
    mailing_id: int
    edition_id: int
    subscriber_id: int
    subscription_id: int
    recipient: str
    """The address as typed, its domain in ASCII."""
    name: str
    handle: bytes
    """The subscription's random handle, for tokens."""
    issue_id: int
    """0 where the mailing carries no issue."""
    invitation_id: int
    """0 where nobody is invited."""
    state: EntryState
    attempts: int
    doubts: int
    """How often it was in doubt."""
    due_at: datetime
    """When it was to leave; the message's Date, the same on every attempt."""
    first_tried_at: datetime | None = None
    domain: str = ""
    """The address's domain in ASCII, lower case: what pacing counts by."""


class Verdict(StrEnum):
    """What a reply means for the entry."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    """4xx, or the line was lost before the last byte: again later."""
    REFUSED = "refused"
    """5xx for this address."""
    BLOCKED = "blocked"
    """Refused by policy, login or account: not the address's fault; the mailing pauses."""
    IN_DOUBT = "in_doubt"
    """The line was lost after the last byte: the server may have taken the message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the server answered, and what it means."""

    verdict: Verdict
    code: int
    """The SMTP code; 0 when there was none."""
    text: str
    enhanced: str = ""
    """RFC 3463 status, such as `5.1.1`."""
    hard: bool = False
    """Refused at RCPT because the address is dead: it belongs among the suppressions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What an attempt does to its entry: the state after it, and when to try again."""

    entry_id: int
    state: EntryState
    reply: Reply
    tried_at: datetime
    not_before: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """What one commit of the sender brought: its results are on disk, and so are its claims."""

    claimed: frozenset[int]
    """The entries that are `sending` now. What was asked for and is not here was skipped."""
    state: MailingState
    """How the mailing stands: whoever pauses or cancels it is heard at the next commit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SenderTrouble:
    """Why the store cannot be used by whoever sends; kept outside the store."""

    said: str
    lasts: bool
    """Whether that process is still there and tries again; else it has ended so."""
