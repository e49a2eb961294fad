"""The way to the capture server: real SMTP, and nothing leaves the machine.

Used where no SMTP server or no base_url is set. The server lives as long as the session does.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from digest.delivery.capture import CaptureServer
from digest.delivery.config import SmtpConfig
from digest.delivery.transport import SmtpTransport
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict


class CaptureTransport:
    """Serves the port `Transport`, into a Maildir."""

    def __init__(self, folder: Path) -> None:
        """Capture into a folder, which is made when the first session opens."""
        self._folder = folder
        self._stack = AsyncExitStack()
        self._smtp: SmtpTransport | None = None

    async def open(self) -> None:
        """Start the server and connect to it; again is the same.

        Raises:
            DeliveryError: the folder cannot be written.
        """
        if self._smtp is None:
            server = await self._stack.enter_async_context(CaptureServer(self._folder))
            self._smtp = SmtpTransport(
                SmtpConfig(host=server.host, port=server.port, security="none")
            )
        await self._smtp.open()

    async def deliver(self, envelope: Envelope) -> Reply:
        """Hand a message to the capture server."""
        if self._smtp is None:
            return Reply(verdict=Verdict.DEFERRED, code=0, text="the capture server is not open")
        return await self._smtp.deliver(envelope)

    async def close(self) -> None:
        """End the session and the server."""
        if self._smtp is not None:
            await self._smtp.close()
        self._smtp = None
        await self._stack.aclose()
