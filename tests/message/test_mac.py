"""The prepared MAC is HMAC-SHA256, as the standard library computes it."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from digest.message.mac import Mac


@given(st.binary(max_size=200), st.binary(max_size=80), st.lists(st.binary(max_size=300)))
def test_a_prepared_mac_is_the_mac_of_its_label_and_the_message(
    key: bytes, label: bytes, messages: list[bytes]
) -> None:
    prepared = Mac(key, label)

    found = [prepared(message) for message in messages]

    assert found == [hmac.digest(key, label + message, "sha256") for message in messages]


def test_a_key_is_never_shown() -> None:
    assert "secret" not in repr(Mac(b"secret", b"label"))
