"""The private keys of DKIM: where they lie, what they may be, and what is published of them.

RSA of at least 1024 bits (RFC 8301) and Ed25519 (RFC 8463), in PEM without a passphrase. What must
stay true: a key is never in a repr, an error or a log, nobody but its owner and group can read its
file, and the library that knows how to sign is imported only where a key is used.
"""

from __future__ import annotations

import stat
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import ConfigurationError
from digest.message.dkim import SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: Signatures of shorter keys are not valid (RFC 8301, section 3.2).
LEAST_RSA_BITS = 1024
#: What every signer should have at least, and what every verifier must understand at most.
GOOD_RSA_BITS, MOST_RSA_BITS = 2048, 4096
_TEXT = 255  # bytes of one string of a TXT record (RFC 1035, section 3.3.14)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPair:
    """A key to sign with, and the record that lets others verify."""

    signing: SigningKey
    record: str
    """The value of the TXT record (RFC 6376, section 3.6.1)."""
    warning: str = ""
    """What is to be mended although it works."""

    def name(self, domain: str) -> str:
        """Return where the record belongs."""
        return f"{self.signing.selector}._domainkey.{domain}"

    def zone_line(self, domain: str) -> str:
        """Return the record as a line of a zone file."""
        pieces = range(0, len(self.record), _TEXT)
        strings = " ".join(f'"{self.record[start : start + _TEXT]}"' for start in pieces)
        return f"{self.name(domain)}. IN TXT ( {strings} )"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySource:
    """Where a key comes from: a file, or the text of a secret."""

    setting: str
    """What the key is called in the settings, such as `dkim.key_file`."""
    selector: str
    file: Path | None = None
    text: str = field(default="", repr=False)

    def pem(self) -> bytes:
        """Return the PEM.

        Raises:
            ConfigurationError: the file is not there, cannot be read, or others can read it.
        """
        if self.file is None:
            return self.text.encode()
        try:
            mode = self.file.stat().st_mode
            if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
                what = f"others can {'read' if mode & stat.S_IROTH else 'change'} this key"
                raise ConfigurationError(str(self.file), what, f"chmod 600 {self.file}")
            return self.file.read_bytes()
        except OSError as error:
            what = f"the key of {self.setting} cannot be read ({error.strerror})"
            hint = "docs/dkim.md says how to make one."
            raise ConfigurationError(str(self.file), what, hint) from error

    @property
    def where(self) -> str:
        """Return what an error names."""
        return str(self.file) if self.file else self.setting


def load_rsa(source: KeySource) -> KeyPair:
    """Return an RSA key.

    Raises:
        ConfigurationError: it cannot be read, is something else, or too short to be valid.
    """
    key = _private_key(source)
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if not isinstance(key, RSAPrivateKey):
        raise _wrong_kind(source, key, "RSA")
    if key.key_size < LEAST_RSA_BITS:
        what = f"an RSA key of {key.key_size} bits: nobody accepts its signatures (RFC 8301)"
        raise ConfigurationError(source.where, what, "Make one of 2048 bits.")
    return KeyPair(
        signing=SigningKey("rsa-sha256", source.selector, _rsa_signer(key)),
        record=f"v=DKIM1; k=rsa; p={_published(key)}",
        warning=_judged(source, key.key_size),
    )


def load_ed25519(source: KeySource) -> KeyPair:
    """Return an Ed25519 key.

    Raises:
        ConfigurationError: it cannot be read, or is something else.
    """
    key = _private_key(source)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not isinstance(key, Ed25519PrivateKey):
        raise _wrong_kind(source, key, "Ed25519")
    return KeyPair(
        signing=SigningKey("ed25519-sha256", source.selector, key.sign),
        record=f"v=DKIM1; k=ed25519; p={_published(key)}",
    )


def _private_key(source: KeySource) -> object:
    """Return a key of any kind; what is wrong with its text is said without showing it."""
    pem = source.pem()
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        what, hint = "signing needs a library that is not here", "pip install 'digest-mailer[dkim]'"
        raise ConfigurationError("[dkim]", what, hint) from error
    try:
        return load_pem_private_key(pem, password=None)
    except TypeError:
        what, hint = "this key has a passphrase", "Take it off: openssl pkey -in KEY -out NEW."
    except (ValueError, UnsupportedAlgorithm):
        what, hint = "this is no private key in PEM", "It begins with -----BEGIN PRIVATE KEY-----."
        if b"PUBLIC KEY" in pem:
            what = "this is the public key; the private one signs"
    raise ConfigurationError(source.where, what, hint) from None


def _wrong_kind(source: KeySource, key: object, wanted: str) -> ConfigurationError:
    kind = type(key).__name__.removesuffix("PrivateKey").lstrip("_")
    hint = "The keys are key_file for RSA and ed25519_key_file for Ed25519."
    return ConfigurationError(source.where, f"{wanted} is wanted here, and this is {kind}", hint)


def _judged(source: KeySource, bits: int) -> str:
    """Return what is to be mended about an RSA key that works."""
    if bits < GOOD_RSA_BITS:
        return f"{source.where}: an RSA key of {bits} bits; make one of {GOOD_RSA_BITS} (RFC 8301)"
    if bits > MOST_RSA_BITS:
        return (
            f"{source.where}: an RSA key of {bits} bits; not all verify more than {MOST_RSA_BITS}"
        )
    return ""


def _rsa_signer(key: RSAPrivateKey) -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256

    padding, hashed = PKCS1v15(), Prehashed(SHA256())
    return lambda digest: key.sign(digest, padding, hashed)


def _published(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    """Return p=: for RSA with its header (RFC 6376, 3.6.1), for Ed25519 bare (RFC 8463, 4)."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return b64encode(raw).decode("ascii")
