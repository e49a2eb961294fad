"""The way to the capture server: real SMTP, and nothing leaves the machine.

Used where no SMTP server or no base_url is set. The server lives as long as its lanes do.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from digest.delivery.capture import CaptureServer
from digest.delivery.chaos import Chaos
from digest.delivery.config import SmtpConfig
from digest.delivery.lane import Events, SmtpLane
from digest.delivery.lanes import SmtpLanes
from digest.delivery.transport import LaneTransport


class CaptureLanes:
    """Serves the port `Lanes`, into a Maildir."""

    def __init__(self, folder: Path, *, chaos: Chaos | None = None) -> None:
        """Capture into a folder, which is made when the first lane opens."""
        self._folder = folder
        self._chaos = chaos
        self._stack = AsyncExitStack()
        self._turn = asyncio.Lock()
        self._smtp: SmtpLanes | None = None

    async def open(self, events: Events) -> SmtpLane:
        """Start the server, if that is not so already, and connect to it.

        Raises:
            DeliveryError: the folder cannot be written.
        """
        async with self._turn:
            if self._smtp is None:
                server = await self._stack.enter_async_context(
                    CaptureServer(self._folder, chaos=self._chaos)
                )
                self._smtp = SmtpLanes(
                    SmtpConfig(host=server.host, port=server.port, security="none")
                )
            smtp = self._smtp
        return await smtp.open(events)

    async def close(self) -> None:
        """End the lanes and the server."""
        if self._smtp is not None:
            await self._smtp.close()
        self._smtp = None
        await self._stack.aclose()


class CaptureTransport(LaneTransport):
    """Serves the port `Transport`, into a Maildir."""

    def __init__(self, folder: Path, *, chaos: Chaos | None = None) -> None:
        """Capture into a folder, which is made when the first message is to go there."""
        super().__init__(CaptureLanes(folder, chaos=chaos))
