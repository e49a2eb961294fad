"""An SMTP server that keeps what it promised: what it said 250 to is on disk, at full speed.

A process of its own, for tests that kill the other side::

    python tests/storm/recorder.py --out taken.tsv [--port 0] [--chunking] [--users FILE] ...

It prints `listening 127.0.0.1:PORT` and serves until SIGTERM or SIGINT. Its record has a line for
each thing that happened, fields separated by tabs (tests/storm/post.py reads it)::

    O  seconds  connection                                    somebody connected
    B  seconds  connection  recipient                         MAIL and RCPT were said
    T  seconds  connection  recipient  message-id  sha256     the end was read; then 250
    X  seconds  connection                                    it is closed; all it brought is here

`seconds` is the clock (time.time); of a B line when MAIL was read, of a T line when the end was.

What must stay true: a message is in the record, synced, before its 250 is written. One sync serves
all the messages that came while the last one ran, so that neither the disk nor this program is the
bottleneck: bodies are hashed and forgotten.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop

OFFERS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
_MESSAGE_ID = re.compile(rb"^message-id:[ \t\r\n]*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(rb"<([^>]*)>")
_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class Habits:
    """What the server offers and how it answers."""

    chunking: bool = False
    delay: float = 0.0
    """How long the reply to a message's end waits, after it is on disk."""
    users: Path | None = None
    """A file with `NAME:PASSWORD`, read anew at each login and each MAIL; None: no login.

    When it changes, whoever came in with the old one gets 530, and 535 at the next login.
    """


class Record:
    """The file of what came; one sync at a time, for all that waits for it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._syncer = ThreadPoolExecutor(max_workers=1)
        self._lines: list[bytes] = []
        self._waiting: list[Callable[[], None]] = []
        self._busy = False

    def note(self, line: bytes) -> None:
        """Keep a line that nobody waits for; it goes to disk with the next that somebody does."""
        self._lines.append(line)
        if len(self._lines) > 200:
            self.write()

    def take(self, line: bytes, then: Callable[[], None]) -> None:
        """Keep a line, and call back when it is on disk."""
        self._lines.append(line)
        self._waiting.append(then)
        if not self._busy:
            self._busy = True
            # The others that are read in this turn of the loop go into the same sync.
            asyncio.get_running_loop().call_soon(self._sync)

    def close(self) -> None:
        """Write what is left."""
        self._syncer.shutdown()
        self.write()
        self._file.close()

    def _sync(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.write()
        loop = asyncio.get_running_loop()
        done = loop.run_in_executor(self._syncer, os.fdatasync, self._file.fileno())
        done.add_done_callback(lambda _: self._synced(waiting))

    def _synced(self, waiting: list[Callable[[], None]]) -> None:
        for then in waiting:
            then()
        self._busy = bool(self._waiting)
        if self._busy:
            self._sync()

    def write(self) -> None:
        """Put what was noted into the file, where others can read it."""
        lines, self._lines = self._lines, []
        self._file.write(b"".join(lines))


class Line(asyncio.Protocol):
    """One connection: commands and bodies as they come, answered in their order."""

    def __init__(self, number: int, record: Record, habits: Habits) -> None:
        self._number, self._record, self._habits = number, record, habits
        self._buffer = bytearray()
        self._looked = 0
        self._reads: Callable[[], bool] = self._read_command
        self._answers: list[bytes | None] = []
        """What is to be said, in order; None: it waits for the disk."""
        self._first = 0
        self._login = b""
        self._ending = False
        self._forget()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._note(b"O")
        self._say(b"220 recorder ESMTP")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._reads():
            pass

    def connection_lost(self, _: Exception | None) -> None:
        self._note(b"X")

    # Reading: each returns whether it came further.

    def _read_command(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        verb, _, argument = line.partition(b" ")
        command = _COMMANDS.get(verb.upper())
        if command is None:
            self._say(b"502 5.5.2 unknown command")
        else:
            command(self, argument)
        return True

    def _read_message(self) -> bool:
        if self._buffer.startswith(b".\r\n"):
            content, used = b"", 3
        else:
            end = self._buffer.find(_END, max(0, self._looked - 4))
            if end < 0:
                self._looked = len(self._buffer)
                return False
            content, used = bytes(self._buffer[: end + 2]), end + len(_END)
        del self._buffer[:used]
        self._looked = 0
        self._reads = self._read_command
        self._take(content.replace(b"\r\n..", b"\r\n."))
        return True

    def _read_chunk(self) -> bool:
        if len(self._buffer) < self._size:
            return False
        self._chunks += self._buffer[: self._size]
        del self._buffer[: self._size]
        self._reads = self._read_command
        if not self._rcpt:
            # Its bytes came whatever we think of it (RFC 3030): read, and refused.
            self._say(b"503 5.5.1 RCPT first")
            self._forget()
        elif self._last:
            self._take(bytes(self._chunks))
        else:
            self._say(b"250 2.0.0 chunk")
        return True

    # Commands

    def _on_ehlo(self, _: bytes) -> None:
        more = ["CHUNKING"] if self._habits.chunking else []
        more += ["AUTH PLAIN"] if self._habits.users else []
        offers = "".join(f"250-{offer}\r\n" for offer in ("recorder", *OFFERS, *more))
        self._say(offers.encode() + b"250 HELP")

    def _on_auth(self, argument: bytes) -> None:
        _, _, initial = argument.partition(b" ")
        _, _, said = base64.b64decode(initial).partition(b"\0")
        self._login = said.replace(b"\0", b":")
        welcome = self._habits.users is not None and self._may_send()
        self._say(b"235 2.7.0 welcome" if welcome else b"535 5.7.8 wrong user name or password")

    def _on_mail(self, _: bytes) -> None:
        if not self._may_send():
            self._say(b"530 5.7.0 log in first")
        elif self._mail_at:
            self._say(b"503 5.5.1 one MAIL at a time")
        else:
            self._mail_at = time.time()
            self._say(b"250 2.1.0 OK")

    def _on_rcpt(self, argument: bytes) -> None:
        path = _PATH.search(argument)
        if not self._mail_at or not path:
            self._say(b"503 5.5.1 MAIL first")
            return
        self._rcpt = path[1]
        self._record.note(
            b"B\t%.6f\t%d\t%s\n" % (self._mail_at, self._number, self._rcpt),
        )
        self._say(b"250 2.1.5 OK")

    def _on_data(self, _: bytes) -> None:
        if self._rcpt:
            self._reads = self._read_message
            self._say(b"354 go ahead")
        else:
            self._say(b"503 5.5.1 RCPT first")

    def _on_bdat(self, argument: bytes) -> None:
        words = argument.split()
        self._size, self._last = int(words[0]), len(words) > 1
        self._reads = self._read_chunk

    def _on_rset(self, _: bytes) -> None:
        self._forget()
        self._say(b"250 2.0.0 OK")

    def _on_noop(self, _: bytes) -> None:
        self._say(b"250 2.0.0 OK")

    def _on_quit(self, _: bytes) -> None:
        self._ending = True
        self._say(b"221 2.0.0 bye")

    # What is taken, and what is said

    def _take(self, content: bytes) -> None:
        found = _MESSAGE_ID.search(content)
        line = b"T\t%.6f\t%d\t%s\t%s\t%s\n" % (
            time.time(),
            self._number,
            self._rcpt,
            found[1] if found else b"",
            hashlib.sha256(content).hexdigest().encode(),
        )
        place = self._first + len(self._answers)
        self._answers.append(None)
        self._record.take(line, lambda: self._taken(place))
        self._forget()

    def _taken(self, place: int) -> None:
        if self._habits.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self._habits.delay, self._answer, place)
        else:
            self._answer(place)

    def _answer(self, place: int) -> None:
        self._answers[place - self._first] = b"250 2.0.0 taken\r\n"
        self._flush()

    def _say(self, reply: bytes) -> None:
        self._answers.append(reply + b"\r\n")
        self._flush()

    def _flush(self) -> None:
        """Write what may be said: nothing overtakes an answer that waits for the disk."""
        ready: list[bytes] = []
        for answer in self._answers:
            if answer is None:
                break
            ready.append(answer)
        if ready:
            del self._answers[: len(ready)]
            self._first += len(ready)
            if not self._transport.is_closing():
                self._transport.write(b"".join(ready))
        if self._ending and not self._answers:
            self._transport.close()

    def _note(self, what: bytes) -> None:
        self._record.note(b"%s\t%.6f\t%d\n" % (what, time.time(), self._number))
        self._record.write()

    def _may_send(self) -> bool:
        users = self._habits.users
        return users is None or self._login == users.read_bytes().strip()

    def _forget(self) -> None:
        self._mail_at = 0.0
        self._rcpt = b""
        self._size, self._last = 0, False
        self._chunks = bytearray()


_COMMANDS: dict[bytes, Callable[[Line, bytes], None]] = {
    b"EHLO": Line._on_ehlo,
    b"HELO": Line._on_ehlo,
    b"AUTH": Line._on_auth,
    b"MAIL": Line._on_mail,
    b"RCPT": Line._on_rcpt,
    b"DATA": Line._on_data,
    b"BDAT": Line._on_bdat,
    b"RSET": Line._on_rset,
    b"NOOP": Line._on_noop,
    b"QUIT": Line._on_quit,
}


def main() -> None:
    """Serve until asked to end."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--chunking", action="store_true")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds, of the last reply")
    parser.add_argument("--users", type=Path, help="a file with NAME:PASSWORD")
    options = parser.parse_args()
    habits = Habits(chunking=options.chunking, delay=options.delay, users=options.users)
    uvloop.run(_serve(options.port, options.out, habits))


async def _serve(port: int, out: Path, habits: Habits) -> None:
    loop, asked, connections = asyncio.get_running_loop(), asyncio.Event(), iter(range(1, 10**9))
    record = Record(out)
    server = await loop.create_server(
        lambda: Line(next(connections), record, habits), "127.0.0.1", port, backlog=128
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    print(f"listening 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asked.wait()
    server.close()
    record.close()


if __name__ == "__main__":
    main()
