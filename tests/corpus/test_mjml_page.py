"""docs/mjml.md names every component, difference and limit, as the code has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.rendering import bounds, components, guards, markup, preflight
from digest.rendering.components import schema
from tests.corpus.differences import DIFFERENCES, LOOKS_DIFFERENT

PAGE = (Path(__file__).parents[2] / "docs" / "mjml.md").read_text(encoding="utf-8")


def _part(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_difference_is_named_and_no_other() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", _part("Known differences from MJML 5"), re.MULTILINE)

    assert told == [each.name for each in DIFFERENCES]
    assert all(f"`{name}`" in PAGE for name in LOOKS_DIFFERENT)


def test_every_component_is_named_and_no_other() -> None:
    rows = _part("What may stand in a mail").split("\n")
    told = {
        name
        for row in rows
        if row.startswith("| `")
        for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])
    }

    assert told == set(schema())


@pytest.mark.parametrize(
    "limit",
    [
        bounds.MAX_STEPS,
        bounds.MAX_TEMPLATE,
        bounds.MAX_VOLUME,
        guards.MAX_VALUE,
        guards.MAX_DIGITS,
        preflight.MAX_CHARACTERS,
        preflight.MAX_ELEMENTS,
        preflight.MAX_COMPONENTS,
        markup.MAX_ATTRIBUTE,
        components.MAX_LENGTH,
    ],
)
def test_every_limit_is_named(limit: int) -> None:
    assert f"{limit:,}" in _part("Limits")


def test_the_small_limits_and_the_missing_filters_are_named() -> None:
    text = _part("Limits")

    assert f"{preflight.MAX_DEPTH} deep" in text
    assert f"{bounds.MAX_SECONDS:.0f} seconds" in text
    assert all(f"`{name}`" in text for name in bounds._UNWANTED)


@pytest.mark.parametrize("name", sorted(preflight._INSTEAD))
def test_every_component_of_mjml_that_we_refuse_is_named(name: str) -> None:
    assert f"`{name}`" in _part("Not allowed, and why")
