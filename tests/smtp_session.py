"""One connection to the recording server of tests/smtp_server.py, and how it misbehaves."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from tests.smtp_rules import Rule


class Server(Protocol):
    """What a connection needs of its server."""

    connections: int
    mails: int
    implicit: bool
    offer_starttls: bool
    tls: ssl.SSLContext | None
    users: dict[str, str] | None
    extensions: tuple[str, ...]
    commands: list[str]

    def rule(self, at: str, *, rcpt: Sequence[str] = (), message: int, connection: int) -> Rule: ...

    def keep(self, mail_from: str, rcpts: Sequence[str], content: bytes) -> None: ...


class Closed(Exception):  # noqa: N818
    """The script says to close here."""


class Session:
    """One connection."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
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
            await self.send(reply, drip=rule.drip)
        if rule.reset:
            self.reset()
        if rule.close:
            await self.close()
        return (reply or "5")[0] in "23"

    async def send(self, reply: str, *, drip: float = 0) -> None:
        data = reply.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n"
        size = 1 if drip else len(data)
        for start in range(0, len(data), size):
            if drip and start:
                await asyncio.sleep(drip)
            self.writer.write(data[start : start + size])
            await self.writer.drain()

    def reset(self) -> None:
        """Cut the line without a goodbye: what was not read yet is lost on both sides."""
        line: socket.socket = self.writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        raise Closed

    async def close(self) -> None:
        """Close as a server does: what was said arrives, then the end."""
        self.writer.close()
        await asyncio.sleep(0.01)
        raise Closed

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
        taken, idle = "250 2.0.0 taken", self.find("IDLE") if yes else Rule("IDLE")
        if not rule.reply and idle.reply and not idle.drip:
            # In one piece: what comes later could be the answer to the next MAIL.
            taken = f"{taken}\n{idle.reply}"
            idle = replace(idle, reply=None)
        if await self.act(rule, taken):
            await self.act(idle, None)

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
        await self.say("QUIT", "221 2.0.0 bye")
        await self.close()

    def forget(self) -> None:
        self.mail_from, self.rcpts = None, []
        self.chunks = bytearray()
