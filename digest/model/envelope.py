"""The bytes of one message, its sender and its one recipient (RFC 5321)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What is handed to an SMTP server."""

    sender: str
    recipient: str
    content: bytes = field(repr=False)
    """The message with CRLF line ends, not dot-stuffed."""
