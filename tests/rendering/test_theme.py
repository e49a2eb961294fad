"""The theme: every ink can be read on its background, by day and by night."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.paths import shipped
from digest.rendering.theme import Theme, Tone, read_theme

ENOUGH = 4.5


def theme() -> Theme:
    """Return the shipped theme."""
    return read_theme([shipped("templates")])


def luminance(colour: str) -> float:
    """Return the relative luminance of #RRGGBB (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def pairs() -> list[tuple[Tone, Tone]]:
    """Return every ink with its background; lines are not read."""
    return [
        (tone, surface.tones["bg"])
        for surface in theme().surfaces.values()
        for name, tone in surface.tones.items()
        if name not in ("bg", "line")
    ]


@pytest.mark.parametrize(("ink", "background"), pairs(), ids=lambda tone: tone.css)
def test_every_ink_can_be_read_on_its_background(ink: Tone, background: Tone) -> None:
    assert contrast(ink.light, background.light) >= ENOUGH
    assert contrast(ink.dark, background.dark) >= ENOUGH


def test_no_colour_is_pure_black_or_white() -> None:
    tones = [tone for surface in theme().surfaces.values() for tone in surface.tones.values()]

    pure = {"#000000", "#FFFFFF"}
    assert not [tone.css for tone in tones if {tone.light.upper(), tone.dark.upper()} & pure]


def test_a_site_changes_one_colour_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "theme.toml").write_text('[surface.card]\nink = ["#222222", "#DDDDDD"]\n')

    changed = read_theme([tmp_path, shipped("templates")])

    assert changed.card.ink.light == "#222222"
    assert changed.card.bg == theme().card.bg


def test_a_colour_that_is_no_pair_is_named(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "theme.toml").write_text('[surface.card]\nink = "#222222"\n')

    with pytest.raises(TemplateError, match=r"surface\.card\.ink is not a pair"):
        read_theme([tmp_path, shipped("templates")])


@pytest.mark.parametrize("language", ["en", "ja", "zh-Hans", "zh", "sv"])
def test_every_language_has_all_fonts(language: str) -> None:
    font = theme().font(language)

    assert set(font) == set(theme().fonts["default"])
    assert ("Hiragino Sans" in font["body"]) is (language == "ja")
    assert ("PingFang SC" in font["body"]) is language.startswith("zh")
