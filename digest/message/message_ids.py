"""Message-IDs and return paths: one per recipient, the same on every attempt, nothing personal.

`<mailing.entry.mac@domain>` and `bounces+mailing.entry.mac@domain`, numbers in base 36. The MACs
(80 bits each) make an id that comes back in a bounce trustworthy: nobody can invent one to have
another reader's address suppressed. They are two parts of one HMAC, so that who knows a Message-ID,
as every forwarded mail shows it, does not know the return path.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta

from digest.errors import ConfigurationError, RecipientError
from digest.message.headers import addr_spec
from digest.message.mac import Mac

_LABEL = b"digest message-id 1\0"
_MAC_LENGTH = 10
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
# Two digits at a time: these texts are made for every message.
_PAIRS_36 = tuple(first + second for first in _DIGITS for second in _DIGITS)
_PAIRS_32 = tuple(first + second for first in _BASE32 for second in _BASE32)
# At most 13 digits: a 64-bit number. Lower case only, and no leading zero: one text per id.
_ID = r"(0|[1-9a-z][0-9a-z]{0,12})\.(0|[1-9a-z][0-9a-z]{0,12})\.([a-z2-7]{16})"
_TEXT = re.compile(rf"<?{_ID}@[^\s<>@]+>?")
_RETURNED = re.compile(rf"<?[^\s<>@]+\+{_ID}@[^\s<>@]+>?", re.ASCII)
#: "+" and the longest token: what a return path needs beside its own local part.
_TOKEN_LENGTH = 1 + 13 + 1 + 13 + 1 + 16
LONGEST_RETURN_LOCAL = 64 - _TOKEN_LENGTH
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Namer:
    """Says what entries are called; a mailing's messages share one."""

    __slots__ = ("_mac",)

    def __init__(self, key: bytes) -> None:
        """Take the key that makes the names trustworthy."""
        self._mac = Mac(key, _LABEL)

    def name(self, mailing_id: int, entry_id: int) -> str:
        """Return the local part of an entry's Message-ID."""
        left = f"{_base36(mailing_id)}.{_base36(entry_id)}"
        return f"{left}.{_base32(self._mac(left.encode('ascii')), 0)}"

    def return_token(self, mailing_id: int, entry_id: int) -> str:
        """Return what names an entry in its return path."""
        left = f"{_base36(mailing_id)}.{_base36(entry_id)}"
        return f"{left}.{_base32(self._mac(left.encode('ascii')), _MAC_LENGTH)}"

    def trial(self, edition_id: int, sent_at: datetime) -> str:
        """Return the same for a test mail: no entry stands for it, and each time it is new."""
        moment = (sent_at - _EPOCH) // timedelta(microseconds=1)
        left = f"trial.{_base36(edition_id)}.{_base36(moment)}"
        return f"{left}.{_base32(self._mac(left.encode('ascii')), 0)}"


def message_id(key: bytes, mailing_id: int, entry_id: int, domain: str) -> str:
    """Return the Message-ID of an entry, in its angle brackets (RFC 5322, section 3.6.4)."""
    return f"<{Namer(key).name(mailing_id, entry_id)}@{domain}>"


def read_message_id(key: bytes, text: str) -> tuple[int, int] | None:
    """Return (mailing id, entry id) of an id that this site made for an entry, or None."""
    found = _TEXT.fullmatch(text.strip())
    return _read(key, found, 0) if found else None


class ReturnPath:
    """Where reports go: one address, with a token in it that names the entry (VERP)."""

    __slots__ = ("_domain", "_local", "plain")

    def __init__(self, address: str) -> None:
        """Take an address such as `bounces@example.org`; what follows a "+" in mail to it is ours.

        Raises:
            ConfigurationError: it is no address in ASCII, or too long to carry a token.
        """
        where, hint = "[smtp] return_path", "Write it like bounces@example.org."
        try:
            self.plain = addr_spec(address, "return path")
        except RecipientError as error:
            raise ConfigurationError(where, error.what, hint) from error
        self._local, _, self._domain = self.plain.rpartition("@")
        if self._local.startswith('"') or len(self._local) > LONGEST_RETURN_LOCAL:
            what = f"more than {LONGEST_RETURN_LOCAL} characters before the @, or quotes"
            raise ConfigurationError(where, what, f"A token has to fit in as well. {hint}")

    def of(self, token: str) -> str:
        """Return the return path of the entry that a token names."""
        return f"{self._local}+{token}@{self._domain}"


def read_return_path(key: bytes, address: str) -> tuple[int, int] | None:
    """Return (mailing id, entry id) of a return path that this site made, or None.

    In any case: servers on the way may have changed it (RFC 5321, section 2.4).
    """
    found = _RETURNED.fullmatch(address.strip().lower())
    return _read(key, found, _MAC_LENGTH) if found else None


def _read(key: bytes, found: re.Match[str], start: int) -> tuple[int, int] | None:
    mailing, entry, mac = found.groups()
    expected = Mac(key, _LABEL)(f"{mailing}.{entry}".encode("ascii"))
    if not hmac.compare_digest(mac, _base32(expected, start)):
        return None
    return int(mailing, 36), int(entry, 36)


def _base32(raw: bytes, start: int) -> str:
    """Return ten bytes as sixteen characters; `base64.b32encode` takes thrice the time."""
    number = int.from_bytes(raw[start : start + _MAC_LENGTH], "big")
    pairs = _PAIRS_32
    return (
        f"{pairs[number >> 70]}{pairs[number >> 60 & 1023]}{pairs[number >> 50 & 1023]}"
        f"{pairs[number >> 40 & 1023]}{pairs[number >> 30 & 1023]}{pairs[number >> 20 & 1023]}"
        f"{pairs[number >> 10 & 1023]}{pairs[number & 1023]}"
    )


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError("an id is never negative")
    digits = ""
    while number >= 36:
        number, pair = divmod(number, 1296)
        digits = _PAIRS_36[pair] + digits
    return _DIGITS[number] + digits if number or not digits else digits
