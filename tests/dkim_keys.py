"""Keys to sign with, and dkimpy, which verifies: another hand, with the records as its DNS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import dkim as dkimpy
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from digest.message.dkim import DkimSigner
from digest.message.dkim_keys import KeyPair, KeySource, load_ed25519, load_rsa

DOMAIN = "example.org"


@cache
def pem(kind: str) -> str:
    """Return a private key in PEM: `ed25519`, or RSA of so many bits; the same for a whole run."""
    key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(65537, int(kind))
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def pair(kind: str) -> KeyPair:
    """Return the key of `pem` as the program loads it; its selector says what it is."""
    source = KeySource(setting="dkim.key", selector=f"s{kind}", text=pem(kind))
    return load_ed25519(source) if kind == "ed25519" else load_rsa(source)


def signer(*kinds: str, domain: str = DOMAIN) -> DkimSigner:
    """Return what signs with such keys."""
    return DkimSigner(domain, [pair(kind).signing for kind in kinds])


def records(*kinds: str, domain: str = DOMAIN) -> dict[str, str]:
    """Return the DNS that verifies them: name -> record."""
    return {pair(kind).name(domain): pair(kind).record for kind in kinds}


def verdicts(content: bytes, dns: Mapping[str, str]) -> list[bool]:
    """Return dkimpy's word on each signature from the top; none where it is no message."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return dns[name.decode().rstrip(".")].encode()

    try:
        verifier = dkimpy.DKIM(content)
    except dkimpy.MessageFormatError:
        return []
    count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
    return [_verdict(verifier, index, look_up) for index in range(count)]


def _verdict(verifier: dkimpy.DKIM, index: int, look_up: object) -> bool:
    try:
        return bool(verifier.verify(index, dnsfunc=look_up))
    except dkimpy.DKIMException:
        return False


def write_key(path: Path, kind: str, mode: int = 0o600) -> Path:
    """Write a key to a file and return its path."""
    path.write_text(pem(kind), encoding="ascii")
    path.chmod(mode)
    return path
