"""What an address is compared by, and what stands for it once the address is gone.

Two addresses with the same key are one person: the local part and the IDNA domain in lower case.
The hash is keyed, so that a list of hashes cannot be tried out with a list of addresses; its key
never rotates, for suppressions are known by it alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: 128 bits are enough for no two addresses ever to share a hash, and half the index.
HASH_BYTES = 16
_KEY_BYTES = 16


def ascii_address(address: str) -> str:
    """Return an address as typed, with its domain in ASCII (RFC 5891); RFC 6531 local parts stay.

    A domain that IDNA does not know is left as it is: it is found by what was typed.
    """
    if address.isascii():
        return address.strip()
    # What was typed in a terminal may hold half a character, which no database takes.
    whole = address.encode("utf-8", "replace").decode()
    local, at, domain = whole.strip().rpartition("@")
    if domain.isascii():
        return f"{local}{at}{domain}"
    import idna

    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return f"{local}{at}{domain}"


def address_key(address: str) -> str:
    """Return what makes an address unique."""
    return ascii_address(address).lower()


@dataclass(frozen=True, slots=True)
class AddressHash:
    """Hashes address keys (HMAC-SHA256, RFC 2104) with the key of this installation."""

    key: bytes
    _inner: Any = field(init=False, repr=False, compare=False)
    _outer: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a key that is too short to be a secret (ValueError)."""
        if len(self.key) < _KEY_BYTES:
            raise ValueError(f"the key of address hashes has {_KEY_BYTES} bytes at least")
        # The half of the work that is the same for each address is done once: an import hashes
        # a million, and `hmac.digest` takes twice as long.
        inner, outer = hashlib.sha256(), hashlib.sha256()
        key = self.key if len(self.key) <= inner.block_size else hashlib.sha256(self.key).digest()
        padded = key.ljust(inner.block_size, b"\0")
        inner.update(bytes(each ^ 0x36 for each in padded))
        outer.update(bytes(each ^ 0x5C for each in padded))
        object.__setattr__(self, "_inner", inner)
        object.__setattr__(self, "_outer", outer)

    def __call__(self, key: str) -> bytes:
        """Return the hash of an address key."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(key.encode())
        outer.update(inner.digest())
        digest: bytes = outer.digest()
        return digest[:HASH_BYTES]


#: Hashes an address key.
Hasher = Callable[[str], bytes]
