"""The heart: an edition's MIME encoded once, and per recipient only what is personal filled in.

A message is static wire bytes with holes. Compiling does everything that is the same for all who
share the edition, proves by parsing a sample back with the standard library that the result says
what was rendered, and refuses an edition whose markers were altered. Filling is some microseconds:
values are checked, escaped by the part they go into, encoded with the few bytes at their edges, and
joined. What must stay true, whatever a value holds: ASCII, CRLF, no line over 998 bytes, none that
begins with a dot (a folded line begins with a space, base64 has no dot, a boundary begins with
hyphens), no header that is not in the list below; and the same values give the same bytes. Only an
address that is not ASCII itself stands in To as it is.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from digest.errors import DigestError, RecipientError
from digest.message.aligned import AlignedBody
from digest.message.canonical import fields
from digest.message.headers import (
    addr_spec,
    address_field,
    date_field,
    identifier_field,
    list_id_field,
    recipient_spec,
    refuse_unsafe,
    text_field,
    to_field,
    uri_field,
)
from digest.message.markers import (
    Cut,
    cut,
    fill_html,
    fill_subject,
    fill_text,
    plain_values,
    refuse_altered,
    refuse_missing,
)
from digest.message.pictures import PictureParts, embedded
from digest.model.edition import Personal, Placeholder, Rendered
from digest.model.newsletter import Letterhead

_LINE_END = re.compile(r"\r\n|\r|\n")
_LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_NAME, _LEAVE_URL = Placeholder.NAME, Placeholder.LEAVE_URL
_ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


class Filled(NamedTuple):
    """A message of one recipient in the pieces that it is joined from."""

    own: tuple[bytes, ...]
    """The header fields that not all recipients have, or have the same."""
    head: list[bytes]
    """All header fields in their order, and the empty line after them."""
    body: list[bytes]


class Program:
    """A compiled edition: fill it once per recipient."""

    def __init__(
        self,
        rendered: Rendered,
        letterhead: Letterhead,
        *,
        language: str,
        prefix: str = "",
        parts: PictureParts,
    ) -> None:
        """Encode all that is static; `compile_program` also proves the result."""
        self.rendered = rendered
        self._subject = cut(prefix + rendered.subject, rendered.markers)
        self._text = _aligned(rendered.text, rendered.markers)
        self._html = _aligned(rendered.html, rendered.markers)
        self._body_holes = tuple(dict.fromkeys((*self._text.holes, *self._html.holes)))
        self._holes = tuple(dict.fromkeys((*self._subject.holes, *self._body_holes)))
        boundary = _boundary(rendered)
        self._from = address_field(
            "From", letterhead.sender.name, letterhead.sender.address, "From "
        )
        self._subject_field = b"" if self._subject.holes else _subject_field(self._subject, {})
        self._list = _list_fields(letterhead)
        self._last_fields = _last_fields(boundary, language)
        self.fixed = tuple(
            fields(self._from + self._subject_field + self._list + self._last_fields)
        )
        self._opening = f"--{boundary}\r\n".encode() + _part_head("plain")
        self.pictures = embedded(rendered)
        inner = boundary.replace("digest", "pictures") if self.pictures else ""
        self._middle = f"--{boundary}\r\n".encode() + _related_head(inner) + _part_head("html")
        # Not joined: the bytes of a picture are shared by all editions that show it.
        self._closing: list[bytes] = []
        for picture in self.pictures:
            part = parts.part(picture)
            self._closing += (f"--{inner}\r\n".encode(), part.head, part.body)
        ends = (f"--{end}--\r\n" for end in (inner, boundary) if end)
        self._closing.append("".join(ends).encode())

    def fill(self, personal: Personal, *, date: datetime, message_id: str) -> bytes:
        """Return the message of one recipient, as `pieces` says."""
        values = plain_values(self.rendered, personal)
        recipient = recipient_spec(personal.address)
        filled = self.pieces(values, recipient, date, message_id)
        return b"".join(filled.head + filled.body)

    def pieces(
        self,
        values: Mapping[Placeholder, str],
        recipient: str,
        date: datetime,
        message_id: str,
    ) -> Filled:
        """Return the message of one recipient, not joined yet.

        `values` are those that `checked_values` returned, `recipient` is the address as
        `recipient_spec` wrote it. The message is ready for the wire (`Envelope.wire_ready`) but
        where the address is not ASCII.

        Raises:
            RecipientError: a value cannot stand in a message, or a hole has none.
        """
        refuse_missing(self._holes, values)
        own = [
            to_field(values[_NAME], recipient),
            date_field(date),
            identifier_field("Message-ID", message_id),
        ]
        subject = self._subject_field
        if not subject:
            own.append(subject := _subject_field(self._subject, values))
        head = [self._from, own[0], subject, own[1], own[2], self._list]
        if leave := values.get(_LEAVE_URL):
            list_unsubscribe = (uri_field("List-Unsubscribe", leave), _ONE_CLICK)
            own += list_unsubscribe
            head += list_unsubscribe
        head.append(self._last_fields)
        return Filled(tuple(own), head, self._body(values))

    def _body(self, values: Mapping[Placeholder, str]) -> list[bytes]:
        text = {hole: values[hole].encode() for hole in self._body_holes}
        marked_up = text if _is_no_markup(b"".join(text.values())) else _in_html(text)
        out = [self._opening]
        self._text.fill(text, out)
        out.append(self._middle)
        self._html.fill(marked_up, out)
        out += self._closing
        return out


def compile_program(
    rendered: Rendered,
    letterhead: Letterhead,
    *,
    language: str,
    prefix: str = "",
    parts: PictureParts | None = None,
) -> Program:
    """Compile an edition; `prefix` stands before the subject, `parts` holds pictures to share.

    Raises:
        DigestError: a marker was altered or left over, a picture is not there, something static
            cannot stand in a message, or a sample does not parse back to what was rendered.
    """
    parts = parts or PictureParts()
    refuse_altered(rendered)
    if not _LANGUAGE.fullmatch(language):
        raise DigestError(
            "", f"{language!r} is not a language tag", "Write it like 'en' or 'zh-Hans'."
        )
    refuse_unsafe(prefix + rendered.subject, "subject", DigestError)
    refuse_unsafe(rendered.greeting_named + rendered.greeting_plain, "greeting", DigestError)
    try:
        program = Program(rendered, letterhead, language=language, prefix=prefix, parts=parts)
    except UnicodeEncodeError as error:
        raise DigestError("", "the edition holds half a character (a lone surrogate)") from error
    except RecipientError as error:  # of the letterhead here, so of nobody's entry
        raise DigestError(error.where, error.what, error.hint) from error
    _prove(program, letterhead, language=language, prefix=prefix, parts=parts)
    return program


def canonical(text: str) -> str:
    """Return a text with CRLF line ends, the last one included (RFC 2046, section 4.1.1)."""
    lines = _LINE_END.sub("\r\n", text)
    return lines if lines.endswith("\r\n") else lines + "\r\n"


def ascii_domain(letterhead: Letterhead) -> str:
    """Return the domain of From, for Message-IDs and List-Id."""
    return addr_spec(letterhead.sender.address, "From address").rpartition("@")[2]


def _prove(
    program: Program, letterhead: Letterhead, *, language: str, prefix: str, parts: PictureParts
) -> None:
    from digest.message.proof import SAMPLE, SAMPLE_DATE, SAMPLE_ID, Expected, prove

    rendered = program.rendered
    expected = Expected(
        subject=prefix + fill_subject(rendered, SAMPLE),
        text=canonical(fill_text(rendered, SAMPLE)),
        html=canonical(fill_html(rendered, SAMPLE)),
        sender=addr_spec(letterhead.sender.address),
        reply_to=letterhead.reply_to is not None,
        language=language,
        pictures=program.pictures,
    )
    content = program.fill(SAMPLE, date=SAMPLE_DATE, message_id=SAMPLE_ID)
    for picture in program.pictures:
        # A picture's bytes were proved once for all editions; here its place among the parts is.
        content = parts.part(picture).shorten(content)
    prove(content, expected)


def _aligned(template: str, markers: Mapping[str, Placeholder]) -> AlignedBody:
    opened = cut(canonical(template), markers)
    return AlignedBody([static.encode() for static in opened.statics], opened.holes)


def _in_html(values: Mapping[Placeholder, bytes]) -> dict[Placeholder, bytes]:
    return {
        hole: raw if _is_no_markup(raw) else html.escape(raw.decode()).encode()
        for hole, raw in values.items()
    }


def _is_no_markup(raw: bytes) -> bool:
    """Return whether escaping would change nothing: so nearly always, and found out faster."""
    return len(raw.translate(None, b"&<>\"'")) == len(raw)


def _subject_field(subject: Cut, values: Mapping[Placeholder, str]) -> bytes:
    return text_field("Subject", subject.fill(values))


def _list_fields(letterhead: Letterhead) -> bytes:
    reply_to = b""
    if letterhead.reply_to:
        mailbox = letterhead.reply_to
        reply_to = address_field("Reply-To", mailbox.name, mailbox.address, "Reply-To ")
    return reply_to + list_id_field(
        letterhead.name, letterhead.newsletter, ascii_domain(letterhead)
    )


def _last_fields(boundary: str, language: str) -> bytes:
    fields = (
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        f"Content-Language: {language}",
        "",
        "",
    )
    return "\r\n".join(fields).encode()


def _related_head(boundary: str) -> bytes:
    """Return the head that puts the HTML together with its pictures (RFC 2387); "" opens none."""
    if not boundary:
        return b""
    kind = f'Content-Type: multipart/related; type="text/html";\r\n boundary="{boundary}"'
    return f"{kind}\r\n\r\n--{boundary}\r\n".encode()


def _part_head(subtype: str) -> bytes:
    kind = f'Content-Type: text/{subtype}; charset="utf-8"'
    return f"{kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()


def _boundary(rendered: Rendered) -> str:
    """Return a boundary that depends on the content only.

    It cannot occur in a body: base64 has no underscore.
    """
    said = "\0".join((rendered.subject, rendered.text, rendered.html))
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    return f"=_digest_{digest[:20]}"
