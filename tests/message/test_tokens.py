"""Tokens: what a link carries verifies, and nothing else does."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.message.tokens import KeyRing, Purpose, read_token, sign_token

HANDLE = b"\x00\xff\x10reader"[:8]
RING = KeyRing(1, {1: b"a" * 32})


@settings(deadline=None)  # other builds share this machine
@given(st.sampled_from(Purpose), st.binary(min_size=8, max_size=8), st.integers(0, 2**32 - 1))
def test_a_token_says_what_was_signed(purpose: Purpose, handle: bytes, context: int) -> None:
    text = sign_token(RING, purpose, handle, context)

    token = read_token(RING, text)

    assert len(text) == 32
    assert token is not None
    assert (token.purpose, token.handle, token.context) == (purpose, handle, context)


def test_the_form_of_a_token_never_changes() -> None:
    ring = KeyRing(3, {3: bytes(range(32))})

    text = sign_token(ring, Purpose.ANSWER, b"12345678", 0x01020304)

    assert text == "AwIxMjM0NTY3OAECAwQqbw9LtbfLE8_b"


def test_a_token_with_any_bit_flipped_is_refused() -> None:
    raw = urlsafe_b64decode(sign_token(RING, Purpose.LEAVE, HANDLE, 7))

    flipped = [
        bytes(byte ^ (1 << bit) if at == place else byte for at, byte in enumerate(raw))
        for place in range(len(raw))
        for bit in range(8)
    ]

    assert len(flipped) == 192
    assert all(read_token(RING, urlsafe_b64encode(each).decode()) is None for each in flipped)


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "=",
        lambda text: text + "A",
        lambda text: text + "\n",
        lambda text: "\n" + text,
        lambda text: text[:10] + " " + text[10:],
        lambda text: text.replace("-", "+").replace("_", "/"),
        lambda text: text[:-1] + "é",
        lambda text: text.translate({ord("A"): "Ａ"}),
        lambda text: "A" * 32,
        lambda text: "\x00" * 32,
    ],
)
def test_a_token_has_one_text_only(alter) -> None:
    # 0xff 0xfb give "_" and "-" somewhere, so that the other alphabet is a different text.
    text = sign_token(RING, Purpose.LEAVE, b"\xff\xfb\xff\xfb\xff\xfb\xff\xfb", 2**32 - 1)

    altered = alter(text)

    assert {"-", "_"} <= set(text)
    assert altered != text
    assert read_token(RING, altered) is None


@settings(deadline=None)  # other builds share this machine
@given(st.text(max_size=40) | st.text("ABCabc019-_", min_size=32, max_size=32))
def test_no_invented_text_is_a_token(text: str) -> None:
    assert read_token(RING, text) is None


def test_an_old_key_goes_on_verifying_and_the_new_one_signs() -> None:
    old = sign_token(RING, Purpose.LEAVE, HANDLE, 7)
    rotated = KeyRing(2, {1: b"a" * 32, 2: b"b" * 32})

    new = sign_token(rotated, Purpose.LEAVE, HANDLE, 7)

    assert (found := read_token(rotated, old)) is not None
    assert found.key_id == 1
    assert (found := read_token(rotated, new)) is not None
    assert found.key_id == 2
    assert read_token(RING, new) is None
    assert read_token(KeyRing(2, {2: b"b" * 32}), old) is None


def test_another_sites_token_is_refused() -> None:
    text = sign_token(KeyRing(1, {1: b"x" * 32}), Purpose.LEAVE, HANDLE, 7)

    assert read_token(RING, text) is None


@pytest.mark.parametrize(("handle", "context"), [(b"short", 1), (HANDLE, -1), (HANDLE, 2**32)])
def test_what_does_not_fit_into_a_token_is_not_signed(handle: bytes, context: int) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        sign_token(RING, Purpose.LEAVE, handle, context)


@pytest.mark.parametrize(
    "keys", [{}, {2: b"a" * 32}, {1: b"short"}, {1: b"a" * 32, 256: b"b" * 32}]
)
def test_a_ring_that_cannot_sign_is_refused(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        KeyRing(1, keys)


def test_keys_and_handles_are_never_shown() -> None:
    token = read_token(RING, sign_token(RING, Purpose.LEAVE, b"secretly", 7))

    assert "aaaa" not in repr(RING)
    assert "secretly" not in repr(token)
