"""A server without a network, for the dialogue: reads what was written, and answers as it is told.

It knows by itself where a message begins and ends, so that what a client injects would show.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

#: How it answers when all is well.
USUAL = {
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go ahead\r\n",
    "BDAT": b"250 2.0.0 chunk\r\n",
    "DOT": b"250 2.0.0 taken\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


class FakeWire:
    """A wire whose bytes are kept until `hand_on` is called, as a busy socket does."""

    def __init__(self) -> None:
        self.pending = bytearray()
        self.closed = False
        self.slow = False
        """Whether bytes wait for `hand_on`; otherwise they leave at once."""
        self.sink: Callable[[bytes], None] = lambda _data: None

    def write(self, data: bytes) -> None:
        assert not self.closed
        if self.slow or self.pending:
            self.pending += data
        else:
            self.sink(data)

    def hand_on(self, size: int | None = None) -> None:
        size = len(self.pending) if size is None else size
        data = bytes(self.pending[:size])
        del self.pending[:size]
        self.sink(data)

    def get_write_buffer_size(self) -> int:
        return len(self.pending)

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True
        self.pending.clear()


@dataclass
class ModelServer:
    """One session. `answer` chooses the bytes for a stage; None: silence."""

    answer: Callable[[str], bytes | None]
    out: bytearray = field(default_factory=bytearray)
    """What it has said and the client has not heard."""
    commands: list[bytes] = field(default_factory=list)
    taken: list[tuple[bytes, list[bytes], bytes]] = field(default_factory=list)
    """Sender, recipients and content of what it has said yes to."""
    ended: list[tuple[bytes, list[bytes], bytes]] = field(default_factory=list)
    """The same of everything whose end came, whatever it said to it."""
    seen: bytearray = field(default_factory=bytearray)
    data: bytearray | None = None
    """The message while it is being read after DATA."""
    chunks: bytearray = field(default_factory=bytearray)
    mail: bytes | None = None
    rcpts: list[bytes] = field(default_factory=list)

    def read(self, data: bytes) -> None:
        self.seen += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self.commands and (found := re.fullmatch(rb"BDAT (\d+)", self.commands[-1])):
            if len(self.seen) < (size := int(found[1])):
                return False
            self.chunks += self.seen[:size]
            del self.seen[:size]
            self.commands[-1] += b" read"
            self._say("BDAT")
            return True
        end = self.seen.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.seen[:end])
        del self.seen[: end + 2]
        if self.data is not None:
            self._take_line(line)
        else:
            self._take_command(line)
        return True

    def _take_line(self, line: bytes) -> None:
        assert self.data is not None
        if line != b".":
            self.data += line.removeprefix(b".") + b"\r\n"
            return
        content, self.data = bytes(self.data), None
        self._end(content)

    def _end(self, content: bytes) -> None:
        message = (self.mail or b"", list(self.rcpts), content)
        self.ended.append(message)
        self.mail, self.rcpts, self.chunks = None, [], bytearray()
        if self._say("DOT")[:1] == b"2":
            self.taken.append(message)

    def _take_command(self, line: bytes) -> None:
        self.commands.append(line)
        verb, _, rest = line.partition(b" ")
        stage = verb.decode("ascii", "replace").upper()
        assert stage in USUAL, line
        if line == b"BDAT 0 LAST":
            self._end(bytes(self.chunks))
            return
        if stage == "BDAT":
            return
        yes = self._say(stage)[:1] in {b"2", b"3"}
        if stage == "MAIL" and yes:
            self.mail, self.rcpts, self.chunks = rest, [], bytearray()
        elif stage == "RCPT" and yes:
            self.rcpts.append(rest)
        elif stage == "DATA" and self.out.rstrip().split(b"\n")[-1][:3] == b"354":
            self.data = bytearray()
        elif stage == "RSET":
            self.mail, self.rcpts = None, []

    def _say(self, stage: str) -> bytes:
        said = self.answer(stage) or b""
        self.out += said
        return said
