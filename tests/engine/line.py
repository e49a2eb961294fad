"""A connection in memory: what the client writes, and a server that answers one command at a time.

The server is a strict one: it knows by itself where a message begins and ends, and takes nobody's
word for whose it is but that of MAIL and RCPT.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

_MAIL = re.compile(rb"MAIL FROM:<n(\d+)@news\.example>")
_ENDS = (b".\r\n", b"BDAT 0 LAST\r\n")


class Session:
    """The server's side of one connection."""

    def __init__(self, taken: Callable[[int, bytes], None]) -> None:
        """`taken` hears of each message that it has said yes to."""
        self.seen = bytearray()
        """What has come and is not answered."""
        self.entry = 0
        """Whose message it is that the next answer is about, by its MAIL; 0: nobody's."""
        self._taken = taken
        self._recipient = b""
        self._data = False
        self._chunks = bytearray()

    @property
    def stage(self) -> str | None:
        """Return what it could answer now: a command that has come whole, or a message's end."""
        if self._data:
            return "DOT" if self._content() is not None else None
        line = self._line()
        if line is None:
            return None
        if chunk := re.fullmatch(rb"BDAT (\d+)", line):
            whole = len(self.seen) >= len(line) + 2 + int(chunk[1])
            return "BDAT" if whole else None
        if line == b"BDAT 0 LAST":
            return "DOT"
        verb = line.partition(b" ")[0].decode("ascii")
        assert verb in {"MAIL", "RCPT", "DATA", "RSET", "QUIT"}, line
        return verb

    def usual(self) -> bytes:
        """Return what a server says that is well."""
        stage = self.stage
        if stage == "RCPT" and not self.entry:
            return b"503 5.5.1 need MAIL\r\n"
        if stage in {"DATA", "BDAT", "DOT"} and not self._recipient:
            return b"554 5.5.1 no valid recipients\r\n"
        return {"DATA": b"354 go ahead\r\n", "QUIT": b"221 2.0.0 bye\r\n"}.get(
            stage or "", b"250 2.0.0 ok\r\n"
        )

    def answer(self, said: bytes) -> tuple[str, int]:
        """Answer what is next; return the stage, and whose message it was about."""
        stage = self.stage
        assert stage is not None
        yes = said[:1] in {b"2", b"3"}
        if stage == "DOT":
            return stage, self._end(yes)
        line = self._line() or b""
        del self.seen[: len(line) + 2]
        if stage == "MAIL":
            found = _MAIL.match(line)
            assert found, line
            self._forget()
            self.entry = number = int(found[1])
            if not yes:
                self._forget()
            return stage, number
        if stage == "RCPT" and yes and self.entry:
            assert line == b"RCPT TO:<r%d@%b" % (self.entry, line.partition(b"@")[2]), line
            self._recipient = line
        elif stage == "DATA":
            self._data = said[:3] == b"354"
        elif stage == "BDAT":
            size = int(line.split()[1])
            self._chunks += self.seen[:size]
            del self.seen[:size]
        elif stage == "RSET":
            self._forget()
        return stage, self.entry

    def _end(self, yes: bool) -> int:
        content = self._content()
        if content is None:
            content = bytes(self._chunks)
            del self.seen[: len(b"BDAT 0 LAST\r\n")]
        else:
            del self.seen[: len(content) + 3]
        entry = self.entry
        if yes and self._recipient:
            self._taken(entry, content)
        self._forget()
        return entry

    def _forget(self) -> None:
        self.entry, self._recipient, self._data = 0, b"", False
        self._chunks = bytearray()

    def _content(self) -> bytes | None:
        if not self._data:
            return None
        if self.seen.startswith(b".\r\n"):
            return b""
        end = self.seen.find(b"\r\n.\r\n")
        return None if end < 0 else bytes(self.seen[: end + 2])

    def _line(self) -> bytes | None:
        end = self.seen.find(b"\r\n")
        return None if end < 0 else bytes(self.seen[:end])


class Line(asyncio.Transport):
    """The client's side of the connection, and what a network does to it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        session: Session,
        *,
        began: Callable[[Line, int], None],
        ended: Callable[[Line], None],
        gone: Callable[[Line], None],
    ) -> None:
        """`began` and `ended` hear of a message's MAIL and its end as they are written; `gone`,
        that the client gave up or lost the line."""
        super().__init__()
        self._loop = loop
        self.session = session
        self._began, self._ended, self._gone = began, ended, gone
        self._protocol: Any = None
        self._pending = bytearray()
        self.slow = False
        """Whether what is written stays here for a while."""
        self.up = True

    # --- what a lane calls ----------------------------------------------------------------------

    def write(self, data: Any) -> None:
        """Take bytes, and tell what in them begins and ends."""
        assert self.up, "written to a line that is closed"
        if data.startswith(_ENDS):
            assert not self._pending, "the end of a message was written behind what still waits"
            self._ended(self)
        for found in _MAIL.finditer(data):
            self._began(self, int(found[1]))
        self._pending += data
        if not self.slow:
            self._hand_on()

    def get_write_buffer_size(self) -> int:
        return len(self._pending)

    def is_closing(self) -> bool:
        return not self.up

    def abort(self) -> None:
        self.lose()

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert (high, low) == (0, 0)

    # --- what the world does --------------------------------------------------------------------

    def flow(self) -> None:
        """Let what was held up go on its way."""
        self.slow = False
        if self.up and self._pending:
            self._hand_on()
            self._loop.call_soon(self._protocol.resume_writing)

    def say(self, data: bytes) -> None:
        """Let the client hear something."""
        if self.up and data:
            self._loop.call_soon(self._protocol.data_received, data)

    def hang_up(self) -> None:
        """Let the line go; the client is told."""
        if self.up:
            self._loop.call_soon(self._protocol.connection_lost, None)

    def lose(self) -> None:
        """Be gone; what still waits here is never seen."""
        if self.up:
            self.up = False
            self._pending.clear()
            self._gone(self)

    def _hand_on(self) -> None:
        self.session.seen += self._pending
        self._pending.clear()
