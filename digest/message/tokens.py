"""Tokens: what a link in a mail carries instead of a person. Their form is final.

24 bytes as 32 base64url characters: key id 1, purpose 1, subscription handle 8, context 4
(big-endian: an issue or invitation id), MAC 10. Links live in mailboxes for years, so the layout,
the label and the numbers of the purposes never change; a new key gets a new id and the old ones
go on verifying. A token names no address and no name, and no two texts are the same token.
"""

from __future__ import annotations

import hmac
import re
import struct
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from digest.message.mac import Mac

HANDLE_LENGTH = 8
#: No other use of the key signs bytes that begin with this, so no other MAC is ever a token.
_LABEL = b"digest token 1\0"
_FACTS = struct.Struct(">BB8sI")
_MAC_LENGTH = 10
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# 24 bytes are 32 characters without a spare bit, so this alphabet admits one text per token.
_TEXT = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


class Purpose(IntEnum):
    """What a token may be used for. The numbers are in mails that were sent: never reuse one."""

    LEAVE = 1
    ANSWER = 2
    VIEW = 3
    PREFERENCES = 4
    TEST = 127
    """The links of --test mails: they change nothing."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key that signs now and those that still verify, by key id (0 to 255)."""

    current: int
    keys: Mapping[int, bytes] = field(repr=False)
    macs: Mapping[int, Mac] = field(init=False, repr=False, compare=False)
    """The keys, prepared for tokens."""

    def __post_init__(self) -> None:
        """Refuse a ring that cannot sign (ValueError)."""
        if self.current not in self.keys:
            raise ValueError(f"key {self.current} is not on the ring")
        if any(not 0 <= key_id <= 255 or len(key) < 32 for key_id, key in self.keys.items()):
            raise ValueError("a key id must be 0 to 255, and a key at least 32 bytes")
        macs = {key_id: Mac(key, _LABEL) for key_id, key in self.keys.items()}
        object.__setattr__(self, "macs", macs)


@dataclass(frozen=True, slots=True)
class Token:
    """What a token that verified says."""

    key_id: int
    purpose: Purpose
    handle: bytes = field(repr=False)
    context: int
    """An issue's id when leaving, an invitation's id when answering."""


def sign_token(ring: KeyRing, purpose: Purpose, handle: bytes, context: int) -> str:
    """Return the token's 32 characters.

    Raises:
        ValueError: the handle is not 8 bytes or the context not an unsigned 32-bit number.
    """
    if len(handle) != HANDLE_LENGTH or not 0 <= context < 2**32:
        raise ValueError("a token needs a handle of 8 bytes and a context of 32 bits")
    facts = _FACTS.pack(ring.current, purpose, handle, context)
    raw = facts + ring.macs[ring.current](facts)[:_MAC_LENGTH]
    return b2a_base64(raw, newline=False).translate(_URL_SAFE).decode("ascii")


def read_token(ring: KeyRing, text: str) -> Token | None:
    """Return what a token says, or None when it is not one that this ring signed."""
    if not _TEXT.fullmatch(text):
        return None
    raw = urlsafe_b64decode(text)
    facts, mac = raw[: _FACTS.size], raw[_FACTS.size :]
    key_id, purpose, handle, context = _FACTS.unpack(facts)
    expected = ring.macs.get(key_id)
    if expected is None or not hmac.compare_digest(mac, expected(facts)[:_MAC_LENGTH]):
        return None
    try:
        return Token(key_id, Purpose(purpose), handle, context)
    except ValueError:  # signed by a later version, for a purpose that this one does not know
        return None
