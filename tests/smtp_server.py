"""A real SMTP server that records what it takes and misbehaves on request, for everybody's tests.

In a test::

    with RecordingServer() as server:                      # a thread with a loop of its own
        ...send to server.host, server.port...
    server.messages                                        # [Message(mail_from, rcpt, content)]

    RecordingServer([Rule("RCPT", "550 5.1.1 no such user", rcpt="gone@example.org")])
    RecordingServer([Rule("DOT", "451 4.3.0 later", message=3, times=1)])   # the third MAIL, once
    RecordingServer([Rule("DOT", close=True, keep=True)])  # takes the message, never says so
    RecordingServer([Rule("MAIL", "421 4.3.2 bye", close=True, times=1)])
    RecordingServer(users={"digest": "secret"})            # asks for a login; others get 535
    tls = make_certificate(tmp_path).context()             # of tests/certificates.py
    RecordingServer(tls=tls)                               # offers STARTTLS
    RecordingServer(tls=tls, implicit=True)                # TLS from the start
    RecordingServer(tls=tls, offer_starttls=False)         # STARTTLS stripped from the offer
    RecordingServer(out=tmp_path / "taken.jsonl")          # and read_record(tmp_path / ...)

As a process, for tests that kill one side::

    python tests/smtp_server.py --port 0 --out taken.jsonl --rule '{"at": "DOT", "delay": 0.01}'

prints `listening 127.0.0.1:PORT` and serves until SIGTERM or SIGINT.

What must stay true: a message is in the record, synced to disk, before its 250 is written, so that
the record is what a real server would have taken; `content` is byte for byte what was sent, after
dot-unstuffing. Only the standard library is used.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import signal
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, Self

#: Where a rule can stand. BODY acts after 64 KB of a message, or as soon as it has begun.
STAGES = (
    "CONNECT",
    "EHLO",
    "STARTTLS",
    "AUTH",
    "MAIL",
    "RCPT",
    "DATA",
    "BDAT",
    "BODY",
    "DOT",
    "RSET",
)
EXTENSIONS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


class Message(NamedTuple):
    """One message to one recipient, as it was taken."""

    mail_from: str
    rcpt: str
    content: bytes


@dataclass
class Rule:
    """One thing to do other than usual; the first rule that fits is the one that counts."""

    at: str
    reply: str | None = None
    """Sent as it stands, each "\\n" as CRLF; None: the usual reply, or with `close` none at all."""
    rcpt: str | None = None
    """Only for this recipient (any case); from RCPT on."""
    message: int | None = None
    """Only for the n-th MAIL since the server began, counted from 1."""
    connection: int | None = None
    """Only for the n-th connection, counted from 1."""
    times: int | None = None
    """How often; None: always."""
    close: bool = False
    """Close the line, after the reply if there is one."""
    keep: bool = False
    """At DOT: record the message although the reply does not accept it."""
    delay: float = 0.0
    """Wait so many seconds before the reply (at DOT: after the message is on disk)."""
    used: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Refuse a stage that never comes."""
        if self.at not in STAGES:
            raise ValueError(f"no stage {self.at!r}; there are {', '.join(STAGES)}")


def read_record(path: Path) -> list[Message]:
    """Return what a server wrote to `out`; a last line that was cut by a kill does not count."""
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    return [
        Message(row["mail_from"], row["rcpt"], base64.b64decode(row["content"])) for row in rows
    ]


class RecordingServer:
    """The server, as a context manager that runs it in a thread.

    To read at any time: `messages`, `commands` (without what follows AUTH), `connections`.
    """

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        *,
        port: int = 0,
        out: Path | None = None,
        users: dict[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        offer_starttls: bool = True,
        extensions: Sequence[str] = EXTENSIONS,
    ) -> None:
        self.rules = list(rules)
        self.host = "127.0.0.1"
        self.port = port
        self.out = out
        self.users = users
        self.tls = tls
        self.implicit = implicit
        self.offer_starttls = offer_starttls and tls is not None and not implicit
        self.extensions = tuple(extensions)
        self.messages: list[Message] = []
        self.commands: list[str] = []
        self.connections = 0
        self.mails = 0
        self._record: IO[bytes] | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._thread is not None
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def wait_for(self, count: int, *, seconds: float = 10) -> None:
        """Wait until so many messages were taken."""
        until = time.monotonic() + seconds
        while len(self.messages) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self.messages)} of {count} messages came")
            time.sleep(0.005)

    async def start(self) -> None:
        """Listen, in the running loop."""
        if self.out:
            self._record = self.out.open("ab")
        self._server = await asyncio.start_server(
            self._serve, self.host, self.port, ssl=self.tls if self.implicit else None, limit=2**20
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut what is open."""
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        if self._record:
            self._record.close()

    def rule(self, at: str, *, rcpt: Sequence[str] = (), message: int, connection: int) -> Rule:
        """Return what to do at a stage."""
        lowered = {address.lower() for address in rcpt}
        for rule in self.rules:
            if (
                rule.at == at
                and (rule.rcpt is None or rule.rcpt.lower() in lowered)
                and rule.message in {None, message}
                and rule.connection in {None, connection}
                and (rule.times is None or rule.used < rule.times)
            ):
                rule.used += 1
                return rule
        return Rule(at)

    def keep(self, mail_from: str, rcpts: Sequence[str], content: bytes) -> None:
        """Record a message for each recipient; on disk when this returns."""
        if self._record:
            text = base64.b64encode(content).decode()
            for rcpt in rcpts:
                row = {"mail_from": mail_from, "rcpt": rcpt, "content": text}
                self._record.write(json.dumps(row).encode() + b"\n")
            self._record.flush()
            os.fsync(self._record.fileno())
        self.messages += [Message(mail_from, rcpt, content) for rcpt in rcpts]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await _Line(self, reader, writer).run()
        except (OSError, EOFError, asyncio.CancelledError, _Closed):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


class _Closed(Exception):  # noqa: N818
    """The script says to close here."""


class _Line:
    """One connection."""

    def __init__(
        self, server: RecordingServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.number = server.connections
        self.secure = server.implicit
        self.user = ""
        self.mail_from: str | None = None
        self.rcpts: list[str] = []
        self.chunks = bytearray()
        self.message = 0

    async def run(self) -> None:
        await self.say("CONNECT", "220 test ESMTP")
        while True:
            line = (await self.reader.readuntil(b"\n")).rstrip(b"\r\n").decode("utf-8", "replace")
            verb, _, argument = line.partition(" ")
            verb = verb.upper()
            self.server.commands.append(line if verb != "AUTH" else " ".join(line.split()[:2]))
            command = getattr(self, f"on_{verb.lower()}", None)
            if command is None:
                await self.send("502 5.5.2 unknown command")
            else:
                await command(argument)

    async def say(self, at: str, usual: str) -> bool:
        """Answer as scripted or as usual; return whether it was a yes (2xx or 3xx)."""
        return await self.act(self.find(at), usual)

    def find(self, at: str, rcpts: Sequence[str] | None = None) -> Rule:
        who = self.rcpts if rcpts is None else rcpts
        return self.server.rule(at, rcpt=who, message=self.message, connection=self.number)

    async def act(self, rule: Rule, usual: str | None) -> bool:
        if rule.delay:
            await asyncio.sleep(rule.delay)
        reply = usual if rule.reply is None and not rule.close else rule.reply
        if reply is not None:
            await self.send(reply)
        if rule.close:
            await self.close()
        return (reply or "5")[0] in "23"

    async def send(self, reply: str) -> None:
        self.writer.write(reply.replace("\n", "\r\n").encode() + b"\r\n")
        await self.writer.drain()

    async def close(self) -> None:
        """Close as a server does: what was said arrives, then the end."""
        self.writer.close()
        await asyncio.sleep(0.01)
        raise _Closed

    async def on_ehlo(self, _: str) -> None:
        offers = list(self.server.extensions)
        if self.server.offer_starttls and not self.secure:
            offers.append("STARTTLS")
        if self.server.users:
            offers.append("AUTH PLAIN LOGIN")
        await self.say(
            "EHLO", "\n".join(f"250-{offer}" for offer in ["test", *offers]) + "\n250 HELP"
        )

    async def on_helo(self, _: str) -> None:
        await self.send("250 test")

    async def on_starttls(self, _: str) -> None:
        if self.server.tls is None:
            await self.send("502 5.5.1 no TLS here")
        elif await self.say("STARTTLS", "220 2.0.0 go ahead"):
            await self.writer.start_tls(self.server.tls)
            self.secure = True

    async def on_auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        if mechanism.upper() == "PLAIN":
            _, name, password = base64.b64decode(initial or await self.ask("")).split(b"\0")
        else:
            name = base64.b64decode(initial or await self.ask("VXNlcm5hbWU6"))
            password = base64.b64decode(await self.ask("UGFzc3dvcmQ6"))
        right = (self.server.users or {}).get(name.decode()) == password.decode()
        self.user = name.decode() if right else ""
        usual = "235 2.7.0 welcome" if right else "535 5.7.8 wrong user name or password"
        await self.say("AUTH", usual)

    async def ask(self, challenge: str) -> bytes:
        await self.send(f"334 {challenge}")
        return (await self.reader.readuntil(b"\n")).strip()

    async def on_mail(self, argument: str) -> None:
        found = re.match(r"FROM:<([^>]*)>", argument, re.IGNORECASE)
        if self.server.users and not self.user:
            await self.send("530 5.7.0 log in first")
        elif self.mail_from is not None or not found:
            await self.send("503 5.5.1 one MAIL at a time")
        else:
            self.server.mails += 1
            self.message = self.server.mails
            if await self.say("MAIL", "250 2.1.0 OK"):
                self.mail_from = found[1]

    async def on_rcpt(self, argument: str) -> None:
        found = re.match(r"TO:<(.+)>", argument, re.IGNORECASE)
        if self.mail_from is None or not found:
            await self.send("503 5.5.1 MAIL first")
        elif await self.act(self.find("RCPT", [found[1]]), "250 2.1.5 OK"):
            self.rcpts.append(found[1])

    async def on_data(self, _: str) -> None:
        if not self.rcpts:
            await self.send("503 5.5.1 RCPT first")
        elif await self.say("DATA", "354 go ahead"):
            await self.take(await self.read_message())

    async def take(self, content: bytes) -> None:
        """Answer to the end of a message: the final dot, or BDAT LAST."""
        rule = self.find("DOT")
        # A line closed without a word means "not taken", unless the rule says `keep`.
        yes = rule.reply[0] == "2" if rule.reply else not rule.close
        if yes or rule.keep:
            assert self.mail_from is not None
            self.server.keep(self.mail_from, self.rcpts, content)
        self.forget()
        await self.act(rule, "250 2.0.0 taken")

    async def on_bdat(self, argument: str) -> None:
        """Take a chunk (RFC 3030), whatever comes of it: its bytes follow without being asked."""
        size, _, last = argument.partition(" ")
        chunk = await self.reader.readexactly(int(size))
        if not self.rcpts:
            await self.send("503 5.5.1 RCPT first")
            return
        self.chunks += chunk
        if not last:
            await self.say("BDAT", "250 2.0.0 chunk taken")
            return
        await self.take(bytes(self.chunks))

    async def read_message(self) -> bytes:
        """Read to the final dot; a rule at BODY strikes before it."""
        rule = self.find("BODY")
        lines: list[bytes] = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
            if rule.reply or rule.close or rule.delay:
                await self.act(rule, None)
                rule = Rule("BODY")
        return b"".join(lines)

    async def on_rset(self, _: str) -> None:
        self.forget()
        await self.say("RSET", "250 2.0.0 OK")

    async def on_quit(self, _: str) -> None:
        await self.send("221 2.0.0 bye")
        await self.close()

    def forget(self) -> None:
        self.mail_from, self.rcpts = None, []
        self.chunks = bytearray()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve as a process until asked to end."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines, one a message")
    parser.add_argument("--rule", action="append", default=[], help="a Rule's fields as JSON")
    parser.add_argument("--user", action="append", default=[], help="NAME:PASSWORD")
    options = parser.parse_args(arguments)
    server = RecordingServer(
        [Rule(**json.loads(text)) for text in options.rule],
        port=options.port,
        out=options.out,
        users=dict(user.split(":", 1) for user in options.user) or None,
    )
    asyncio.run(_serve_until_asked(server))


async def _serve_until_asked(server: RecordingServer) -> None:
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    await server.start()
    print(f"listening {server.host}:{server.port}", flush=True)
    await asked.wait()
    await server.stop()


if __name__ == "__main__":
    main()
