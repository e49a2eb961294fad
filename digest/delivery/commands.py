"""The commands of one message, and whether it can be handed over at all (RFC 5321 section 3.3).

What must stay true: nothing of an envelope can end a command or begin another one. The message's
bytes are not touched but for dot-stuffing, and not even looked at where the composer vouches for
them (`Envelope.wire_ready`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from digest.delivery.replies import own_reply
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict

#: What can stand between the angle brackets of a path without ending it or the command (RFC 5321
#: 4.1.2). Looser than the grammar, as real mailboxes are (`a..b@docomo.ne.jp`): the server judges.
#: No halves of characters, which could not be written.
_MAILBOX = re.compile(
    r'(?:[^\s<>"@\x00-\x20\x7f-\x9f\ud800-\udfff]+'
    r'|"(?:[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\[\x20-\x7e])*")'
    r"@[^\s<>\"@\x00-\x20\x7f-\x9f\ud800-\udfff]+"
)

#: What xtext writes as itself (RFC 3461 section 4), and no longer than section 4.4 allows.
_ENVELOPE_ID = re.compile(r"[!-*,-<>-~]{1,100}")

_LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offers:
    """What a server can do, of what its EHLO named."""

    pipelining: bool = False
    chunking: bool = False
    size: bool = False
    largest: int = 0
    """The largest message it takes; 0: it does not say."""
    eight_bit: bool = False
    smtputf8: bool = False
    dsn: bool = False

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Offers:
        """Read the extensions of the last EHLO, names in lower case."""
        largest = extensions.get("size", "").strip()
        return cls(
            pipelining="pipelining" in extensions,
            chunking="chunking" in extensions,
            size="size" in extensions,
            largest=int(largest) if re.fullmatch("[0-9]{1,18}", largest) else 0,
            eight_bit="8bitmime" in extensions,
            smtputf8="smtputf8" in extensions,
            dsn="dsn" in extensions,
        )


@dataclass(kw_only=True, slots=True)
class Commands:
    """MAIL and RCPT of one message, each with its line end, and the bytes that follow."""

    mail: bytes
    rcpt: bytes
    content: bytes
    """With CRLF at its end, not dot-stuffed."""
    ready: bool
    """Whether no line of it begins with a dot."""

    @property
    def body(self) -> bytes:
        """Return the content as it follows DATA, without the final dot."""
        return self.content if self.ready else dot_stuffed(self.content)


def commands_for(envelope: Envelope, offers: Offers) -> Commands | Reply:
    """Return the commands of a message, or why it cannot be handed to this server."""
    sender, recipient = envelope.sender, envelope.recipient
    content = envelope.content
    beyond_ascii = envelope.smtputf8 or not (sender.isascii() and recipient.isascii())
    takes_both = offers.smtputf8 or not beyond_ascii
    unfit = _unfit_paths(sender, recipient, takes_both) or _too_large(content, offers)
    parameters = f" SIZE={len(content)}" if offers.size else ""
    if not envelope.wire_ready:
        unfit = unfit or _unfit_content(content, offers)
        if not content.isascii():
            parameters += " BODY=8BITMIME"
        if not content.endswith(b"\r\n"):
            content += b"\r\n"
    if unfit is not None:
        return unfit
    if beyond_ascii:
        parameters += " SMTPUTF8"
    notify = ""
    # RFC 3461 section 4.1: nobody could be told of a message without a sender.
    if offers.dsn and sender:
        parameters += " RET=HDRS"
        notify = " NOTIFY=FAILURE"
        if _ENVELOPE_ID.fullmatch(envelope.envelope_id):
            parameters += f" ENVID={envelope.envelope_id}"
    return Commands(
        mail=f"MAIL FROM:<{sender}>{parameters}\r\n".encode(),
        rcpt=f"RCPT TO:<{recipient}>{notify}\r\n".encode(),
        content=content,
        ready=envelope.wire_ready,
    )


def dot_stuffed(content: bytes) -> bytes:
    """Return a message as it follows DATA, without the final dot (RFC 5321 4.5.2)."""
    return _LEADING_DOT.sub(b"..", content)


def _unfit_paths(sender: str, recipient: str, takes_both: bool) -> Reply | None:
    """Return why the two addresses cannot stand in commands, or None (RFC 6531 section 3.1)."""
    if sender and not _MAILBOX.fullmatch(sender):
        return own_reply(Verdict.BLOCKED, "the sender is not an address", "5.1.7")
    if not takes_both and not sender.isascii():
        return own_reply(Verdict.BLOCKED, "the server takes ASCII senders only", "5.6.7")
    if not _MAILBOX.fullmatch(recipient):
        return own_reply(Verdict.REFUSED, "this is not an address", "5.1.3")
    if not takes_both:
        text = "the server takes ASCII addresses only (it does not offer SMTPUTF8)"
        return own_reply(Verdict.REFUSED, text, "5.6.7")
    return None


def _too_large(content: bytes, offers: Offers) -> Reply | None:
    """Return that the server has said before that it takes no message of this size, or None."""
    if not 0 < offers.largest < len(content):
        return None
    text = f"the message has {len(content)} bytes, and the server takes {offers.largest} at most"
    return own_reply(Verdict.BLOCKED, text, "5.3.4")


def _unfit_content(content: bytes, offers: Offers) -> Reply | None:
    """Return why the bytes cannot be sent as they are, or None.

    A lone CR or LF would have to be changed, which breaks a signature, or could end the message in
    a server's eyes (SMTP smuggling); RFC 5321 2.3.8 forbids it. The fault is ours, so all wait.
    """
    if _LONE_LINE_END.search(content):
        return own_reply(Verdict.BLOCKED, "the message has line ends other than CRLF", "5.6.0")
    if not content.isascii() and not offers.eight_bit:
        text = "the message has 8-bit bytes and the server does not offer 8BITMIME"
        return own_reply(Verdict.BLOCKED, text, "5.6.3")
    return None
