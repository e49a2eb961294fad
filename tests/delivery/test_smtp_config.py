"""Settings of the SMTP server that are refused, and that the password shows nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from digest.delivery.config import SmtpConfig
from digest.errors import ConfigurationError

LOGIN: dict[str, Any] = {"username": "digest", "password": "tell-nobody"}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"host": ""}, "host"),
        ({"host": "smtp.example.org:587"}, "host"),
        ({"host": "https://smtp.example.org"}, "host"),
        ({"host": "a b"}, "host"),
        ({"host": "a\r\nb"}, "host"),
        ({"host": ".example.org"}, "host"),
        ({"host": "x" * 64 + ".example.org"}, "host"),
        ({"port": 0}, "port"),
        ({"port": 70000}, "port"),
        ({"security": "ssl"}, "security"),
        ({"username": "digest"}, "password"),
        ({"password": "tell-nobody"}, "username"),
        ({"security": "none", **LOGIN}, "security"),
        ({"username": "digest", "password": "a\0b"}, "password"),
        ({"timeout": timedelta(0)}, "timeout"),
        ({"final_dot_timeout": timedelta(minutes=9)}, "final_dot_timeout"),
        ({"messages_per_connection": 0}, "messages_per_connection"),
        ({"local_hostname": "a b"}, "local_hostname"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place_and_without_the_password(
    wrong: dict[str, Any], place: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SmtpConfig(**{"host": "smtp.example.org"} | wrong)

    assert caught.value.where.startswith(f"[smtp] {place}")
    assert "tell-nobody" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.0.1", "::1"])
def test_a_password_may_go_in_clear_text_within_the_machine(host: str) -> None:
    config = SmtpConfig(host=host, security="none", **LOGIN)

    assert config.loopback


@pytest.mark.parametrize("host", ["localhost.example.org", "10.0.0.1", "::2", "127.0.0.1.nip.io"])
def test_a_name_that_only_looks_local_is_not(host: str) -> None:
    assert not SmtpConfig(host=host).loopback


def test_the_password_is_in_no_representation() -> None:
    config = SmtpConfig(host="smtp.example.org", **LOGIN)

    assert "tell-nobody" not in f"{config!r} {config}"


def test_an_ipv6_server_is_shown_in_brackets() -> None:
    assert SmtpConfig(host="::1", port=25).server == "[::1]:25"
