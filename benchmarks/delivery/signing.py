"""Mail that is signed as it leaves: RSA-2048, as most do; and signing alone beside dkimpy.

`python -m benchmarks.delivery.signing SITE` times signing alone and prints one line of JSON. Both
sign the same message over the same fields, with the same key.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks.delivery.clients import LIMIT, OURS, SOURCE, Field
from benchmarks.delivery.figures import Goal, Spread, race, ratio, table
from benchmarks.delivery.sinks import smtp_sink

SIGNED = "digest, RSA-2048 DKIM"
CONNECTIONS, ROUNDS = 32, 7
#: Signatures in a round; dkimpy takes milliseconds for each.
_OURS, _THEIRS = 200, 20
DOMAIN, SELECTOR, KEY_FILE = "news.example", "bench", "dkim.pem"
#: What differs from message to message; all else is hashed once an edition.
_OWN = (b"to:", b"date:", b"message-id:", b"list-unsubscribe:")


def with_signatures(field: Field, rounds: int) -> list[Goal]:
    """Race signed mail against smtp-source, and signing against dkimpy."""
    with smtp_sink() as port:
        clients = {
            SIGNED: field.ours(port, CONNECTIONS, "--dkim"),
            OURS: field.ours(port, CONNECTIONS),
            f"{SOURCE} -s 10": field.source(port, 10),
        }
        runs, idle = race(clients, rounds)
    print(
        table(f"Signed mail, smtp-sink, {CONNECTIONS} connections", runs, idle, SIGNED), end="\n\n"
    )
    peer = f"{SOURCE} -s 10"
    return [
        Goal(what=f"rate beside {peer}, signed", goal=0.65, measured=ratio(runs, SIGNED, peer)),
        _alone(field.site),
    ]


def _alone(site: Path) -> Goal:
    command = (sys.executable, "-m", f"{__package__}.signing", str(site))
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=LIMIT)
    measured = json.loads(done.stdout)
    ours, theirs = Spread.of(measured["ours"]), Spread.of(measured["dkimpy"])
    print(f"Signing a message with RSA-2048, one thread: {ours} µs; dkimpy {theirs} µs\n")
    pairs = zip(measured["ours"], measured["dkimpy"], strict=True)
    times = Spread.of([peer / each for each, peer in pairs])
    return Goal(what="signing alone beside dkimpy", goal=25, measured=times)


def make_key() -> bytes:
    """Return a new RSA key of 2048 bits, in PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _measure(site: Path) -> dict[str, list[float]]:
    """Return the microseconds a signature takes, one figure a round, in turn."""
    import dkim

    from digest.message.dkim import DkimSigner
    from digest.message.dkim_keys import KeySource, load_rsa

    pem, content = make_key(), (site / "message.eml").read_bytes()
    head, _, body = content.partition(b"\r\n\r\n")
    fields = [field + b"\r\n" for field in re.split(rb"\r\n(?![ \t])", head)]
    own = [field for field in fields if field.lower().startswith(_OWN)]
    fixed = [field for field in fields if field not in own]
    source = KeySource(setting="dkim.key", selector=SELECTOR, text=pem.decode())
    seal = DkimSigner(DOMAIN, [load_rsa(source).signing]).seal(fixed)
    now = datetime.now(UTC)
    names = [field.partition(b":")[0] for field in fields]

    def theirs() -> bytes:
        signed: bytes = dkim.sign(
            content,
            SELECTOR.encode(),
            DOMAIN.encode(),
            pem,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=names,
        )
        return signed

    measured: dict[str, list[float]] = {"ours": [], "dkimpy": []}
    for number in range(ROUNDS + 1):
        for name, sign, count in (
            ("ours", lambda: seal.sign(own, body, now), _OURS),
            ("dkimpy", theirs, _THEIRS),
        ):
            began = perf_counter()
            for _ in range(count):
                sign()
            if number:
                measured[name].append((perf_counter() - began) / count * 1e6)
    return measured


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]))))
