"""[dkim]: in whose name mail is signed, and the keys to sign with here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import SecretStr, field_validator, model_validator

from digest.settings.tables import Table

DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?\.?")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SELECTOR = re.compile(rf"(?=.{{1,63}}\Z){_LABEL}(?:\.{_LABEL})*")


class DkimSettings(Table):
    """[dkim]: the domain in whose name mail is signed, and the keys to sign with here."""

    domain: str = ""
    selector: str = ""
    key_file: Path | None = None
    """The RSA key, in PEM; `key` is the same as a secret."""
    key: SecretStr = SecretStr("")
    ed25519_selector: str = ""
    ed25519_key_file: Path | None = None
    """A second key: a second signature (RFC 8463)."""
    ed25519_key: SecretStr = SecretStr("")

    @field_validator("domain")
    @classmethod
    def _is_a_domain(cls, value: str) -> str:
        if value and not DOMAIN.fullmatch(value):
            raise ValueError("write a domain such as example.org")
        return value.rstrip(".").lower()

    @field_validator("selector", "ed25519_selector")
    @classmethod
    def _is_a_selector(cls, value: str) -> str:
        if value and not _SELECTOR.fullmatch(value):
            raise ValueError("letters, digits and hyphens, such as digest2026")
        return value.lower()

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        for name in ("", "ed25519_"):
            file, secret = getattr(self, f"{name}key_file"), getattr(self, f"{name}key")
            selector, given = getattr(self, f"{name}selector"), bool(secret.get_secret_value())
            if file and given:
                raise ValueError(f"give {name}key_file or {name}key, not both")
            if bool(file or given) != bool(selector):
                raise ValueError(f"{name}selector and {name}key_file (or {name}key) go together")
        if self.signs and not self.domain:
            raise ValueError("a key needs the domain that it signs for: set domain")
        if self.selector and self.selector == self.ed25519_selector:
            raise ValueError("each key needs a selector of its own")
        return self

    @property
    def signs(self) -> bool:
        """Return whether mail is signed here, and not by the SMTP server or nobody."""
        return bool(self.selector or self.ed25519_selector)
