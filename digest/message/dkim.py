"""DKIM signatures (RFC 6376, RFC 8301, RFC 8463) over the bytes that leave, relaxed/relaxed.

Both algorithms, rsa-sha256 and ed25519-sha256, each with a key of its own. What is the same for all
who share an edition is done once, in a `Seal`; what is left per message is one hash of the body,
one of the header, and the signature. What must stay true: every field of the message is signed, and
named once more than it stands there, so that none can be added that a reader or a mailbox provider
would take for ours (section 8.15); and the same message has the same signature on every attempt, so
the time in it is when the entry was due, not when it was signed.

Everything here may be called from several threads at once; hashing a body and signing with RSA let
the others run meanwhile.
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from digest.message.canonical import relaxed_field
from digest.message.headers import domain_spec

#: Fields that change who is answered, what is shown or what leaving does. Also where a message has
#: none of them, nobody can add one and keep the signature.
GUARDED = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
)
_WIDTH = 76


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the DNS name under which its public half is published."""

    algorithm: str
    """`rsa-sha256` or `ed25519-sha256`."""
    selector: str
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Signs the 32 bytes of a SHA-256."""


class DkimSigner:
    """Signs in the name of one domain, with one signature for each key."""

    def __init__(self, domain: str, keys: Sequence[SigningKey]) -> None:
        """Take the domain (d=) and its keys.

        Raises:
            RecipientError: it is no domain.
        """
        self.domain = domain_spec(domain, "DKIM domain")
        self._keys = tuple(keys)

    def seal(self, fixed: Sequence[bytes]) -> Seal:
        """Prepare an edition, whose messages have these header fields in common."""
        return Seal(self.domain, self._keys, fixed)


class _Layout(NamedTuple):
    """A signature field as it will be, for one key and one list of fields; t=, bh= and b= lack."""

    key: SigningKey
    to_time: bytes
    to_body_hash: bytes
    canonical_to_time: bytes
    canonical_to_body_hash: bytes


class Seal:
    """Signs the messages of one edition."""

    def __init__(self, domain: str, keys: Sequence[SigningKey], fixed: Sequence[bytes]) -> None:
        """Hash what the messages have in common."""
        canonical = [relaxed_field(each) for each in fixed]
        self._domain = domain
        self._keys = keys
        self._names = tuple(_name(each) for each in canonical)
        self._state = hashlib.sha256(b"".join(canonical))
        self._layouts: dict[tuple[bytes, ...], tuple[_Layout, ...]] = {}

    def sign(self, own: Sequence[bytes], body: bytes, at: datetime) -> bytes:
        """Return the DKIM-Signature fields that stand before a message.

        `own` are the header fields that are this message's alone, `body` is what follows the empty
        line and is its own canonical form. `at` is the time of the signature (t=).
        """
        canonical = [relaxed_field(each) for each in own]
        names = tuple([_name(each) for each in canonical])
        layouts = self._layouts.get(names)
        if layouts is None:
            layouts = self._layouts[names] = self._lay_out(names)
        state = self._state.copy()
        state.update(b"".join(canonical))
        body_hash = _base64(hashlib.sha256(body).digest())
        time = b"%d" % int(at.timestamp())
        return b"".join([_signature(each, state, time, body_hash) for each in layouts])

    def _lay_out(self, names: tuple[bytes, ...]) -> tuple[_Layout, ...]:
        present = self._names + names
        absent = (each.lower().encode() for each in GUARDED)
        # In this order they are hashed; named again, and absent, they stand for nothing.
        listed = [*present, *present, *(each for each in absent if each not in present)]
        return tuple(self._layout(key, listed) for key in self._keys)

    def _layout(self, key: SigningKey, listed: Sequence[bytes]) -> _Layout:
        tags = f"v=1; a={key.algorithm}; c=relaxed/relaxed;"
        to_time = f"DKIM-Signature: {tags}\r\n d={self._domain};\r\n s={key.selector}; t=".encode()
        to_body_hash = b";\r\n h=" + b":\r\n ".join(_rows(listed)) + b";\r\n bh="
        return _Layout(
            key,
            to_time,
            to_body_hash,
            relaxed_field(to_time).removesuffix(b"\r\n"),
            to_body_hash.replace(b"\r\n", b""),
        )


def _signature(layout: _Layout, state: hashlib._Hash, time: bytes, body_hash: bytes) -> bytes:
    key, to_time, to_body_hash, canonical_to_time, canonical_to_body_hash = layout
    header = state.copy()
    # The field itself comes last, with an empty b= and without its CRLF (section 3.7).
    header.update(canonical_to_time + time + canonical_to_body_hash + body_hash + b"; b=")
    signed = _base64(key.sign(header.digest()))
    rows = [signed[start : start + _WIDTH] for start in range(0, len(signed), _WIDTH)]
    tail = b";\r\n b=\r\n " + b"\r\n ".join(rows) + b"\r\n"
    return to_time + time + to_body_hash + body_hash + tail


def _name(canonical: bytes) -> bytes:
    return canonical[: canonical.index(b":")]


def _rows(names: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the names joined by colons, in rows that fit a line."""
    row = names[0]
    for name in names[1:]:
        if len(row) + 1 + len(name) > _WIDTH - len(" h=:"):
            yield row
            row = name
        else:
            row += b":" + name
    yield row


def _base64(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False)
