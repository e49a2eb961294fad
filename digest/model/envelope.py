"""The bytes of one message, its sender and its one recipient (RFC 5321)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What is handed to an SMTP server."""

    sender: str
    """The return path: where reports of this message go."""
    recipient: str
    content: bytes = field(repr=False)
    """The message with CRLF line ends, not dot-stuffed."""
    wire_ready: bool = False
    """ASCII, CRLF only, ends in CRLF, no line over 998 bytes, and no line begins with a dot: the
    bytes go over the wire as they are, and nobody looks at them again. Who sets it vouches."""
    envelope_id: str = ""
    """What a report calls this message by (RFC 3461, section 4.4, ENVID): nothing personal, and
    only what xtext writes as itself. Empty: none."""
    smtputf8: bool = False
    """The local part of the recipient is not ASCII, so MAIL needs SMTPUTF8 (RFC 6531)."""
