"""The capture server: real SMTP on loopback, for a site without a server of its own.

Mail takes the same way as to any server, and ends as files on this machine. What must stay true: it
listens on loopback only, answers 250 only when the message is on disk, and keeps its bytes as they
came. It runs in the caller's event loop and leaves nothing behind when it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from digest.delivery.captured import prepare_maildir
from digest.errors import TryAgainLater

if TYPE_CHECKING:  # aiosmtpd is loaded when a server starts
    from digest.delivery.capture_session import CaptureSession

_LOOPBACK = "127.0.0.1"


def _now() -> datetime:
    return datetime.now(UTC)


class CaptureServer:
    """A server for as long as `async with CaptureServer(folder) as server:` lasts.

    Deliver to `server.host` and `server.port`; read with `read_captured(folder)`.
    """

    def __init__(self, folder: Path, *, port: int = 0, now: Callable[[], datetime] = _now) -> None:
        """Keep where mail goes; port 0 takes a free one. Nothing listens yet."""
        self.folder = folder
        self.host = _LOOPBACK
        self.port = port
        self._now = now
        self._server: asyncio.Server | None = None
        self._sessions: set[CaptureSession] = set()

    async def __aenter__(self) -> Self:
        """Make the folder and listen.

        Raises:
            DeliveryError: the folder cannot be written.
            TryAgainLater: the port is taken.
        """
        from digest.delivery.capture_session import CaptureSession, quiet_log

        quiet_log()
        await asyncio.to_thread(prepare_maildir, self.folder)

        def session() -> CaptureSession:
            return CaptureSession(self.folder, now=self._now, sessions=self._sessions)

        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(session, self.host, self.port)
        except OSError as error:
            raise TryAgainLater(
                f"{self.host}:{self.port}",
                f"the capture server cannot listen there: {error.strerror or error}",
                "Another program may have the port; leave it out to take a free one.",
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening and close what is open. What was answered 250 is on disk."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for session in list(self._sessions):
            await session.end()
        await server.wait_closed()
