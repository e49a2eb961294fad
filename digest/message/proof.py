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
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser

from digest.errors import DigestError
from digest.message.aligned import ROW
from digest.message.canonical import relaxed_body
from digest.model.edition import Personal, Placeholder
from digest.model.picture import Picture

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
    pictures: tuple[Picture, ...] = ()
    """Those that travel inside the message; only the first line of each stands in the sample."""


def prove(content: bytes, expected: Expected) -> None:
    """Let the bytes of a sample pass that say exactly what is expected.

    Raises:
        DigestError: they do not. This is a defect of the program, found before anything was sent.
    """
    _refuse_illegal_lines(content)
    body = content.partition(b"\r\n\r\n")[2]
    _same("canonical body", relaxed_body(body), body)
    message = email.message_from_bytes(content, policy=policy.default)
    head, reply_to, lists, mime = _FIELDS
    fields = [*head, *(reply_to if expected.reply_to else ()), *lists, *mime]
    _same("headers", message.keys(), fields)
    # The legacy decoder: that of `policy.default` puts spaces between adjacent encoded words.
    fields_read = BytesHeaderParser(policy=policy.compat32).parsebytes(content).items()
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


def prove_picture(wire: bytes, picture: Picture) -> None:
    """Let the wire bytes of a picture's part pass that say exactly what it is.

    Raises:
        DigestError: they do not. This is a defect of the program, found before anything was sent.
    """
    _refuse_illegal_lines(wire)
    part = email.message_from_bytes(wire, policy=policy.default)
    _same("picture", _told(part), _expected_part(picture, picture.content))


def _parts(message: EmailMessage, expected: Expected) -> tuple[object, object]:
    text: object = ("text/plain", "utf-8", expected.text, [])
    html: object = ("text/html", "utf-8", expected.html, [])
    if expected.pictures:
        shown = [_expected_part(each, each.content[:ROW]) for each in expected.pictures]
        html = ("multipart/related", [], [html, *shown])
    return _told(message), ("multipart/alternative", [], [text, html])


def _expected_part(picture: Picture, content: bytes) -> object:
    return picture.media_type, f"<{picture.content_id}>", picture.file_name, content, []


def _told(part: EmailMessage | MIMEPart) -> object:
    """Return what a part and those within it say, as the standard library reads them."""
    kind = part.get_content_type()
    if part.is_multipart():
        return kind, part.defects, [_told(each) for each in part.iter_parts()]
    if part.get_content_maintype() == "text":
        return kind, part.get_content_charset(), part.get_content(), part.defects
    return kind, part["Content-ID"], part.get_filename(), part.get_content(), part.defects


def _refuse_illegal_lines(content: bytes) -> None:
    _same("character set", content.isascii(), True)
    lines = content.split(b"\r\n")
    _same("line ends", any(b"\r" in line or b"\n" in line for line in lines), False)
    _same("line lengths", max(map(len, lines)) <= _MAX_LINE, True)
    _same("last line", lines[-1], b"")
    _same("leading dots", any(line.startswith(b".") for line in lines), False)


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise DigestError(
            "",
            f"the {what} of a composed sample differ from what was rendered",
            "Nothing was sent. Please report this with the edition's HTML and text.",
        )
