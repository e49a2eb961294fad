"""One SMTP session of the capture server (RFC 5321), with pipelining, chunks and any login.

It keeps what it is given, byte for byte, and tells nobody. What must stay true: 250 follows a
message only when it is on disk; a message ends at CRLF.CRLF and nowhere else, so that nothing can
be smuggled; replies leave in the order of the commands, together where these came together
(RFC 2920); no line and no number of recipients fills the memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from digest.delivery.capture_commands import login_dialogue, read_path
from digest.delivery.chaos import BODY, DOT, KEPT, LOGIN, RCPT, Chaos, Trouble

#: Above any newsletter and below what would trouble a small machine.
SIZE_LIMIT = 50 * 1024 * 1024
MOST_RECIPIENTS = 1_000
#: A client that says nothing for so long is gone (RFC 5321, section 4.5.3.2.7).
IDLE = 300.0

_LONGEST_LINE = 64 * 1024
#: Reading stops while so much waits for the disk.
_MOST_WAITING = 2 * SIZE_LIMIT
_END = b"\r\n.\r\n"
_OFFERED = (
    "localhost",
    "PIPELINING",
    f"SIZE {SIZE_LIMIT}",
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "CHUNKING",
    "AUTH PLAIN LOGIN",
)


@dataclass(slots=True)
class Draft:
    """A message under way."""

    sender: str
    recipients: list[str] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)
    too_large: bool = False


class Keep(Protocol):
    """Writes a message to disk."""

    def __call__(self, draft: Draft) -> Awaitable[None]:
        """Return when it is there (OSError when it cannot be written)."""


class CaptureSession(asyncio.Protocol):
    """A session; while it is open it stands in `sessions`."""

    def __init__(self, keep: Keep, *, sessions: set[CaptureSession], chaos: Chaos | None) -> None:
        """Hand messages to `keep`, after `chaos` has had its way."""
        self._keep = keep
        self._sessions = sessions
        self._chaos = chaos
        self._buffer = bytearray()
        self._seen = 0
        """How much of the buffer holds no end of the message."""
        self._replies: list[str] = []
        self._read: Callable[[], bool] = self._command
        self._draft: Draft | None = None
        self._trouble: Trouble | None = None
        self._greeted = self._logged_in = self._closing = self._ended = False
        self._dialogue = login_dialogue(b"")
        self._chunk = 0
        self._last_chunk = self._swallow = False
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the open sessions and greet."""
        self._transport = cast(asyncio.Transport, transport)
        self._sessions.add(self)
        self._stay()
        self._say("220 localhost digest capture")
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        """Leave them; a message that is being written is written."""
        del error
        self._transport = None
        self._buffer.clear()
        if self._idle:
            self._idle.cancel()
        if self._task is None:
            self._sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and answer what can be answered."""
        self._buffer += data
        self._stay()
        self._go()

    def eof_received(self) -> bool:
        """Answer what was said before the client closed its side, then close ours."""
        self._ended = True
        self._go()
        return self._task is not None

    async def end(self) -> None:
        """Close the connection and wait until nothing of the session runs."""
        if self._transport is not None:
            self._transport.abort()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    # --- reading --------------------------------------------------------------------------------

    def _go(self) -> None:
        """Read as far as there is something to read, and answer all of it at once."""
        while self._task is None and not self._closing and self._read():
            pass
        self._flush()
        if self._transport is None:
            return
        if self._closing or (self._ended and self._task is None):
            self._transport.close()
        elif len(self._buffer) > _MOST_WAITING:
            self._transport.pause_reading()
        elif not self._transport.is_reading():
            self._transport.resume_reading()

    def _command(self) -> bool:
        end = self._buffer.find(b"\n", self._seen)
        if end < 0:
            self._seen = len(self._buffer)
            if self._seen > _LONGEST_LINE:
                self._say("500 5.5.6 the line is too long")
                self._closing = True
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        self._seen = 0
        verb, _, rest = line.partition(b" ")
        known = _VERBS.get(verb.upper())
        if known is None or len(line) > _LONGEST_LINE:
            self._say("500 5.5.2 no such command")
        else:
            known(self, rest.strip())
        return True

    def _message(self) -> bool:
        """Read a message up to its final dot."""
        draft = cast(Draft, self._draft)
        if not draft.content and self._buffer.startswith(b".\r\n") and not self._seen:
            self._take(0, 3)
            return True
        end = self._buffer.find(_END, max(0, self._seen - 4))
        if end >= 0:
            self._take(end + 2, end + len(_END))
            return True
        self._seen = len(self._buffer)
        self._strike(BODY)
        if self._seen > SIZE_LIMIT:
            draft.too_large = True
            del self._buffer[:-4]
            self._seen = len(self._buffer)
        return False

    def _take(self, end: int, after: int) -> None:
        draft = cast(Draft, self._draft)
        content = bytes(self._buffer[:end])
        del self._buffer[:after]
        self._seen = 0
        self._read = self._command
        content = content[1:] if content.startswith(b".") else content
        draft.too_large = draft.too_large or len(content) > SIZE_LIMIT
        draft.content = bytearray(content.replace(b"\r\n.", b"\r\n"))
        self._store()

    def _bytes_of_chunk(self) -> bool:
        """Read a chunk, which has no dots (RFC 3030)."""
        if self._chunk and not self._buffer:
            return False
        taken = self._buffer[: self._chunk]
        del self._buffer[: self._chunk]
        self._chunk -= len(taken)
        draft = self._draft
        if draft and not self._swallow:
            draft.too_large = draft.too_large or len(draft.content) + len(taken) > SIZE_LIMIT
            if not draft.too_large:
                draft.content += taken
        if self._chunk:
            return True
        self._read = self._command
        if draft is None or self._swallow:
            self._say("503 5.5.1 MAIL and RCPT come first")
        elif self._last_chunk:
            self._store()
        else:
            self._strike(BODY)
            self._say("250 2.0.0 go on")
        return True

    # --- commands -------------------------------------------------------------------------------

    def _hello(self, rest: bytes) -> None:
        del rest
        self._greeted, self._draft = True, None
        *before, last = _OFFERED
        self._say("\r\n".join([*(f"250-{each}" for each in before), f"250 {last}"]))

    def _plain_hello(self, rest: bytes) -> None:
        del rest
        self._greeted, self._draft = True, None
        self._say("250 localhost")

    def _mail(self, rest: bytes) -> None:
        sender, size = read_path(b"FROM:", rest)
        if self._draft is not None or not self._greeted:
            self._say("503 5.5.1 not now")
        elif sender is None:
            self._say("501 5.1.7 write MAIL FROM:<address>")
        elif size > SIZE_LIMIT:
            self._say("552 5.3.4 the message is too large")
        else:
            self._trouble = self._chaos.draw() if self._chaos else None
            if not self._strike(LOGIN):
                self._draft = Draft(sender)
                self._say("250 2.1.0 go on")

    def _rcpt(self, rest: bytes) -> None:
        recipient, _ = read_path(b"TO:", rest)
        if self._draft is None:
            self._say("503 5.5.1 MAIL comes first")
        elif not recipient:
            self._say("501 5.1.3 write RCPT TO:<address>")
        elif len(self._draft.recipients) >= MOST_RECIPIENTS:
            self._say("452 4.5.3 too many recipients")
        elif not self._strike(RCPT):
            self._draft.recipients.append(recipient)
            self._say("250 2.1.5 go on")

    def _data(self, rest: bytes) -> None:
        del rest
        if self._draft is None or not self._draft.recipients:
            self._say("503 5.5.1 MAIL and RCPT come first")
        elif self._draft.content:
            self._say("503 5.5.1 BDAT has begun")
        else:
            self._say("354 end with a dot on a line of its own")
            self._read = self._message

    def _bdat(self, rest: bytes) -> None:
        size, _, last = rest.partition(b" ")
        if not size.isdigit() or len(size) > 15 or last.strip().upper() not in (b"", b"LAST"):
            self._say("501 5.5.4 write BDAT size [LAST]")
            self._closing = True  # what follows would be read as commands
            return
        self._chunk, self._last_chunk = int(size), bool(last.strip())
        self._swallow = self._draft is None or not self._draft.recipients
        self._read = self._bytes_of_chunk

    def _rset(self, rest: bytes) -> None:
        del rest
        self._draft = self._trouble = None
        self._say("250 2.0.0 forgotten")

    def _noop(self, rest: bytes) -> None:
        del rest
        self._say("250 2.0.0 here")

    def _vrfy(self, rest: bytes) -> None:
        del rest
        self._say("252 2.5.0 mail for it is captured")

    def _quit(self, rest: bytes) -> None:
        del rest
        self._say("221 2.0.0 bye")
        self._closing = True

    def _auth(self, rest: bytes) -> None:
        """Take any login: programs that insist on one can be pointed here."""
        if self._logged_in or self._draft:
            self._say("503 5.5.1 not now")
            return
        self._dialogue = login_dialogue(rest)
        self._read = self._login
        self._advance(None)

    def _login(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).strip()
        del self._buffer[: end + 1]
        self._advance(line)
        return True

    def _advance(self, line: bytes | None) -> None:
        try:
            self._say(self._dialogue.send(line))  # type: ignore[arg-type]
        except StopIteration as ended:
            self._read = self._command
            if ended.value:
                self._say(ended.value)
            else:
                self._welcome()

    def _welcome(self) -> None:
        trouble = self._chaos.draw() if self._chaos else None
        if trouble and trouble.at == LOGIN and trouble.reply:
            self._say(trouble.reply)
            return
        self._logged_in = True
        self._say("235 2.7.0 any login will do")

    # --- keeping --------------------------------------------------------------------------------

    def _store(self) -> None:
        draft, self._draft = cast(Draft, self._draft), None
        if draft.too_large:
            self._say("552 5.3.4 the message is too large")
        elif not (self._strike(BODY) or self._strike(DOT)):
            self._task = asyncio.create_task(self._stored(draft))

    async def _stored(self, draft: Draft) -> None:
        try:
            await self._keep(draft)
        except OSError:
            self._say("451 4.3.0 captured mail cannot be written")
        else:
            if not self._strike(KEPT):
                self._say("250 2.0.0 captured")
        self._task = None
        if self._transport is None:
            self._sessions.discard(self)
        else:
            self._go()

    def _strike(self, at: str) -> bool:
        """Let the message's trouble come if this is its place; return whether it came."""
        trouble = self._trouble
        if trouble is None or trouble.at != at:
            return False
        self._trouble = None
        if not trouble.reply:
            self._closing = True
            self._replies.clear()
            if self._transport is not None:
                self._transport.abort()
            return True
        self._say(trouble.reply)
        self._closing = trouble.reply.startswith("421")
        return True

    # --- the line -------------------------------------------------------------------------------

    def _say(self, reply: str) -> None:
        self._replies.append(reply)

    def _flush(self) -> None:
        if self._replies and self._transport is not None and not self._transport.is_closing():
            self._transport.write("".join(f"{one}\r\n" for one in self._replies).encode("ascii"))
        self._replies.clear()

    def _stay(self) -> None:
        if self._idle:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE, self._leave)

    def _leave(self) -> None:
        self._say("421 4.4.2 nothing was said for too long")
        self._closing = True
        self._go()


_VERBS: dict[bytes, Callable[[CaptureSession, bytes], None]] = {
    b"EHLO": CaptureSession._hello,
    b"HELO": CaptureSession._plain_hello,
    b"MAIL": CaptureSession._mail,
    b"RCPT": CaptureSession._rcpt,
    b"DATA": CaptureSession._data,
    b"BDAT": CaptureSession._bdat,
    b"RSET": CaptureSession._rset,
    b"NOOP": CaptureSession._noop,
    b"HELP": CaptureSession._noop,
    b"VRFY": CaptureSession._vrfy,
    b"QUIT": CaptureSession._quit,
    b"AUTH": CaptureSession._auth,
}
