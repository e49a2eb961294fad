"""docs/settings.md has every setting with its default, and none that does not exist."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from digest.settings import PREFIX, Settings, load_settings
from tests.docs.pages import TOP, Part, parts, quoted

PAGE = TOP / "docs" / "settings.md"
#: How the page says a default that has no value to write.
NOTHING = {"empty": "", "none": None, "made once": ""}


def tables() -> dict[str, Part]:
    """Return the page's parts by the table of digest.toml that they are about."""
    return {part.title.strip("`[]"): part for part in parts(PAGE) if part.title.startswith("`[")}


def rows() -> list[tuple[str, str, list[str]]]:
    """Return (table, key, the row's other cells)."""
    return [
        (table, quoted(row[0])[0], row[1:])
        for table, part in tables().items()
        for row in part.rows()
    ]


def models() -> dict[str, type[BaseModel]]:
    """Return the model of each table."""
    fields = {name: field.annotation for name, field in Settings.model_fields.items()}
    return {
        name: model
        for name, model in fields.items()
        if isinstance(model, type) and issubclass(model, BaseModel)
    }


def as_toml(cell: str) -> str:
    """Return a value as it would stand in digest.toml."""
    return quoted(cell)[0]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for a site, with no setting in the environment."""
    for name in [*os.environ]:
        if name.startswith(PREFIX) or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)
    return tmp_path


def load(site: Path, text: str) -> Settings:
    (site / "digest.toml").write_text(text, encoding="utf-8")
    return load_settings(site)


def value(site: Path, table: str, key: str, written: str | None = None) -> object:
    """Return what a site has for a key, written in digest.toml or not."""
    text = f"[{table}]\n{key} = {written}\n" if written else ""
    found = getattr(getattr(load(site, text), table), key)
    return found.get_secret_value() if isinstance(found, SecretStr) else found


def test_every_setting_is_described_and_no_other() -> None:
    told = {(table, key) for table, key, _ in rows()}

    assert told == {(table, key) for table, model in models().items() for key in model.model_fields}


@pytest.mark.parametrize(("table", "key", "cells"), rows())
def test_the_variable_is_that_of_the_key(table: str, key: str, cells: list[str]) -> None:
    assert quoted(cells[2]) == [f"{PREFIX}{table}__{key}".upper()]


@pytest.mark.parametrize(("table", "key", "cells"), rows())
def test_the_default_is_what_a_site_without_the_key_has(
    site: Path, table: str, key: str, cells: list[str]
) -> None:
    default = value(site, table, key)

    said = cells[1]

    if said in NOTHING:
        assert default == NOTHING[said]
    else:
        assert default == value(site, table, key, written=as_toml(said))


@pytest.mark.parametrize(
    ("table", "key", "cells"), [row for row in rows() if not row[2][3].startswith("see")]
)
def test_the_example_is_accepted_and_changes_something(
    site: Path, table: str, key: str, cells: list[str]
) -> None:
    changed = value(site, table, key, written=as_toml(cells[3]))

    assert changed != value(site, table, key)


def captures() -> list[list[str]]:
    """Return the rows of the table on captured mail."""
    return next(part for part in parts(PAGE) if part.title.startswith("Captured")).rows()


BASE = {"not set": "", "`https://...`": "https://news.example.org", "loopback": "http://localhost"}
HOST = {
    "not set": "",
    "set": "smtp.example.org",
    "set to a loopback address": "127.0.0.1",
    "set to another machine": "smtp.example.org",
}


@pytest.mark.parametrize(("base", "host", "said"), captures())
def test_what_is_said_of_captured_mail_is_so(site: Path, base: str, host: str, said: str) -> None:
    settings = load(site, f'[site]\nbase_url = "{BASE[base]}"\n[smtp]\nhost = "{HOST[host]}"\n')

    assert settings.captures == said.startswith("captured")
    assert settings.links_lead_nowhere == said.startswith("refused")


def test_a_secret_without_the_prefix_is_ignored_as_the_page_warns(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(site))
    (site / "smtp__password").write_text("ignored", encoding="utf-8")

    without = load(site, "").smtp.password.get_secret_value()
    (site / "digest_smtp__password").write_text("read\n", encoding="utf-8")

    assert without == ""
    assert load(site, "").smtp.password.get_secret_value() == "read"
