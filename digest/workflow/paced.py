"""Test mails under the limits: they count as every other mail does, though nothing else is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.errors import TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import Reply
from digest.workflow.ports import Clock
from digest.workflow.sending_ports import Pace, Transport

#: A test waits so long for the limits; longer, and it says when to come again.
PATIENCE = timedelta(minutes=2)

#: (counts by scope, now): stores what was handed over.
CountHanded = Callable[[Mapping[str, int], datetime], None]


@dataclass(frozen=True, kw_only=True)
class PacedTransport:
    """A transport that asks the limits first. Serves the port `Transport`."""

    transport: Transport
    pace: Callable[[], Pace]
    """Made when the first message is handed over, from what the database remembers."""
    count: CountHanded
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def open(self) -> None:
        """Connect and log in.

        Raises:
            TryAgainLater: the server is away.
            DeliveryError: TLS or login fails as configured; nothing was sent.
        """
        await self.transport.open()

    async def deliver(self, envelope: Envelope) -> Reply:
        """Wait for the limits, then hand over one message.

        Raises:
            TryAgainLater: the limits let nothing out for a while.
        """
        domain = envelope.recipient.rpartition("@")[2].lower()
        pace = self.pace()
        until = self.clock.now() + PATIENCE
        while not pace.permit(domain, now := self.clock.now()):
            due = pace.next_at(domain, now) or until
            if due > until or now >= until:
                what = f"the limits let nothing out before {due:%Y-%m-%d %H:%M:%S} UTC"
                raise TryAgainLater("[delivery] limits", what, "Run it again then.")
            await self.sleep((due - now).total_seconds())
        self.count(pace.handed(), now)
        return await self.transport.deliver(envelope)

    async def close(self) -> None:
        """End the session."""
        await self.transport.close()
