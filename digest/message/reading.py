"""Any message read: headers in order, the tree of parts, HTML and text. For showing, not for trust.

The composer's own messages are proved by another hand (`proof`); this reads what anybody may have
sent to the capture server. What must stay true: any bytes are read, nothing is raised, and what is
wrong with them is said in `odd`; time and memory grow with the length only.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

from digest.message.charsets import decode_text, known_charset
from digest.message.field_values import decode_base64, field_text, split_parameters, unfolded
from digest.message.part_tree import Branch, RawField, cut_into_parts

#: What is shown of one text; a mail's own is a hundredth of it.
LONGEST_TEXT = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderField:
    """One field: as a reader sees it, and as it stands in the message."""

    name: str
    value: str
    raw: str


@dataclass(frozen=True, kw_only=True)
class MessagePart:
    """One part of a message. Its content is decoded when it is asked for, and once."""

    number: str
    """Its place in the tree, such as `1.2`."""
    depth: int
    headers: tuple[HeaderField, ...]
    content_type: str
    charset: str
    """As the part names it; "" where it names none."""
    encoding: str
    """Content-Transfer-Encoding in lower case; "7bit" where none is named (RFC 2045, 6.1)."""
    disposition: str
    """`inline`, `attachment` or ""."""
    file_name: str
    content_id: str
    """Without its angle brackets."""
    is_container: bool
    """True for a multipart, and for a message within the message."""
    odd: tuple[str, ...]
    """What is not as it should be, each a sentence about the part."""
    body: bytes
    """As it stands in the message; empty for a container."""

    @cached_property
    def content(self) -> bytes:
        """Return the body decoded; as it stands where its encoding is unknown."""
        if self.encoding == "base64":
            return decode_base64(self.body) or b""
        if self.encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body

    @property
    def size(self) -> int:
        """Return the length of the content in bytes."""
        return len(self.content)

    @cached_property
    def text(self) -> str:
        """Return the content as text."""
        return self._decoded[0]

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return all that is odd about the part, its bytes included."""
        if self.is_container or not self.content_type.startswith("text/") or self._decoded[1]:
            return self.odd
        if self.charset and not known_charset(self.charset):
            return (*self.odd, f"its charset {self.charset!r} is unknown")
        return (*self.odd, f"its bytes are not {self.charset or 'in the charset that it names'}")

    @property
    def is_attachment(self) -> bool:
        """Return whether it is to be kept as a file, not shown in the mail."""
        return self.disposition == "attachment"

    @cached_property
    def _decoded(self) -> tuple[str, bool]:
        html, content = self.content_type == "text/html", self.content
        text, fits = decode_text(content[:LONGEST_TEXT], self.charset, html=html)
        return text, fits or len(content) > LONGEST_TEXT


@dataclass(frozen=True, kw_only=True)
class ReadMessage:
    """A message as it was read."""

    raw: bytes
    parts: tuple[MessagePart, ...]
    """In the order of the message; the first one is the message itself."""

    @property
    def headers(self) -> tuple[HeaderField, ...]:
        """Return the message's own header fields, in order."""
        return self.parts[0].headers

    def header(self, name: str) -> str:
        """Return the first field of a name as a reader sees it, or ""."""
        wanted = name.lower()
        return next((one.value for one in self.headers if one.name.lower() == wanted), "")

    @property
    def subject(self) -> str:
        """Return the subject as a reader sees it."""
        return self.header("Subject")

    @property
    def sent_at(self) -> datetime | None:
        """Return what Date says, in UTC; None where it says nothing that can be read."""
        try:
            found = parsedate_to_datetime(self.header("Date"))
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError, IndexError):
            return None

    @cached_property
    def html_part(self) -> MessagePart | None:
        """Return the part that a mail program shows as HTML, or None."""
        return self._shown("text/html")

    @cached_property
    def text_part(self) -> MessagePart | None:
        """Return the part that is shown where HTML is not, or None."""
        return self._shown("text/plain")

    @property
    def html(self) -> str:
        """Return the HTML, or ""."""
        return self.html_part.text if self.html_part else ""

    @property
    def text(self) -> str:
        """Return the plain text, or ""."""
        return self.text_part.text if self.text_part else ""

    @property
    def attachments(self) -> tuple[MessagePart, ...]:
        """Return the parts that are neither container nor shown as the mail's HTML or text."""
        shown = (self.html_part, self.text_part)
        return tuple(one for one in self.parts if not one.is_container and one not in shown)

    @cached_property
    def by_content_id(self) -> dict[str, MessagePart]:
        """Return the parts that a `cid:` in the HTML can mean, by their id."""
        found: dict[str, MessagePart] = {}
        for part in self.parts:
            if part.content_id and not part.is_container:
                found.setdefault(part.content_id, part)
        return found

    def part(self, number: str) -> MessagePart | None:
        """Return a part by its number, or None."""
        return next((one for one in self.parts if one.number == number), None)

    @property
    def odd(self) -> tuple[str, ...]:
        """Return what is wrong with the message: sentences, each with the part it is about."""
        return tuple(
            f"{'message' if one.number == '1' else f'part {one.number}'}: {what}"
            for one in self.parts
            for what in one.troubles
        )

    def _shown(self, kind: str) -> MessagePart | None:
        skipped = ""
        for part in self.parts:
            if skipped and part.number.startswith(skipped):
                continue
            if part.content_type == "message/rfc822":
                skipped = f"{part.number}."  # somebody else's message
            elif part.content_type == kind and not part.is_attachment and not part.is_container:
                return part
        return None


def read_message(raw: bytes) -> ReadMessage:
    """Read a message (RFC 5322, RFC 2045-2047, RFC 2231); any bytes are one, and nothing raises."""
    data = raw
    if b"\n" not in raw and b"\r" in raw:
        data = raw.replace(b"\r", b"\n")  # written by a machine whose lines end so
    branches = cut_into_parts(data)
    return ReadMessage(raw=raw, parts=tuple(_part(data, branch) for branch in branches))


def _part(data: bytes, branch: Branch) -> MessagePart:
    is_container = bool(branch.children)
    disposition, options = split_parameters(branch.first("Content-Disposition"))
    encoding = branch.first("Content-Transfer-Encoding").lower() or "7bit"
    return MessagePart(
        number=branch.number,
        depth=branch.depth,
        headers=tuple(map(_field, branch.fields)),
        content_type=branch.content_type,
        charset=branch.parameters.get("charset", ""),
        encoding=encoding,
        disposition=disposition,
        file_name=options.get("filename", "") or branch.parameters.get("name", ""),
        content_id=_without_brackets(branch.first("Content-ID")),
        is_container=is_container,
        odd=tuple(branch.odd),
        body=b"" if is_container else data[branch.start : branch.end],
    )


def _field(one: RawField) -> HeaderField:
    raw = decode_text(one.value)[0].strip(" ")
    return HeaderField(name=one.name, value=field_text(one.value), raw=raw)


def _without_brackets(said: str) -> str:
    found = re.search(r"<([^<>]{1,300})>", said)
    return found[1].strip() if found else unfolded(said.encode("utf-8", "replace")).strip()
