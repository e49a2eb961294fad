"""What a client has said to an SMTP server by some instant, read from what left its process."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.power.witness import Event

_PATH = re.compile(rb"<([^>]*)>")
_END = b"\r\n.\r\n"


@dataclass
class Said:
    """All that was said, over every connection; each list in its order, by recipient."""

    begun: list[str] = field(default_factory=list)
    """MAIL and RCPT are on the wire."""
    ended: list[str] = field(default_factory=list)
    """The last byte is on the wire: the server may take it."""
    first: int | None = None
    """When the first MAIL was said."""
    last: int | None = None
    """When the last message was ended."""


def said(events: Iterable[Event]) -> Said:
    """Return what was said by the end of these events."""
    heard = Said()
    lines: dict[int, _Line] = {}
    for event in events:
        if event.kind == "N":
            begun, ended = len(heard.begun), len(heard.ended)
            lines.setdefault(event.what, _Line(heard)).feed(event.data)
            if len(heard.begun) > begun and heard.first is None:
                heard.first = event.index
            if len(heard.ended) > ended:
                heard.last = event.index
    return heard


class _Line:
    """One connection: commands, and messages that are skipped to their end."""

    def __init__(self, heard: Said) -> None:
        self._heard = heard
        self._buffer = bytearray()
        self._recipient = ""
        self._in_message = False
        self._chunk = 0
        self._last = False

    def feed(self, data: bytes) -> None:
        self._buffer += data
        while self._reads():
            pass

    def _reads(self) -> bool:
        if self._chunk > len(self._buffer):
            return False
        if self._chunk:
            del self._buffer[: self._chunk]
            self._chunk = 0
            if self._last:
                self._heard.ended.append(self._recipient)
            return True
        end = self._buffer.find(_END if self._in_message else b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        if self._in_message:
            del self._buffer[: end + len(_END)]
            self._in_message = False
            self._heard.ended.append(self._recipient)
        else:
            del self._buffer[: end + 2]
            self._command(line)
        return True

    def _command(self, line: bytes) -> None:
        verb, _, argument = line.partition(b" ")
        if verb == b"RCPT":
            path = _PATH.search(argument)
            assert path, line
            self._recipient = path[1].decode()
            self._heard.begun.append(self._recipient)
        elif verb == b"DATA":
            self._in_message = True
        elif verb == b"BDAT":
            size, *last = argument.split()
            self._chunk, self._last = int(size), bool(last)
            if not self._chunk and self._last:
                self._heard.ended.append(self._recipient)
