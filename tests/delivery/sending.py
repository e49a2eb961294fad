"""Handing messages to a recording server through the real transport, for the tests beside."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from digest.delivery.config import SmtpConfig
from digest.delivery.transport import SmtpTransport
from digest.model.envelope import Envelope
from digest.model.mailing import Reply
from tests.smtp_server import RecordingServer

T = TypeVar("T")


class Told:
    """Keeps what lanes tell, in order."""

    def __init__(self) -> None:
        self.replies: dict[int, list[Reply]] = {}
        self.back: list[int] = []
        self.reasons: list[str] = []
        self.order: list[tuple[str, int]] = []
        self.on_replied: Callable[[Any, int, Reply], None] = lambda *_: None
        self._changed = asyncio.Event()

    def replied(self, lane: Any, entry_id: int, reply: Reply) -> None:
        self.replies.setdefault(entry_id, []).append(reply)
        self.order.append(("replied", entry_id))
        self._changed.set()
        self.on_replied(lane, entry_id, reply)

    def returned(self, lane: Any, entry_id: int) -> None:
        self.back.append(entry_id)
        self.order.append(("returned", entry_id))
        self._changed.set()

    def ended(self, lane: Any, reason: str) -> None:
        self.reasons.append(reason)
        self.order.append(("ended", 0))
        self._changed.set()

    async def until(self, fits: Callable[[], object], *, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not fits():
                self._changed.clear()
                await self._changed.wait()

    async def until_ended(self) -> None:
        await self.until(lambda: self.reasons)


CONTENT = b"Subject: hello\r\n\r\n.one\r\n..two\r\n.\r\nend\r\n"
#: Larger than what the kernel holds for a server that does not read.
BIG = b"Subject: big\r\n\r\n" + (b"x" * 76 + b"\r\n") * 150_000


def config(server: RecordingServer, **more: object) -> SmtpConfig:
    given = {"timeout": timedelta(seconds=5), "security": "none", "port": server.port} | more
    return SmtpConfig(host=server.host, **given)  # type: ignore[arg-type]


def envelope(recipient: str = "ada@example.org", content: bytes = CONTENT) -> Envelope:
    return Envelope(sender="news@example.org", recipient=recipient, content=content)


def using(settings: SmtpConfig, use: Callable[[SmtpTransport], Awaitable[T]]) -> T:
    async def run() -> T:
        transport = SmtpTransport(settings)
        try:
            return await use(transport)
        finally:
            await transport.close()

    return asyncio.run(run())


def deliver(server: RecordingServer, *envelopes: Envelope, **more: object) -> list[Reply]:
    async def all_of_them(transport: SmtpTransport) -> list[Reply]:
        return [await transport.deliver(each) for each in envelopes]

    return using(config(server, **more), all_of_them)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
