"""Find a site, and read its settings; what is wrong is said with its place, all at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from digest.errors import ConfigurationError, DigestError, ManyErrors
from digest.settings.site import PREFIX, Settings, secret_folders

#: Variables of ours that are no settings.
NOT_SETTINGS = frozenset({"DIGEST_HOME"})


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
    keys = [str(part) for part in error["loc"] if not isinstance(part, int)]
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
    for folder in secret_folders():
        for found in folder.iterdir():
            if found.name.lower() == secret:
                return str(found)
    lines = path.read_text(encoding="utf-8").splitlines()
    # A key of a table that stands in one line is found by that line.
    places = (_line_of(".".join(keys[:length]), lines) for length in range(len(keys), 0, -1))
    line = next((line for line in places if line), 0)
    return f"{path.name}:{line}" if line else path.name


def _line_of(name: str, lines: list[str]) -> int:
    """Return the line on which a key or a table begins, or 0."""
    table = ""
    for number, line in enumerate(lines, start=1):
        text = line.split("#")[0].strip().replace('"', "")
        if text.startswith("["):
            table = text.strip("[] ")
        key = text.partition("=")[0].strip()
        if name == (table if text.startswith("[") else f"{table}.{key}".strip(".")):
            return number
    return 0


def _siblings(keys: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for key in keys[:-1]:
        model = _model_of(model, key) or model
    return [name for name in model.model_fields if name != "home"]


def _model_of(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Return the table that a key holds, or each of the tables that it holds by name."""
    field = model.model_fields.get(key)
    if field is None:
        return None
    kinds = (field.annotation, *get_args(field.annotation))
    tables = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next(tables, None)


def _variables(model: type[BaseModel] = Settings, before: str = PREFIX) -> Iterator[str]:
    """Name every variable that is a setting; a table by names is one, and its value JSON."""
    for key, field in model.model_fields.items():
        if key == "home":
            continue
        kind = field.annotation
        if model is not Settings:
            yield f"{before}{key}".upper()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _variables(kind, f"{before}{key}__")


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[ConfigurationError]:
    known = list(_variables())
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name.upper() not in {*known, *NOT_SETTINGS}:
            near = get_close_matches(name.upper(), known, n=1, cutoff=0.7)
            hint = (
                f"Did you mean {near[0]}?" if near else "Unset it; docs/settings.md has them all."
            )
            yield ConfigurationError(name, "unknown variable", hint)
