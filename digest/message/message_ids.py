"""Message-IDs: one per recipient, the same on every attempt, and nothing personal in them.

`<mailing.entry.mac@domain>`, numbers in base 36. The MAC (80 bits) makes an id that comes back in a
bounce trustworthy: nobody can invent one to have another reader's address suppressed.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from datetime import UTC, datetime, timedelta

_LABEL = b"digest message-id 1\0"
_MAC_LENGTH = 10
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# At most 13 digits: a 64-bit number. Lower case only, and no leading zero: one text per id.
_TEXT = re.compile(
    r"<?(0|[1-9a-z][0-9a-z]{0,12})\.(0|[1-9a-z][0-9a-z]{0,12})\.([a-z2-7]{16})@[^\s<>@]+>?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def message_id(key: bytes, mailing_id: int, entry_id: int, domain: str) -> str:
    """Return the Message-ID of an entry, in its angle brackets (RFC 5322, section 3.6.4)."""
    left = f"{_base36(mailing_id)}.{_base36(entry_id)}"
    return f"<{left}.{_mac(key, left)}@{domain}>"


def trial_message_id(key: bytes, edition_id: int, sent_at: datetime, domain: str) -> str:
    """Return the Message-ID of a test mail, which no entry stands for: new for every test."""
    left = f"trial.{_base36(edition_id)}.{_base36((sent_at - _EPOCH) // timedelta(microseconds=1))}"
    return f"<{left}.{_mac(key, left)}@{domain}>"


def read_message_id(key: bytes, text: str) -> tuple[int, int] | None:
    """Return (mailing id, entry id) of an id that this site made for an entry, or None."""
    found = _TEXT.fullmatch(text.strip())
    if not found:
        return None
    mailing, entry, mac = found.groups()
    if not hmac.compare_digest(mac, _mac(key, f"{mailing}.{entry}")):
        return None
    return int(mailing, 36), int(entry, 36)


def _mac(key: bytes, left: str) -> str:
    mac = hmac.digest(key, _LABEL + left.encode("ascii"), "sha256")[:_MAC_LENGTH]
    return b32encode(mac).decode("ascii").lower()


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError("an id is never negative")
    digits = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits
