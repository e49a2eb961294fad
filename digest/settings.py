"""What we are told: digest.toml, then the environment, then secret files; the later one counts.

The only reader of the environment. A wrong key or value is refused with its place and the fix,
also an unknown `DIGEST_` variable: a setting that is silently ignored is worse than none.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from digest.errors import ConfigurationError, DigestError, ManyErrors

PREFIX = "DIGEST_"
#: Variables of ours that are no settings.
NOT_SETTINGS = frozenset({"DIGEST_HOME"})
#: What would have to be escaped, by one rule or another, where HTML or CSS names a picture.
_NOT_IN_A_SRC = re.compile(r"[^A-Za-z0-9._~:/%@!$+,;=\[\]-]")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?\.?")
# As long as leaves room for the token that names an entry: 64 characters in all (RFC 5321).
_RETURN_PATH = re.compile(
    rf"(?=.{{1,19}}@)[A-Za-z0-9_=+-]+(?:\.[A-Za-z0-9_=+-]+)*@{_DOMAIN.pattern}"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOLE = re.compile(r"\{[^}]*\}")
#: What a browser would run or fetch instead of handing it to an editor.
_NO_EDITORS = frozenset({"javascript", "data", "vbscript", "blob", "http", "https", "file"})
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _parse_span(value: object) -> object:
    """Read "30 seconds", "2 hours"; leave anything else to pydantic."""
    if not isinstance(value, str):
        return value
    count, _, unit = value.strip().partition(" ")
    seconds = _UNITS.get(unit.strip().removesuffix("s"))
    if seconds is None or not count.isdigit():
        raise ValueError('write a span such as "30 seconds" or "2 hours"')
    return timedelta(seconds=int(count) * seconds)


Span = Annotated[timedelta, BeforeValidator(_parse_span)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class SmtpSettings(_Table):
    """[smtp]: the server that mail is handed to; without a host it is only captured."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    timeout: Span = timedelta(seconds=30)
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


class DeliverySettings(_Table):
    """[delivery]: what to do when a message may or may not have been taken; when to give up."""

    in_doubt: Literal["resend", "hold"] = "resend"
    first_wait: Span = timedelta(minutes=1)
    longest_wait: Span = timedelta(hours=1)
    give_up_after: Span = timedelta(hours=6)


class DkimSettings(_Table):
    """[dkim]: the domain in whose name mail is signed."""

    domain: str = ""

    @field_validator("domain")
    @classmethod
    def _is_a_domain(cls, value: str) -> str:
        if value and not _DOMAIN.fullmatch(value):
            raise ValueError("write a domain such as example.org")
        return value.rstrip(".").lower()


class WebSettings(_Table):
    """[web]: where `digest web` listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8025, ge=0, le=65535)


class PreviewSettings(_Table):
    """[preview]: where `digest preview` listens, and how it opens a file in an editor."""

    host: str = "127.0.0.1"
    port: int = Field(default=8026, ge=0, le=65535)
    editor: str = "vscode://file{file}:{line}:{column}"

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
        secrets = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=_secret_folders())
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


def _secret_folders() -> list[Path]:
    given = [os.environ.get("CREDENTIALS_DIRECTORY", ""), "/run/secrets"]
    return [path for path in map(Path, filter(None, given)) if path.is_dir()]


def find_site(given: str | None, start: Path | None = None) -> Path:
    """Return the site's folder: the one given, DIGEST_HOME, or the nearest upwards.

    Raises:
        ConfigurationError: there is no digest.toml.
    """
    named = given or os.environ.get("DIGEST_HOME")
    if named:
        folder = Path(named).expanduser().resolve()
        if not (folder / "digest.toml").is_file():
            raise ConfigurationError(
                str(named), "is not a site: there is no digest.toml in it", "digest init makes one."
            )
        return folder
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "digest.toml").is_file():
            return folder
    raise ConfigurationError(
        str(here),
        "there is no digest.toml here or above",
        "Go to a site's folder, name one with --site DIR, or make one: digest init DIR.",
    )


def load_settings(home: Path) -> Settings:
    """Read the settings of a site.

    Raises:
        ConfigurationError: a key or value is wrong; all that is wrong is named at once.
    """
    path = home / "digest.toml"
    written = _read_toml(path)
    problems: list[DigestError] = list(_unknown_variables(os.environ))
    try:
        settings = Settings(**{**written, "home": home})
    except ValidationError as error:
        explained = [_explain(dict(one), path) for one in error.errors()]
        said = {problem.where for problem in problems}
        problems += [problem for problem in explained if problem.where not in said]
    except ValueError as error:  # an environment variable that is no JSON where JSON is needed
        problems.append(ConfigurationError("environment", str(error)))
    if problems:
        raise problems[0] if len(problems) == 1 else _all_of(problems)
    return settings


def _all_of(problems: list[DigestError]) -> DigestError:
    many = ManyErrors(problems)
    many.exit_code = ConfigurationError.exit_code
    return many


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(str(path.name), str(error), "Mend the file.") from error
    if "home" in written:
        raise ConfigurationError(path.name, "unknown key 'home'", "Delete it.")
    return written


def _explain(error: Mapping[str, Any], path: Path) -> ConfigurationError:
    keys = [str(part) for part in error["loc"]]
    name = ".".join(keys)
    where = _origin(keys, path)
    if error["type"] == "extra_forbidden":
        near = get_close_matches(keys[-1], _siblings(keys), n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(_siblings(keys))}."
        return ConfigurationError(where, f"unknown key '{name}'", hint)
    said = str(error["msg"]).removeprefix("Value error, ")
    return ConfigurationError(where, f"{name}: {said[:1].lower()}{said[1:]}", "")


def _origin(keys: list[str], path: Path) -> str:
    """Name the variable, or the line of digest.toml, that a value came from."""
    variable = PREFIX + "__".join(keys).upper()
    if any(name.upper() == variable for name in os.environ):
        return variable
    secret = variable.lower()
    for folder in _secret_folders():
        for found in folder.iterdir():
            if found.name.lower() == secret:
                return str(found)
    table = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.split("#")[0].strip()
        if text.startswith("["):
            table = text.strip("[] ")
        here = f"{table}.{text.partition('=')[0].strip()}".strip(".")
        if here == ".".join(keys) or (len(keys) == 1 and table == keys[0]):
            return f"{path.name}:{number}"
    return path.name


def _siblings(keys: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for key in keys[:-1]:
        model = _model_of(model, key) or model
    return [name for name in model.model_fields if name != "home"]


def _model_of(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = model.model_fields.get(key)
    found = field.annotation if field else None
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _variables() -> Iterator[str]:
    for table in _siblings([""]):
        model = _model_of(Settings, table)
        for key in model.model_fields if model else ():
            yield f"{PREFIX}{table}__{key}".upper()


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[ConfigurationError]:
    known = list(_variables())
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name.upper() not in {*known, *NOT_SETTINGS}:
            near = get_close_matches(name.upper(), known, n=1, cutoff=0.7)
            hint = (
                f"Did you mean {near[0]}?" if near else "Unset it; docs/settings.md has them all."
            )
            yield ConfigurationError(name, "unknown variable", hint)
