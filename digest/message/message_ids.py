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
from typing import NamedTuple

from digest.errors import ConfigurationError, RecipientError
from digest.message.headers import addr_spec

_LABEL = b"digest message-id 1\0"
_MAC_LENGTH = 10
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
_PAIRS = tuple(first + second for first in _BASE32 for second in _BASE32)
# At most 13 digits: a 64-bit number. Lower case only, and no leading zero: one text per id.
_ID = r"(0|[1-9a-z][0-9a-z]{0,12})\.(0|[1-9a-z][0-9a-z]{0,12})\.([a-z2-7]{16})"
_TEXT = re.compile(rf"<?{_ID}@[^\s<>@]+>?")
_RETURNED = re.compile(rf"<?[^\s<>@]+\+{_ID}@[^\s<>@]+>?", re.ASCII)
#: "+" and the longest token: what a return path needs beside its own local part.
_TOKEN_LENGTH = 1 + 13 + 1 + 13 + 1 + 16
LONGEST_RETURN_LOCAL = 64 - _TOKEN_LENGTH
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EntryNames(NamedTuple):
    """What an entry is called outside; each made of `a-z`, `0-9` and dots."""

    message: str
    """The local part of its Message-ID."""
    returned: str
    """The token in its return path."""


def entry_names(key: bytes, mailing_id: int, entry_id: int) -> EntryNames:
    """Return what an entry is called in its Message-ID and in its return path."""
    left = f"{_base36(mailing_id)}.{_base36(entry_id)}"
    message, returned = _macs(key, left)
    return EntryNames(f"{left}.{message}", f"{left}.{returned}")


def message_id(key: bytes, mailing_id: int, entry_id: int, domain: str) -> str:
    """Return the Message-ID of an entry, in its angle brackets (RFC 5322, section 3.6.4)."""
    return f"<{entry_names(key, mailing_id, entry_id).message}@{domain}>"


def trial_name(key: bytes, edition_id: int, sent_at: datetime) -> str:
    """Return the local part of a test mail's Message-ID: no entry stands for it, and it is new."""
    left = f"trial.{_base36(edition_id)}.{_base36((sent_at - _EPOCH) // timedelta(microseconds=1))}"
    return f"{left}.{_macs(key, left)[0]}"


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

    def of(self, names: EntryNames) -> str:
        """Return the return path of an entry."""
        return f"{self._local}+{names.returned}@{self._domain}"


def read_return_path(key: bytes, address: str) -> tuple[int, int] | None:
    """Return (mailing id, entry id) of a return path that this site made, or None.

    In any case: servers on the way may have changed it (RFC 5321, section 2.4).
    """
    found = _RETURNED.fullmatch(address.strip().lower())
    return _read(key, found, 1) if found else None


def _read(key: bytes, found: re.Match[str], which: int) -> tuple[int, int] | None:
    mailing, entry, mac = found.groups()
    if not hmac.compare_digest(mac, _macs(key, f"{mailing}.{entry}")[which]):
        return None
    return int(mailing, 36), int(entry, 36)


def _macs(key: bytes, left: str) -> tuple[str, str]:
    mac = hmac.digest(key, _LABEL + left.encode("ascii"), "sha256")
    return _base32(mac[:_MAC_LENGTH]), _base32(mac[_MAC_LENGTH : 2 * _MAC_LENGTH])


def _base32(raw: bytes) -> str:
    """Return ten bytes as sixteen characters; `base64.b32encode` takes thrice the time."""
    number = int.from_bytes(raw, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError("an id is never negative")
    digits = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits
