"""A real SMTP server that records what it takes and misbehaves on request, for everybody's tests.

In a test::

    with RecordingServer() as server:                      # a thread with a loop of its own
        ...send to server.host, server.port...
    server.messages                                        # [Message(mail_from, rcpt, content)]

    RecordingServer([Rule("RCPT", "550 5.1.1 no such user", rcpt="gone@example.org")])
    RecordingServer([Rule("DOT", "451 4.3.0 later", message=3, times=1)])   # the third MAIL, once
    RecordingServer([Rule("DOT", close=True, keep=True)])  # takes the message, never says so
    RecordingServer([Rule("RCPT", reset=True)])            # more in tests/smtp_rules.py
    RecordingServer([Rule("MAIL", "421 4.3.2 bye", close=True, times=1)])
    RecordingServer(users={"digest": "secret"})            # asks for a login; others get 535
    tls = make_certificate(tmp_path).context()             # of tests/certificates.py
    RecordingServer(tls=tls)                               # offers STARTTLS
    RecordingServer(tls=tls, implicit=True)                # TLS from the start
    RecordingServer(tls=tls, offer_starttls=False)         # STARTTLS stripped from the offer
    RecordingServer(out=tmp_path / "taken.jsonl")          # and read_record(tmp_path / ...)

As a process, for tests that kill one side::

    python -m tests.smtp_server --port 0 --out taken.jsonl --rule '{"at": "DOT", "delay": 0.01}'

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
import signal
import ssl
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

from tests.smtp_rules import EXTENSIONS, STAGES, Message, Rule, read_record
from tests.smtp_session import Closed, Session

__all__ = ["EXTENSIONS", "STAGES", "Message", "RecordingServer", "Rule", "read_record"]


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
            await Session(self, reader, writer).run()
        except (OSError, EOFError, asyncio.CancelledError, Closed):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


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
