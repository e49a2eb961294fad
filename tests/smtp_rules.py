"""What the recording server of tests/smtp_server.py can be told to do other than usual."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

#: Where a rule can stand. BODY acts as soon as a message has begun; IDLE, once the first has been
#: taken, without being asked.
STAGES = (
    *("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "BODY", "DOT"),
    *("RSET", "QUIT", "IDLE"),
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
    reset: bool = False
    """Cut the line with a TCP reset instead."""
    drip: float = 0.0
    """Send the reply byte by byte, with so many seconds between them."""
    delay: float = 0.0
    """Wait so many seconds before the reply (at DOT: after the message is on disk)."""
    used: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Refuse a stage that never comes."""
        if self.at not in STAGES:
            raise ValueError(f"no stage {self.at!r}; there are {', '.join(STAGES)}")
        self.close = self.close or self.reset


def read_record(path: Path) -> list[Message]:
    """Return what a server wrote to `out`; a last line that was cut by a kill does not count."""
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    return [
        Message(row["mail_from"], row["rcpt"], base64.b64decode(row["content"])) for row in rows
    ]
