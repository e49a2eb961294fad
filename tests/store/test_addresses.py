"""What an address is compared by."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.store.addresses import AddressHash, address_key, ascii_address


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Jo@Example.COM", "jo@example.com"),
        (" jo@example.com\n", "jo@example.com"),
        ("jo@BÜCHER.example", "jo@xn--bcher-kva.example"),
        ("jo@xn--BCHER-kva.example", "jo@xn--bcher-kva.example"),
        ("Ünal@example.com", "ünal@example.com"),
        ("jo@例え.テスト", "jo@xn--r8jz45g.xn--zckzah"),
        ('"a@b"@example.com', '"a@b"@example.com'),
        ("no at sign", "no at sign"),
        ("jo@-ü-.example", "jo@-ü-.example"),
        ("half\udcff@example.com", "half?@example.com"),
    ],
)
def test_one_person_has_one_key_however_the_address_is_typed(typed, key):
    assert address_key(typed) == key


def test_the_address_for_sending_keeps_its_local_part_as_typed():
    assert ascii_address("Jo.Doe@BÜCHER.example") == "Jo.Doe@xn--bcher-kva.example"


@given(st.text())
def test_any_text_has_a_key_and_the_key_of_a_key_is_itself(text):
    key = address_key(text)

    assert address_key(key) == key


def test_a_hash_says_nothing_without_its_key():
    ours, theirs = AddressHash(b"k" * 16), AddressHash(b"x" * 16)

    assert ours("a@example.com") == ours("a@example.com")
    assert ours("a@example.com") != theirs("a@example.com")
    assert ours("a@example.com") != ours("b@example.com")
    assert len(ours("a@example.com")) == 16


@given(st.binary(min_size=16, max_size=200), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_hash_is_the_beginning_of_an_hmac_of_rfc_2104(key, address):
    assert AddressHash(key)(address) == hmac.digest(key, address.encode(), "sha256")[:16]


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        AddressHash(b"short")
