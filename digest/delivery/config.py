"""What the transport is told about the SMTP server, checked when it is put together.

A configuration that would send a password over the net in clear text cannot be built. The password
stays out of every representation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, get_args

from digest.errors import ConfigurationError

Security = Literal["starttls", "tls", "none"]

#: RFC 5321 4.5.3.2.6: who waits less for the reply to the final dot sends messages twice.
SHORTEST_FINAL_WAIT = timedelta(minutes=10)

_HOST = re.compile(r"[^\s\x00-\x20\x7f/@\[\]]+")
_OWN_NAME = re.compile(r"[A-Za-z0-9._:\[\]-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpConfig:
    """An SMTP server and how to talk to it.

    Raises:
        ConfigurationError: a value is wrong, or a password would travel unprotected.
    """

    host: str
    port: int = 587
    security: Security = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: timedelta = timedelta(seconds=30)
    """For connecting and for each reply but the last one."""
    final_dot_timeout: timedelta = SHORTEST_FINAL_WAIT
    """For the reply to the final dot."""
    messages_per_connection: int = 1000
    """After so many the connection is renewed; servers set limits of their own and count."""
    idle_timeout: timedelta = timedelta(seconds=30)
    """A connection that has had nothing to do for so long is ended."""
    local_hostname: str = ""
    """The name given in EHLO; "" finds it out."""
    ca_file: Path | None = None
    """Certificates to trust besides the system's, for a private authority."""

    def __post_init__(self) -> None:
        """Check every value once, so that nothing further in has to."""
        self._check_place()
        self._check_login()
        self._check_numbers()

    @property
    def server(self) -> str:
        """Return `host:port`, as it is shown to a person."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Return whether the server is on this machine, so that nobody can listen in."""
        if self.host.rstrip(".").lower() == "localhost":
            return True
        return _is_address(self.host) and ip_address(self.host).is_loopback

    def _check_place(self) -> None:
        if not (_HOST.fullmatch(self.host) and _resolvable(self.host)):
            raise ConfigurationError(
                "[smtp] host",
                f"{self.host!r} is not a host",
                'Give a name or an address alone, such as "smtp.example.org".',
            )
        if not 1 <= self.port <= 65535:
            raise ConfigurationError(
                "[smtp] port", f"{self.port} is not a port", "Usual are 587 (starttls), 465 (tls)."
            )
        if self.security not in get_args(Security):
            raise ConfigurationError(
                "[smtp] security", f"{self.security!r} is unknown", "Say starttls, tls or none."
            )
        if self.local_hostname and not _OWN_NAME.fullmatch(self.local_hostname):
            raise ConfigurationError(
                "[smtp] local_hostname",
                f"{self.local_hostname!r} cannot be said in EHLO",
                "Use letters, digits, dots and hyphens.",
            )

    def _check_login(self) -> None:
        if bool(self.username) != bool(self.password):
            missing = "password" if self.username else "username"
            raise ConfigurationError(
                f"[smtp] {missing}",
                f"there is no {missing} to log in with",
                "Give both, or neither for a server that asks for no login.",
            )
        if "\0" in self.username + self.password:
            raise ConfigurationError("[smtp] password", "a NUL character cannot be sent")
        if self.password and self.security == "none" and not self.loopback:
            raise ConfigurationError(
                "[smtp] security",
                f"the password would travel to {self.server} in clear text",
                'Use security = "starttls" or "tls"; "none" with a password is for loopback only.',
            )

    def _check_numbers(self) -> None:
        if self.timeout <= timedelta(0):
            raise ConfigurationError("[smtp] timeout", "it must be longer than nothing")
        if self.final_dot_timeout < SHORTEST_FINAL_WAIT:
            raise ConfigurationError(
                "[smtp] final_dot_timeout",
                "less than 10 minutes makes duplicates (RFC 5321 4.5.3.2.6)",
                "Leave it out.",
            )
        if self.idle_timeout <= timedelta(0):
            raise ConfigurationError("[smtp] idle_timeout", "it must be longer than nothing")
        if self.messages_per_connection < 1:
            raise ConfigurationError("[smtp] messages_per_connection", "it must be at least 1")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _resolvable(host: str) -> bool:
    """Return whether the resolver can be asked: no port in it, no empty and no endless label."""
    if ":" in host:
        return _is_address(host)
    try:
        host.rstrip(".").encode("idna")
    except UnicodeError:
        return False
    return True
