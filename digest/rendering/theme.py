"""The look, read from `theme.toml`: surfaces with their inks in light and dark, and fonts.

A surface is a background with the inks that stand on it. Its own class carries background and ink,
each other ink has a class of its own, so that one flat rule a colour turns a mail dark without
nesting. The light value is inline as well, so the mail stays good where `<style>` is stripped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from digest.errors import TemplateError
from digest.rendering.local import read_toml


@dataclass(frozen=True, slots=True)
class Tone:
    """A colour of a surface. Printed, it is its light value."""

    css: str
    """The name of its class."""
    light: str
    dark: str

    def __str__(self) -> str:
        """Return the light value, for inline styles."""
        return self.light


@dataclass(frozen=True, slots=True)
class Surface:
    """A background and the inks on it, by name."""

    css: str
    """The name of the class that carries its background and its ink."""
    tones: Mapping[str, Tone]

    def __getattr__(self, name: str) -> Tone:
        """Return a tone (AttributeError when there is none)."""
        try:
            return self.tones[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True, slots=True)
class Theme:
    """All surfaces, and the fonts of each language."""

    surfaces: Mapping[str, Surface]
    fonts: Mapping[str, Mapping[str, str]]

    def __getattr__(self, name: str) -> Surface:
        """Return a surface (AttributeError when there is none)."""
        try:
            return self.surfaces[name]
        except KeyError:
            raise AttributeError(name) from None

    def font(self, language: str) -> Mapping[str, str]:
        """Return the fonts of a language, by what they are for; "default" fills the gaps."""
        primary = self.fonts.get(language.split("-", maxsplit=1)[0], {})
        return {**self.fonts["default"], **primary, **self.fonts.get(language, {})}

    @property
    def backgrounds(self) -> list[tuple[str, str]]:
        """Return (dark value, selectors) of all backgrounds."""
        return self._grouped(lambda name: name == "bg")

    @property
    def inks(self) -> list[tuple[str, str]]:
        """Return (dark value, selectors) of all inks."""
        return self._grouped(lambda name: name not in ("bg", "line"))

    @property
    def accents(self) -> list[tuple[str, str]]:
        """Return (light value, selectors) of the inks that only decorate, and stand in no line."""
        return self._grouped(lambda name: name == "accent", lambda tone: tone.light)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return (dark value, selectors) of all lines."""
        return self._grouped(lambda name: name == "line")

    def _grouped(
        self, wanted: Callable[[str], bool], value: Callable[[Tone], str] = lambda tone: tone.dark
    ) -> list[tuple[str, str]]:
        tones = sorted(
            (value(tone), f".{tone.css}")
            for surface in self.surfaces.values()
            for name, tone in surface.tones.items()
            if wanted(name)
        )
        return [
            (colour, ",".join(selector for _, selector in group))
            for colour, group in groupby(tones, key=lambda tone: tone[0])
        ]


def read_theme(folders: Sequence[Path]) -> Theme:
    """Return the theme of the folders, the first of which has the last word.

    Raises:
        TemplateError: a file is not TOML, or a colour is not a pair.
    """
    known: dict[str, dict[str, Any]] = {"surface": {}, "font": {}}
    for folder in reversed(folders):
        file = folder / "mail" / "theme.toml"
        if not file.is_file():
            continue
        for kind, entries in read_toml(file).items():
            for name, values in entries.items():
                known.setdefault(kind, {}).setdefault(name, {}).update(values)
    surfaces = {
        name: Surface(name, {ink: _tone(name, ink, pair) for ink, pair in inks.items()})
        for name, inks in known["surface"].items()
    }
    return Theme(surfaces, known["font"])


def _tone(surface: str, ink: str, pair: object) -> Tone:
    if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(c, str) for c in pair)):
        what = f"surface.{surface}.{ink} is not a pair of colours"
        raise TemplateError("theme.toml", 0, what, 'Write ["#light", "#dark"].')
    css = surface if ink in ("bg", "ink") else f"{surface}-{ink}"
    return Tone(css, pair[0], pair[1])
