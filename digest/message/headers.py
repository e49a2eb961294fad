"""Header fields as wire bytes, written by ourselves.

The standard library's generator encodes `List-Unsubscribe` as an RFC 2047 word when it is long,
drops the quotes of long names and lets an encoded word smuggle a line break into a header
(CVE-2024-6923), so nothing here goes through it. What must stay true: a field is 7-bit ASCII, its
lines end in CRLF and hold at most 78 characters (76 with an encoded word) unless one address or
URI alone is longer, and no value, whatever it holds, begins a line of its own: what follows a CRLF
inside a field is a space. The one exception to ASCII is To where the local part of its address is
not ASCII (RFC 6532).
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from digest.errors import DigestError, RecipientError

#: The longest URI that a header carries: it cannot be folded, and a line ends at 998 characters.
MAX_URI = 900
MAX_NAME = 1000
_MAX_LINE = 78
_MAX_ENCODED_LINE = 76  # RFC 2047, section 2: a line that holds an encoded word
_MAX_WORD = 75
# C0, DEL and C1, the Unicode line and paragraph separator, and halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOT_ATOM = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_ATOMS = re.compile(rf"{_ATEXT}(?: {_ATEXT})*")
# RFC 6531, section 3.3: as a dot-atom, and any character beyond ASCII but blanks.
_WIDE = rf"(?:{_ATEXT[:-1]}|[^\x00-\xa0\s])+"
_WIDE_LOCAL = re.compile(rf"{_WIDE}(?:\.{_WIDE})*")
_DOTTED = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_QUOTED_LOCAL = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_BLANKS = re.compile(" +")
_PRINTABLE = re.compile(r"[ -~]*")
_WORDS = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_URI = re.compile(r"[a-z]+:[!#-;=?-\[\]_a-z~]+")
_IDENTIFIER = re.compile(r"<[!-;=?-~]+>")
# RFC 2047, section 5 (3): what may stand for itself in the Q form of a word in a name.
_Q_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q_SAFE_BYTES = "".join(sorted(_Q_SAFE)).encode("ascii") + b" "
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def refuse_unsafe(value: str, what: str, error: type[DigestError] = RecipientError) -> None:
    """Let a value pass that can stand in a message, header or body.

    Raises:
        RecipientError (or `error`): it holds a control character, a line break of any kind, half
            a character, or an RFC 2047 encoded word. `what` names the value; its text is not shown.
    """
    if is_plainly_safe(value):
        return
    if found := _CONTROL.search(value):
        character = f"U+{ord(found[0]):04X}"
        raise error("", f"the {what} holds a control character ({character})", "Take it out.")
    start = value.find("=?")
    if start >= 0 and value.find("?=", start + 2) >= 0:
        raise error("", f"the {what} holds an encoded word (=?...?=)", "Write it as plain text.")


def is_plainly_safe(value: str) -> bool:
    """Return whether a value is safe at first sight, as nearly all are; else look closely.

    What is printable holds no control character, line end or half a character.
    """
    return value.isprintable() and "=?" not in value


def addr_spec(address: str, what: str = "address") -> str:
    """Return an address of ours as it stands in a header and in SMTP: ASCII, whoever reads it.

    Raises:
        RecipientError: it is not one address of RFC 5321, or its local part is not ASCII.
    """
    written = recipient_spec(address, what)
    if not written.isascii():
        hint = "Only a recipient's may be: use another address here."
        raise RecipientError("", f"the {what} is not ASCII before the @", hint)
    return written


def recipient_spec(address: str, what: str = "address") -> str:
    """Return an address as it stands in a header and in SMTP, the domain by IDNA 2008 in ASCII.

    A local part that is no dot-atom although it is made of its characters (`a..b`, `a.`: real
    addresses of Japanese mobile readers) is quoted. One that is not ASCII stays (RFC 6531, section
    3.3): such a message needs SMTPUTF8.

    Raises:
        RecipientError: it is not one address of RFC 5321 or RFC 6531.
    """
    if len(address) > MAX_NAME:  # before anything looks at it closely
        raise _too_long(what)
    local, at, domain = address.rpartition("@")
    if not (at and _DOT_ATOM.fullmatch(local)):
        local = _quoted_local(local, what)
    domain = domain_spec(domain, what)
    if "=?" in local:
        refuse_unsafe(local, what)
    length = len(local) if local.isascii() else len(local.encode())
    if length > 64 or length + len(domain) > 253:
        raise _too_long(what)
    return f"{local}@{domain}"


def domain_spec(domain: str, what: str) -> str:
    """Return a domain as it stands in a header and in SMTP: ASCII, by IDNA 2008.

    Raises:
        RecipientError: it is no domain; `what` is whose.
    """
    return _checked_domain(domain) or _ascii_domain(domain, what)


def address_field(field: str, name: str, address: str, what: str = "") -> bytes:
    """Return a field that holds one mailbox (RFC 5322, section 3.4), such as To.

    Raises:
        RecipientError: the name or the address cannot stand in a message.
    """
    return _phrase_field(field, name, addr_spec(address, f"{what}address"), f"{what}name")


def to_field(name: str, recipient: str) -> bytes:
    """Return To; `recipient` is what `recipient_spec` returned (RFC 6532 where it is not ASCII).

    Raises:
        RecipientError: the name cannot stand in a message.
    """
    return _phrase_field("To", name, recipient, "name")


def list_id_field(name: str, label: str, domain: str) -> bytes:
    """Return List-Id (RFC 2919): the newsletter's name, and an id that never changes.

    Raises:
        RecipientError: the name holds something unsafe, or the id is no dot-atom of 255 characters.
    """
    identifier = f"{label}.{domain}"
    if not _DOT_ATOM.fullmatch(identifier) or len(identifier) > 255 or "=?" in identifier:
        raise RecipientError(
            "", f"{label!r} cannot be part of a List-Id", "Use letters and digits."
        )
    return _phrase_field("List-Id", name, identifier, "newsletter's name")


def text_field(field: str, value: str, what: str = "") -> bytes:
    """Return an unstructured field (RFC 5322, section 2.2.1), such as Subject.

    Plain words stand as they are; anything else, down to a double space, is encoded as a whole,
    so that a decoder gives back exactly `value`.

    Raises:
        RecipientError: the value holds something unsafe.
    """
    refuse_unsafe(value, what or field.lower())
    if not value:
        return f"{field}:\r\n".encode("ascii")
    if _WORDS.fullmatch(value) and "=?" not in value:
        return "".join(_folded_words(f"{field}:", value.split(" "))).encode("ascii")
    return (_encoded(f"{field}: ", value) + "\r\n").encode("ascii")


def uri_field(field: str, uri: str) -> bytes:
    """Return a field that holds one URI in angle brackets: never encoded, never folded.

    Raises:
        DigestError: it is not a URI, or longer than `MAX_URI` characters.
    """
    if len(uri) > MAX_URI or not _URI.fullmatch(uri):
        raise DigestError("", f"{field} needs a URI in ASCII of at most {MAX_URI} characters")
    return f"{field}: <{uri}>\r\n".encode("ascii")


@lru_cache(maxsize=16)  # a mailing's messages share a few dates
def date_field(at: datetime) -> bytes:
    """Return Date (RFC 5322, section 3.3) in UTC, of an aware datetime (else ValueError)."""
    if at.tzinfo is None:
        raise ValueError("a message's date must be aware")
    at = at.astimezone(UTC)  # equal instants give equal bytes, whatever their zone
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    clock = f"{at.hour:02d}:{at.minute:02d}:{at.second:02d} +0000"
    return f"Date: {day}, {at.day:02d} {month} {at.year:04d} {clock}\r\n".encode("ascii")


def identifier_field(field: str, identifier: str) -> bytes:
    """Return a field that holds one Message-ID in its angle brackets (else ValueError)."""
    if not _IDENTIFIER.fullmatch(identifier) or len(identifier) > MAX_URI:
        raise ValueError(f"{identifier!r} is not a Message-ID")
    return f"{field}: {identifier}\r\n".encode("ascii")


def _too_long(what: str) -> RecipientError:
    return RecipientError("", f"the {what} is longer than an address may be (RFC 5321)")


def _quoted_local(local: str, what: str) -> str:
    if _QUOTED_LOCAL.fullmatch(local):
        return local
    if _DOTTED.fullmatch(local):
        return f'"{local}"'
    if _WIDE_LOCAL.fullmatch(local) and not _CONTROL.search(local):
        return local
    raise RecipientError(
        "", f"the {what} is not an e-mail address", "Write it like name@example.org."
    )


@lru_cache(maxsize=1024)  # a mailing's readers share a few hundred domains
def _checked_domain(domain: str) -> str:
    """Return a domain that is plain ASCII already; "" for any other."""
    return domain if _DOMAIN.fullmatch(domain) else ""


def _ascii_domain(domain: str, what: str) -> str:
    if domain.isascii():
        raise RecipientError(
            "", f"the {what} has no valid domain", "Write it like name@example.org."
        )
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise RecipientError("", f"the {what} has no valid domain") from error


def _phrase_field(field: str, name: str, angle: str, what: str) -> bytes:
    """Return `field: name <angle>`, folded; without a name, `field: angle` (a List-Id keeps <>)."""
    refuse_unsafe(name, what)
    if len(name) > MAX_NAME:
        raise RecipientError("", f"the {what} is longer than {MAX_NAME} characters", "Shorten it.")
    name = (_BLANKS.sub(" ", name) if "  " in name else name).strip()
    if not name:
        bare = f"<{angle}>" if field == "List-Id" else angle
        return f"{field}: {bare}\r\n".encode()
    line = f"{field}: {_phrase(name)}"
    limit = _MAX_LINE
    if len(line) > limit or not line.isascii() or "=?" in name:
        line, limit = _encoded(f"{field}: ", name), _MAX_ENCODED_LINE
    last = len(line) - (line.rfind("\n") + 1)
    joint = " " if last + len(angle) + 3 <= limit else "\r\n "
    return f"{line}{joint}<{angle}>\r\n".encode()


def _phrase(name: str) -> str:
    """Return an ASCII name as atoms where that will do, else as a quoted-string."""
    if not name.isascii() or _ATOMS.fullmatch(name) or not _PRINTABLE.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _folded_words(head: str, words: list[str]) -> Iterator[str]:
    """Yield `head word word ...`, folded at single spaces: unfolded, it is what it was."""
    length = len(head)
    yield head
    for number, word in enumerate(words):
        if number and length + 1 + len(word) > _MAX_LINE:
            yield "\r\n"
            length = 0
        yield " " + word
        length += 1 + len(word)
    yield "\r\n"


def _encoded(head: str, value: str) -> str:
    """Return `head` and the value as RFC 2047 words, each on a line of its own."""
    raw = value.encode("utf-8")
    room = _MAX_ENCODED_LINE - len(head)
    quoted = len(raw) + 2 * len(raw.translate(None, _Q_SAFE_BYTES))
    if quoted <= len(raw) * 4 // 3:
        return head + "\r\n ".join(_q_words(value, room))
    if len(raw) <= _b_room(room):
        return head + _b_word(raw)
    return head + "\r\n ".join(_b_words(value, room))


def _b_words(value: str, room: int) -> Iterator[str]:
    """Yield B words, the first within `room`; a word holds whole characters only."""
    piece = b""
    for character in value:
        raw = character.encode("utf-8")
        if len(piece) + len(raw) > _b_room(room):
            yield _b_word(piece)
            piece, room = b"", _MAX_WORD
        piece += raw
    yield _b_word(piece)


def _b_room(room: int) -> int:
    """Return how many bytes a B word holds that is `room` characters long at most."""
    return (room - len("=?utf-8?b??=")) // 4 * 3


def _b_word(raw: bytes) -> str:
    return f"=?utf-8?b?{b2a_base64(raw, newline=False).decode('ascii')}?="


def _q_words(value: str, room: int) -> Iterator[str]:
    """Yield Q words, the first within `room`; a word holds whole characters only."""
    piece = ""
    for character in value:
        written = "_" if character == " " else character
        if written not in _Q_SAFE and character != " ":
            written = "".join(f"={byte:02X}" for byte in character.encode("utf-8"))
        if len(piece) + len(written) > room - len("=?utf-8?q??="):
            yield f"=?utf-8?q?{piece}?="
            piece, room = "", _MAX_WORD
        piece += written
    yield f"=?utf-8?q?{piece}?="
