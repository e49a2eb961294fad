"""The proof of a compiled edition: a sample is filled, parsed by another hand, and compared.

The standard library's parser is that other hand. It runs once per edition, never per recipient, and
catches what a later change to the header or base64 code could break: a header too many, a part that
does not decode to what was rendered, a line that a server would refuse.
"""

from __future__ import annotations

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage

from digest.errors import DigestError
from digest.model.edition import Personal, Placeholder

_LINK = "https://example.org/a/sample?choice=accept&part='1'"
SAMPLE_DATE = datetime(2023, 3, 31, 9, 30, tzinfo=UTC)
SAMPLE_ID = "<1.1.sample@example.org>"
#: A reader with a value for every placeholder, and everything in it that needs escaping.
SAMPLE = Personal(
    name='Zoë “Q” O\'Neil <山田> & "Sons"',
    address="reader@example.org",
    links={
        Placeholder.LEAVE_URL: _LINK,
        Placeholder.ACCEPT_URL: _LINK,
        Placeholder.DECLINE_URL: _LINK,
    },
)
_MAX_LINE = 998  # RFC 5322, section 2.1.1
_FIELDS = (
    ("From", "To", "Subject", "Date", "Message-ID"),
    ("Reply-To",),
    ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence", "Auto-Submitted"),
    ("MIME-Version", "Content-Type", "Content-Language"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What the sample must say, filled in the plain way."""

    subject: str
    text: str
    """With CRLF line ends, as the HTML."""
    html: str
    sender: str
    """The address of From, in ASCII."""
    reply_to: bool
    language: str


def prove(content: bytes, expected: Expected) -> None:
    """Let the bytes of a sample pass that say exactly what is expected.

    Raises:
        DigestError: they do not. This is a defect of the program, found before anything was sent.
    """
    _refuse_illegal_lines(content)
    message = email.message_from_bytes(content, policy=policy.default)
    head, reply_to, lists, mime = _FIELDS
    fields = [*head, *(reply_to if expected.reply_to else ()), *lists, *mime]
    _same("headers", message.keys(), fields)
    # The legacy decoder: that of `policy.default` puts spaces between adjacent encoded words.
    fields_read = email.message_from_bytes(content, policy=policy.compat32).items()
    raw = {name: value.replace("\r\n", "") for name, value in fields_read}
    _same("subject", str(make_header(decode_header(raw["Subject"]))), expected.subject)
    _same("From", [mailbox.addr_spec for mailbox in message["From"].addresses], [expected.sender])
    _same("To", [mailbox.addr_spec for mailbox in message["To"].addresses], [SAMPLE.address])
    _same("Message-ID", raw["Message-ID"], SAMPLE_ID)
    _same("List-Unsubscribe", raw["List-Unsubscribe"], f"<{_LINK}>")
    _same("one-click", raw["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
    _same("language", raw["Content-Language"], expected.language)
    _same("date", message["Date"].datetime, SAMPLE_DATE)
    _same("parts", *_parts(message, expected))


def _parts(message: EmailMessage, expected: Expected) -> tuple[object, object]:
    found = [
        (part.get_content_type(), part.get_content_charset(), part.get_content(), part.defects)
        for part in message.iter_parts()
    ]
    wanted: list[object] = [
        ("text/plain", "utf-8", expected.text, []),
        ("text/html", "utf-8", expected.html, []),
    ]
    return (message.get_content_type(), message.defects, found), (
        "multipart/alternative",
        [],
        wanted,
    )


def _refuse_illegal_lines(content: bytes) -> None:
    _same("character set", content.isascii(), True)
    lines = content.split(b"\r\n")
    _same("line ends", any(b"\r" in line or b"\n" in line for line in lines), False)
    _same("line lengths", max(map(len, lines)) <= _MAX_LINE, True)


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise DigestError(
            "",
            f"the {what} of a composed sample differ from what was rendered",
            "Nothing was sent. Please report this with the edition's HTML and text.",
        )
