"""The capture server: real SMTP on loopback, for a site without a server of its own.

Mail takes the same way as to any server, and ends as files on this machine. What must stay true: it
listens on loopback only, answers 250 only when the message is on disk, and keeps its bytes as they
came. It runs in the caller's event loop and leaves nothing behind when it ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.delivery.capture_session import CaptureSession, Draft
from digest.delivery.capture_storing import Letter, prepare_maildir, store_letters
from digest.delivery.chaos import Chaos
from digest.errors import TryAgainLater

_log = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"


def _now() -> datetime:
    return datetime.now(UTC)


class CaptureServer:
    """A server for as long as `async with CaptureServer(folder) as server:` lasts.

    Deliver to `server.host` and `server.port`; read with `read_captured(folder)`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        now: Callable[[], datetime] = _now,
        chaos: Chaos | None = None,
    ) -> None:
        """Keep where mail goes; port 0 takes a free one. Nothing listens yet."""
        self.folder = folder
        self.host = _LOOPBACK
        self.port = port
        self._now = now
        self._chaos = chaos
        self._server: asyncio.Server | None = None
        self._sessions: set[CaptureSession] = set()
        self._desk = _Desk(folder)

    async def __aenter__(self) -> Self:
        """Make the folder and listen.

        Raises:
            DeliveryError: the folder cannot be written.
            TryAgainLater: the port is taken.
        """
        await asyncio.to_thread(prepare_maildir, self.folder)

        def session() -> CaptureSession:
            return CaptureSession(self._keep, sessions=self._sessions, chaos=self._chaos)

        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(session, self.host, self.port, backlog=1024)
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

    async def _keep(self, draft: Draft) -> None:
        at, content = self._now(), bytes(draft.content)
        await self._desk.keep(
            [Letter(draft.sender, recipient, content, at) for recipient in draft.recipients]
        )


class _Desk:
    """Writes what all sessions have at hand in one go, so that many of them share the disk's wait.

    Runs in the event loop, and writes in a thread, one batch after the other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[tuple[list[Letter], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, letters: list[Letter]) -> None:
        """Return when all of the letters are on disk (OSError when they cannot be written)."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((letters, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            groups = [letters for letters, _ in batch]
            outcomes = await asyncio.to_thread(store_letters, self._folder, groups)
            for (_, done), error in zip(batch, outcomes, strict=True):
                if error is None:
                    done.set_result(None)
                else:
                    _log.error("captured mail cannot be written: %s", error.strerror)
                    done.set_exception(error)
        self._writer = None
