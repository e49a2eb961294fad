"""One SMTP session of the capture server: aiosmtpd with its edges taken off.

aiosmtpd writes every address to its log at INFO, looks up the machine's name for each connection
and refuses lines above 1001 bytes; a capture keeps what it is given, byte for byte, and tells
nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.delivery.captured import store_captured

#: Above any newsletter and below what would trouble a small machine.
SIZE_LIMIT = 50 * 1024 * 1024

_log = logging.getLogger(__name__)


def quiet_log() -> None:
    """Keep addresses out of the log: aiosmtpd names them at INFO and below."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)


class _Keep:
    """Writes each message to the folder, one file for each recipient."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        del server, session
        try:
            await asyncio.shield(asyncio.to_thread(self._store, envelope))
        except OSError as error:
            _log.error("captured mail cannot be written: %s", error.strerror)
            return "451 4.3.0 captured mail cannot be written"
        return "250 2.0.0 captured"

    async def handle_exception(self, error: Exception) -> str:
        _log.error("the capture server failed: %s", type(error).__name__)
        return "451 4.3.0 the capture server failed"

    def _store(self, envelope: Envelope) -> None:
        sender, content = envelope.mail_from or "", envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            store_captured(
                self._folder,
                sender="" if sender == "<>" else sender,
                recipient=recipient,
                content=bytes(content),
                at=self._now(),
            )


class CaptureSession(SMTP):
    """A session that takes any line and any size up to `SIZE_LIMIT`, and can be ended."""

    line_length_limit = SIZE_LIMIT

    def __init__(
        self, folder: Path, *, now: Callable[[], datetime], sessions: set[CaptureSession]
    ) -> None:
        """Keep mail in `folder`; while it is open the session stands in `sessions`."""
        super().__init__(
            _Keep(folder, now),
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="digest capture",
            loop=asyncio.get_running_loop(),
        )
        self._sessions = sessions

    def connection_made(self, transport: Any) -> None:
        """Join the open sessions."""
        self._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave them."""
        self._sessions.discard(self)
        super().connection_lost(error)

    async def end(self) -> None:
        """Close the connection and wait until nothing of the session runs."""
        task, transport = self._handler_coroutine, self.transport
        if transport is not None:
            cast(asyncio.WriteTransport, transport).abort()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
