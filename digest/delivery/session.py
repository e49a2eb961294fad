"""An SMTP session that is open and logged in: commands out, replies in, read strictly.

aiosmtplib connects, negotiates TLS and logs in; then this takes over its transport, because what
follows must be known exactly: a reply whose lines disagree or that is no reply is never taken for
an answer, and `LineLost` is raised for every way in which a line can go silent. After it the
session is dead; whoever catches it opens another.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta

#: Generous over any real reply, and a bound on what a server can make us hold.
_MOST_LINES = 100
_LONGEST_LINE = 8192

_REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?")

#: QUIT is a courtesy; nobody waits long for the answer to it.
_QUIT_TIMEOUT = timedelta(seconds=5)


class LineLost(Exception):  # noqa: N818  what happened, not whose error it is
    """The connection ended, fell silent or turned to nonsense; the session cannot go on."""


class Session:
    """One connection after its login. Not for two messages at a time."""

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        extensions: Mapping[str, str],
        timeout: timedelta,
    ) -> None:
        """Take over a connected transport; `extensions` are those of the last EHLO, lower case."""
        loop = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader(limit=_LONGEST_LINE, loop=loop)
        protocol = asyncio.StreamReaderProtocol(self._reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        # One byte above nothing: `drain` then returns when the transport has handed on all it has.
        transport.set_write_buffer_limits(high=1, low=0)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)
        self._timeout = timeout
        self.extensions = extensions
        self.messages = 0
        """How many were handed over, whatever came of them."""

    @property
    def alive(self) -> bool:
        """Return whether nothing is known against sending another command."""
        return not (self._writer.is_closing() or self._reader.at_eof())

    async def command(self, line: bytes) -> tuple[int, str]:
        """Send one command and return the reply's code and text.

        Raises:
            LineLost: there is no reply that can be relied on.
        """
        await self.write(line + b"\r\n", within=self._timeout)
        return await self.reply(within=self._timeout)

    async def write(self, data: bytes, *, within: timedelta) -> None:
        """Write, and return when the bytes have left this process as far as can be known.

        Raises:
            LineLost: the connection is gone, or the server takes nothing.
        """
        try:
            self._writer.write(data)
            await asyncio.wait_for(self._writer.drain(), within.total_seconds())
        except TimeoutError as error:
            raise LineLost("the server stopped reading") from error
        except OSError as error:
            raise LineLost(f"the connection was lost ({_reason(error)})") from error
        if self._writer.is_closing():
            raise LineLost("the connection was lost")

    def write_now(self, data: bytes) -> None:
        """Write without waiting: from here on the bytes count as sent."""
        self._writer.write(data)

    async def reply(self, *, within: timedelta) -> tuple[int, str]:
        """Read one reply (RFC 5321 4.2.1); its text has the lines joined by "\\n".

        Raises:
            LineLost: the connection ended, nothing came in time, or it is no reply.
        """
        try:
            return await asyncio.wait_for(self._read_reply(), within.total_seconds())
        except TimeoutError as error:
            raise LineLost(f"no answer in {within.total_seconds():g} s") from error
        except OSError as error:
            raise LineLost(f"the connection was lost ({_reason(error)})") from error

    async def quit(self) -> None:
        """Say QUIT and close; errors are ignored, the mail has been accounted for already."""
        try:
            await asyncio.wait_for(self.command(b"QUIT"), _QUIT_TIMEOUT.total_seconds())
        except (LineLost, OSError, TimeoutError):
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Close at once; what is still in the buffer does not leave."""
        self._writer.transport.abort()

    async def _read_reply(self) -> tuple[int, str]:
        texts: list[str] = []
        code = b""
        for _ in range(_MOST_LINES):
            found = _REPLY_LINE.fullmatch(await self._read_line())
            if not found:
                raise LineLost("the server's reply cannot be read")
            if code and found[1] != code:
                raise LineLost("the lines of the server's reply contradict each other")
            code = found[1]
            texts.append((found[3] or b"").decode("utf-8", "replace").strip())
            if found[2] != b"-":
                return int(code), "\n".join(texts)
        raise LineLost("the server's reply does not end")

    async def _read_line(self) -> bytes:
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            raise LineLost("the server closed the connection") from error
        except asyncio.LimitOverrunError as error:
            raise LineLost("the server's reply is too long") from error
        return line.rstrip(b"\r\n")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
