"""The transport: one message at a time over one lane, for tests and single messages.

What must stay true: a message is handed over again by itself only when the server cannot have begun
to take it (an old line was gone before MAIL was answered). Every other loss is an answer, DEFERRED
or IN_DOUBT, and whoever called decides.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from digest.delivery.config import SmtpConfig
from digest.delivery.lanes import SmtpLanes
from digest.errors import DeliveryError, TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict

#: What the one message in the lane is called there.
_THE_ONE = 1


class _Lane(Protocol):
    @property
    def room(self) -> int: ...

    def load(self, entry_id: int, envelope: Envelope) -> None: ...

    def release(self, entry_id: int) -> None: ...

    def abort(self) -> None: ...


class _Lanes(Protocol):
    async def open(self, events: Any) -> _Lane: ...

    async def close(self) -> None: ...


class LaneTransport:
    """Serves the port `Transport` over one lane at a time."""

    def __init__(self, lanes: _Lanes) -> None:
        """Keep who opens lanes; nothing is connected yet."""
        self._lanes = lanes
        self._lane: _Lane | None = None
        self._fate: asyncio.Future[Reply | None] | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Connect and log in, if that is not so already.

        Raises:
            TryAgainLater: the server is away.
            DeliveryError: TLS or login fails as configured; nothing was sent.
            ConfigurationError: `ca_file` cannot be read.
        """
        async with self._turn:
            await self._ready()

    async def deliver(self, envelope: Envelope) -> Reply:
        """Hand over one message and return what came of it; connects again where needed.

        A code of 0 in the reply: no server said so. DEFERRED then means that the line was lost or
        the server is away, IN_DOUBT that it was lost at or after the end of the message.
        """
        async with self._turn:
            try:
                return await self._deliver(envelope)
            except BaseException:
                # Cancelled in the middle: what follows on this line could end the message.
                self._drop()
                raise

    async def close(self) -> None:
        """End the session politely; errors are ignored, and a second call does nothing."""
        async with self._turn:
            self._lane = None
            await self._lanes.close()

    async def _deliver(self, envelope: Envelope) -> Reply:
        while True:
            try:
                lane = await self._ready()
            except (TryAgainLater, DeliveryError) as error:
                return _unreachable(error)
            self._fate = asyncio.get_running_loop().create_future()
            lane.load(_THE_ONE, envelope)
            lane.release(_THE_ONE)
            reply = await self._fate
            if reply is not None:
                return reply

    async def _ready(self) -> _Lane:
        """Return a lane that can take a message."""
        if self._lane is None or not self._lane.room:
            self._lane = await self._lanes.open(self)
        return self._lane

    def _drop(self) -> None:
        lane, self._lane, self._fate = self._lane, None, None
        if lane is not None:
            lane.abort()

    # --- what the lane tells --------------------------------------------------------------------

    def replied(self, lane: _Lane, entry_id: int, reply: Reply) -> None:
        """Take the message's fate."""
        del entry_id
        self._tell(lane, reply)

    def returned(self, lane: _Lane, entry_id: int) -> None:
        """Take the message back: the line was gone before it began."""
        del entry_id
        self._tell(lane, None)

    def ended(self, lane: _Lane, reason: str) -> None:
        """Forget the lane."""
        del reason
        if lane is self._lane:
            self._lane = None

    def _tell(self, lane: _Lane, reply: Reply | None) -> None:
        if lane is self._lane and self._fate is not None and not self._fate.done():
            self._fate.set_result(reply)


class SmtpTransport(LaneTransport):
    """Hands envelopes to one SMTP server over one connection."""

    def __init__(self, config: SmtpConfig) -> None:
        """Keep the configuration; nothing is connected yet."""
        super().__init__(SmtpLanes(config))


def _unreachable(error: TryAgainLater | DeliveryError) -> Reply:
    """Return the reply of an entry whose message never met a server."""
    away = isinstance(error, TryAgainLater)
    return Reply(
        verdict=Verdict.DEFERRED if away else Verdict.BLOCKED,
        code=0,
        text=f"{error.where}: {error.what}" if away else str(error),
    )
