"""What a delivery needs from the wire: lanes to the server, how fast, and what is said on them.

Fakes (tests/fakes.py) and the real parts pass the same contract tests. All of it lives in the event
loop's thread.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Protocol

from digest.model.edition import Personal
from digest.model.envelope import Envelope
from digest.model.mailing import OutboxEntry, Reply


class Lane(Protocol):
    """One connection to an SMTP server, with at most two messages in it.

    One is under way and one is loaded behind it. Its end (the final dot, or BDAT LAST) is written
    only after `release`; MAIL of the loaded one leaves in the same write (RFC 2920). All calls and
    all of `LaneEvents` happen in the event loop's thread; none of them waits.
    """

    @property
    def room(self) -> int:
        """Return how many more messages may be loaded now (0 when it is ending)."""

    @property
    def idle(self) -> bool:
        """Return whether it is connected and has no message at all."""

    def load(self, entry_id: int, envelope: Envelope) -> None:
        """Give it a message whose claim is on disk. It begins at once, or right after the end of
        the one under way."""

    def release(self, entry_id: int) -> None:
        """Let this message end; one that is gone already is nothing. May come before or after
        the message has begun."""

    def close(self) -> None:
        """End with QUIT after the message under way (its end still needs `release`); what is
        loaded and not begun is `returned`."""

    def abort(self) -> None:
        """End at once. What was under way is answered first, as for a lost line."""


class LaneEvents(Protocol):
    """What a lane tells whoever feeds it. Each message given to it gets exactly one of
    `replied` and `returned`."""

    def replied(self, lane: Lane, entry_id: int, reply: Reply) -> None:
        """A message's fate: the server's word on it, or what a lost line means for it.

        Code 0: no server said so. DEFERRED then means that the line was lost before the end was
        written; IN_DOUBT, at or after it.
        """

    def returned(self, lane: Lane, entry_id: int) -> None:
        """A message was never begun: the lane ended before, or an old line was closed at MAIL."""

    def ended(self, lane: Lane, reason: str) -> None:
        """The connection is gone, all its messages told; "" when it ended as it should."""


class Lanes(Protocol):
    """Opens lanes to the server that the settings name."""

    async def open(self, events: LaneEvents) -> Lane:
        """Connect, protect and log in.

        Raises:
            TryAgainLater: the server is away.
            DeliveryError: TLS or login fails as configured; nothing was sent.
        """

    async def close(self) -> None:
        """End what is left open; an error here is not a failure."""


class Pace(Protocol):
    """How fast mail may leave: for all, and for each domain. Pure but for what it remembers."""

    def permit(self, domain: str, now: datetime) -> bool:
        """Return whether a message to this domain may leave now; if so, it is counted."""

    def give_back(self, domain: str, permitted_at: datetime) -> None:
        """Take back a permit: its message did not leave after all."""

    def closed(self, now: datetime) -> Set[str]:
        """Return the domains that may not be sent to now, others may."""

    def next_at(self, domain: str, now: datetime) -> datetime | None:
        """Return when the next message to this domain may leave; None: now."""

    def opens_at(self, now: datetime) -> datetime | None:
        """Return when the first closed domain opens again; None: none is closed."""

    def handed(self) -> dict[str, int]:
        """Return scope -> permits since the last call, to be kept with the next commit."""

    def learn(self, domain: str, reply: Reply, now: datetime) -> None:
        """Heed a reply that was not a yes."""

    def taken(self, domain: str) -> None:
        """Heed that a message to a domain was accepted."""


class Transport(Protocol):
    """Hands envelopes to an SMTP server, one connection at a time."""

    async def open(self) -> None:
        """Connect and log in, so that a wrong setting is known before anything is claimed.

        Raises:
            TryAgainLater: the server is away.
            DeliveryError: TLS or login fails as configured; nothing was sent.
        """

    async def deliver(self, envelope: Envelope) -> Reply:
        """Hand over one message and return what came of it. Reconnects where needed."""

    async def close(self) -> None:
        """End the session politely; an error here is not a failure."""


class Composer(Protocol):
    """Fills a frozen edition for one recipient. Several threads may compose at once."""

    @property
    def signs(self) -> bool:
        """Return whether composing signs: long work, during which other threads run."""

    def compose(self, entry: OutboxEntry) -> Envelope:
        """Return the message of an entry: the same bytes on every attempt.

        Raises:
            RecipientError: a value of this recipient cannot stand in a message.
        """

    def personal(self, entry: OutboxEntry) -> Personal:
        """Return what fills an entry's placeholders."""
