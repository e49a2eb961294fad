"""Signing a message of the sample, RSA-2048 and Ed25519, against dkimpy with the same header list.

Run it with `python -m benchmarks.signing`. The goal is to be 25 times as fast as dkimpy with RSA.
"OpenSSL alone" makes the bare RSA signature of 32 bytes: nobody can be faster than that. The last
line lets two threads sign and says how much more they do than one: what the machine's second core
is worth for this, since the signing itself holds no lock.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter

import dkim as dkimpy
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from benchmarks.composing import BASE_URL, DUE, KEY, RING, entries, sample
from benchmarks.timing import interleave, paired_ratio, report
from digest.message.composer import Composer
from digest.message.dkim import DkimSigner
from digest.message.dkim_keys import KeyPair, KeySource, load_ed25519, load_rsa
from digest.message.markers import plain_values
from digest.message.splice import compile_program

PEER, OURS = "dkimpy, RSA-2048", "ours, RSA-2048"
DOMAIN, SIGNATURES = "news.example", 400


def _pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    # The old form for RSA: dkimpy reads no other.
    old = PrivateFormat.TraditionalOpenSSL if isinstance(key, rsa.RSAPrivateKey) else None
    form = old or PrivateFormat.PKCS8
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def keys() -> tuple[KeyPair, KeyPair, str]:
    """Return an RSA and an Ed25519 key, and the RSA one as dkimpy wants it."""
    text = _pem(rsa.generate_private_key(65537, 2048))
    edwards = _pem(ed25519.Ed25519PrivateKey.generate())
    return (
        load_rsa(KeySource(setting="key", selector="r", text=text)),
        load_ed25519(KeySource(setting="key", selector="e", text=edwards)),
        text,
    )


def contenders() -> dict[str, tuple[Callable[[], object], int]]:
    """Return what is timed, and how often in a round."""
    letterhead, frozen = sample()
    rsa_key, edwards, pem = keys()
    composer = Composer(letterhead, [frozen], base_url=BASE_URL, ring=RING, message_key=KEY)
    entry = entries(1)[0]
    content = composer.compose(entry).content
    program = compile_program(frozen.rendered, letterhead, language="en")
    values = plain_values(frozen.rendered, composer.personal(entry))
    filled = program.pieces(values, entry.recipient, DUE, "<1.2.x@x.org>")
    body = b"".join(filled.body)
    seals = {
        OURS: DkimSigner(DOMAIN, [rsa_key.signing]).seal(program.fixed),
        "ours, Ed25519": DkimSigner(DOMAIN, [edwards.signing]).seal(program.fixed),
        "ours, both": DkimSigner(DOMAIN, [rsa_key.signing, edwards.signing]).seal(program.fixed),
    }
    names = dkimpy.DKIM(content).headers
    listed = [name for name, _ in names] * 2
    theirs = {
        PEER: (
            lambda: dkimpy.sign(
                content,
                b"r",
                DOMAIN.encode(),
                pem.encode(),
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=listed,
            ),
            20,
        )
    }
    ours = {
        name: ((lambda seal=seal: seal.sign(filled.own, body, DUE)), SIGNATURES)
        for name, seal in seals.items()
    }
    alone = (lambda: rsa_key.signing.sign(bytes(32)), SIGNATURES)
    return {**theirs, **ours, "OpenSSL alone, RSA-2048": alone}


def _rate(sign: Callable[[], object], threads: int) -> float:
    """Return how many signatures a second so many threads make."""
    with ThreadPoolExecutor(threads) as pool:
        started = perf_counter()
        list(pool.map(lambda _: sign(), range(SIGNATURES)))
        return SIGNATURES / (perf_counter() - started)


def main() -> None:
    """Measure and print."""
    field = contenders()
    times = interleave(field)
    print(report("A signature for a message of the sample", times, PEER))
    print(f"  {OURS}: {paired_ratio(times, PEER, OURS):.0f} times as fast as dkimpy (goal: 25)")
    sign = field[OURS][0]
    gains = [_rate(sign, 2) / _rate(sign, 1) for _ in range(7)]
    print(f"  two threads sign {median(gains):.2f} times as much as one on this machine")


if __name__ == "__main__":
    main()
