"""The settings of one site: its tables, and where they may be written.

The later one counts: digest.toml, the environment, secret files.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from digest.settings.delivery import DeliverySettings
from digest.settings.signing import DOMAIN, DkimSettings
from digest.settings.tables import Span
from digest.settings.tables import Table as _Table

PREFIX = "DIGEST_"
#: What would have to be escaped, by one rule or another, where HTML or CSS names a picture.
_NOT_IN_A_SRC = re.compile(r"[^A-Za-z0-9._~:/%@!$+,;=\[\]-]")
# As long as leaves room for the token that names an entry: 64 characters in all (RFC 5321).
_RETURN_PATH = re.compile(
    rf"(?=.{{1,19}}@)[A-Za-z0-9_=+-]+(?:\.[A-Za-z0-9_=+-]+)*@{DOMAIN.pattern}"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOLE = re.compile(r"\{[^}]*\}")
#: What a browser would run or fetch instead of handing it to an editor.
_NO_EDITORS = frozenset({"javascript", "data", "vbscript", "blob", "http", "https", "file"})


class SiteSettings(_Table):
    """[site]: where readers reach us."""

    base_url: str = ""
    assets_url: str = ""

    @field_validator("base_url", "assets_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in LOOPBACK and parts.scheme in ("http", "https")
        if value and not (parts.hostname and (parts.scheme == "https" or local)):
            raise ValueError("write the whole address with https:// (http only for this machine)")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("an address without user name, ? and #")
        return value.rstrip("/")

    @field_validator("assets_url")
    @classmethod
    def _stands_in_any_attribute(cls, value: str) -> str:
        if odd := _NOT_IN_A_SRC.search(value):
            raise ValueError(f"an address without {odd[0]!r}; write it as {quote(odd[0])}")
        return value


class DatabaseSettings(_Table):
    """[database]: the one file, or PostgreSQL."""

    url: SecretStr = SecretStr("sqlite:///var/digest.db")
    wait: Span = timedelta(minutes=15)
    """A send whose database is locked, full or away tries again for so long."""


class SmtpSettings(_Table):
    """[smtp]: the server that mail is handed to; without a host it is only captured."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    timeout: Span = timedelta(seconds=30)
    messages_per_connection: int = Field(default=1000, ge=1)
    """After so many the connection is renewed."""
    idle_timeout: Span = timedelta(seconds=30)
    """A connection that has had nothing to do for so long is ended."""
    ca_file: Path | None = None
    """Certificates to trust besides the system's, for a private authority."""
    return_path: str = ""
    """Where reports of undeliverable mail go; empty: to the address of From."""

    @field_validator("return_path")
    @classmethod
    def _takes_a_token(cls, value: str) -> str:
        if value and not _RETURN_PATH.fullmatch(value):
            raise ValueError("write bounces@example.org, at most 19 characters before the @")
        return value


class WebSettings(_Table):
    """[web]: where `digest web` listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8025, ge=0, le=65535)


class PreviewSettings(_Table):
    """[preview]: where `digest preview` listens, for pages and mail, and how it opens a file."""

    host: str = "127.0.0.1"
    port: int = Field(default=8026, ge=0, le=65535)
    editor: str = "vscode://file{file}:{line}:{column}"
    smtp_port: int = Field(default=1025, ge=0, le=65535)

    @field_validator("editor")
    @classmethod
    def _is_a_link_to_a_file(cls, value: str) -> str:
        if not value:
            return value
        scheme = value.partition(":")[0].lower()
        if not _SCHEME.fullmatch(scheme) or scheme in _NO_EDITORS:
            raise ValueError('write a link such as "vscode://file{file}:{line}:{column}"')
        unknown = set(_HOLE.findall(value)) - {"{file}", "{line}", "{column}"}
        if unknown or "{file}" not in value:
            raise ValueError("it has {file} in it, and may have {line} and {column}")
        return value


class LoggingSettings(_Table):
    """[logging]: how much the service says."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class KeySettings(_Table):
    """[keys]: hexadecimal keys from a secret; what is not given is made once under var/keys."""

    token: SecretStr = SecretStr("")
    hash: SecretStr = SecretStr("")
    message: SecretStr = SecretStr("")


class Settings(BaseSettings):
    """The settings of one site."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        secrets_dir_missing="ok",
    )

    home: Path = Field(default=Path(), init=True, exclude=True)
    """The site's folder."""
    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    smtp: SmtpSettings = SmtpSettings()
    delivery: DeliverySettings = DeliverySettings()
    dkim: DkimSettings = DkimSettings()
    web: WebSettings = WebSettings()
    preview: PreviewSettings = PreviewSettings()
    logging: LoggingSettings = LoggingSettings()
    keys: KeySettings = KeySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources; the first one wins."""
        del settings_cls, dotenv_settings
        secrets = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=secret_folders())
        return secrets, env_settings, init_settings

    @property
    def captures(self) -> bool:
        """Return whether mail goes to the capture server: there is no SMTP host, or no base_url.

        A mail that cannot be left with one click must not leave the machine.
        """
        return not self.smtp.host or not self.site.base_url

    @property
    def links_lead_nowhere(self) -> bool:
        """Return whether mail would leave this machine with links that lead only to it."""
        return self._is_only_ours(self.site.base_url)

    @property
    def pictures_lead_nowhere(self) -> bool:
        """Return whether mail would leave this machine with pictures that only it finds."""
        return self._is_only_ours(self.site.assets_url)

    def _is_only_ours(self, address: str) -> bool:
        local = urlsplit(address).hostname in LOOPBACK
        return local and not self.captures and self.smtp.host not in LOOPBACK

    @property
    def database_url(self) -> str:
        """Return the URL of the database, a relative SQLite path taken from the site's folder."""
        url = self.database.url.get_secret_value()
        kind, sep, path = url.partition(":///")
        if kind.startswith("sqlite") and sep and path and path != ":memory:":
            return f"{kind}:///{(self.home / path).resolve()}"
        return url


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def secret_folders() -> list[Path]:
    """Return the folders that may hold secret files."""
    given = [os.environ.get("CREDENTIALS_DIRECTORY", ""), "/run/secrets"]
    return [path for path in map(Path, filter(None, given)) if path.is_dir()]
