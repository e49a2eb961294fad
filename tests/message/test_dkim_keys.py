"""Keys to sign with: what is not one is refused with what to do, and never shown."""

import os
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from digest.errors import ConfigurationError
from digest.message.dkim_keys import KeySource, load_ed25519, load_rsa
from tests.dkim_keys import pair, pem, write_key


def _source(text: str = "", file: Path | None = None) -> KeySource:
    return KeySource(setting="dkim.key", selector="s1", file=file, text=text)


def _odd(kind: str) -> str:
    """Return the text of something that is no key to sign with."""
    known = load_pem_private_key(pem("2048").encode(), None)
    assert isinstance(known, rsa.RSAPrivateKey)
    pkcs8, plain = PrivateFormat.PKCS8, NoEncryption()
    match kind:
        case "public":
            raw = known.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        case "passphrase":
            raw = known.private_bytes(Encoding.PEM, pkcs8, BestAvailableEncryption(b"x"))
        case "curve":
            curve = ec.generate_private_key(ec.SECP256R1())
            raw = curve.private_bytes(Encoding.PEM, pkcs8, plain)
        case "cut":
            return pem("2048")[:800]
        case _:
            return kind
    return raw.decode()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("", "no private key in PEM"),
        ("secret words", "no private key in PEM"),
        ("cut", "no private key in PEM"),
        ("\x00\xff", "no private key in PEM"),
        ("public", "the public key; the private one signs"),
        ("passphrase", "has a passphrase. Take it off"),
        ("curve", "RSA is wanted here, and this is EC"),
    ],
)
def test_what_is_no_rsa_key_is_refused(kind: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_rsa(_source(_odd(kind)))

    assert "dkim.key" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not re.search("[A-Za-z0-9+/]{40}", str(caught.value))


def test_each_kind_of_key_has_a_setting_of_its_own() -> None:
    with pytest.raises(ConfigurationError, match="RSA is wanted here, and this is Ed25519"):
        load_rsa(_source(pem("ed25519")))
    with pytest.raises(ConfigurationError, match="Ed25519 is wanted here, and this is RSA"):
        load_ed25519(_source(pem("2048")))


@pytest.mark.parametrize(("bits", "warned"), [("1024", True), ("2048", False), ("4096", False)])
def test_a_short_key_works_and_is_warned_of(bits: str, warned: bool) -> None:
    assert bool(pair(bits).warning) is warned
    assert "1024 bits" in pair("1024").warning


def test_a_key_that_nobody_accepts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.pem"
    path.write_bytes(_SHORT)
    path.chmod(0o600)

    with pytest.raises(ConfigurationError, match="512 bits: nobody accepts"):
        load_rsa(_source(file=path))


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_file_that_its_owner_and_group_can_read_is_taken(tmp_path: Path, mode: int) -> None:
    path = write_key(tmp_path / "dkim.pem", "2048", mode)

    assert load_rsa(_source(file=path)).record == pair("2048").record


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = write_key(tmp_path / "dkim.pem", "2048", mode)

    with pytest.raises(ConfigurationError, match=r"others can .* this key\. chmod 600"):
        load_rsa(_source(file=path))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.pem: the key of dkim\.key cannot be read"):
        load_rsa(_source(file=tmp_path / "gone.pem"))


def test_the_record_publishes_the_public_half() -> None:
    rsa_record, edwards = pair("2048").record, pair("ed25519").record

    key = load_pem_private_key(pem("2048").encode(), None)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert b64decode(rsa_record.removeprefix("v=DKIM1; k=rsa; p=")) == spki
    assert len(b64decode(edwards.removeprefix("v=DKIM1; k=ed25519; p="))) == 32
    assert pair("2048").name("example.org") == "s2048._domainkey.example.org"


@pytest.mark.parametrize("kind", ["1024", "2048", "4096", "ed25519"])
def test_no_string_of_a_zone_line_is_longer_than_the_dns_takes(kind: str) -> None:
    line = pair(kind).zone_line("example.org")

    strings = re.findall(r'"([^"]*)"', line)
    assert line.startswith(f"s{kind}._domainkey.example.org. IN TXT ( ")
    assert "".join(strings) == pair(kind).record
    assert max(map(len, strings)) <= 255


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path) -> None:
    # An interpreter that has everything but `cryptography`.
    script = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from digest.message.dkim_keys import KeySource, load_rsa\n"
        "load_rsa(KeySource(setting='dkim.key', selector='s', text='x'))\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert "ConfigurationError" in ran.stderr
    assert "pip install 'digest-mailer[dkim]'" in ran.stderr


def test_the_library_is_not_loaded_where_nothing_is_signed() -> None:
    script = (
        "import sys, digest.message.composer, digest.message.dkim, digest.message.dkim_keys\n"
        "print('cryptography' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"


#: Made by `openssl genrsa 512`: the library makes none that short.
_SHORT = b"""\
-----BEGIN RSA PRIVATE KEY-----
MIIBOwIBAAJBAMjM9X8p+whiFDCdN5WfVUun00pmvB+GkK8wYmgghd4b/wqPoqI6
IDL/tqhdrwC+TieRHeiFhFt0/BFVzcPUy30CAwEAAQJBAK+3W+Wp0PlnCo/4JFoU
kkmgVS+4c0uLMDV+O78vJrZTbxIS34AeN762mWZ3Elm+PdAqye9KEHN/yFiJrx6G
JykCIQD4EyRiXUK/0gTS2Bqqza2dcAI6Vs9uLwPbATFG0uywCwIhAM83MHbm8RL9
auCvIRQtInVR0zYxsc1xLLw3DJf5Wv+XAiBbRx/SGaKf1fT0Z5OYWUmSbk5DjQGR
9zah9JRfDOkN9QIgNrsfA+jPt/JTbnETTZ72QQKRxPivO9IuvK/VlbZ5AJUCIQCV
1vE657h7z6YiEztBgKStLLJ7jWV0q8gYY4d7ftximw==
-----END RSA PRIVATE KEY-----
"""
