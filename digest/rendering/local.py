"""Dates, directions and the words of a language: everything that a template says by itself.

Words stand in `phrases/<language>.toml`, the look in `theme.toml`; a site's own files are laid over
the shipped ones key by key, and a language without a file speaks English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from digest.errors import TemplateError

FALLBACK = "en"
_CJK = ("ja", "zh", "ko", "yue")


@dataclass(frozen=True, slots=True)
class Words:
    """A language's words, by name. An unknown name is an error where it is used."""

    language: str
    entries: Mapping[str, str]

    def __getattr__(self, name: str) -> str:
        """Return the words of a name (AttributeError when there are none)."""
        try:
            return self.entries[name]
        except KeyError:
            raise AttributeError(name) from None

    def say(self, name: str, /, **values: object) -> str:
        """Return a sentence with its `{names}` filled.

        Raises:
            TemplateError: it has a hole that nothing fills.
        """
        try:
            return self.entries[name].format(**values)
        except (LookupError, ValueError, AttributeError) as error:
            known = ", ".join(f"{{{each}}}" for each in values)
            what = f"'{name}' has a hole that nothing fills: {self.entries.get(name, '')}"
            raise TemplateError(f"{self.language}.toml", 0, what, f"Known: {known}.") from error

    def number(self, number: int) -> str:
        """Return a number as this language writes it."""
        return format_decimal(number, locale=locale_of(self.language))

    def day(self, day: date) -> str:
        """Return a calendar day as this language writes it."""
        pattern = self.entries.get("date_pattern") or "long"
        return format_date(day, format=pattern, locale=locale_of(self.language))


class Dictionary:
    """The words of all languages of one kind of template (`mail` or `web`)."""

    def __init__(self, folders: Sequence[Path], kind: str) -> None:
        """Read from the folders, the first of which has the last word."""
        self._folders = [folder / kind / "phrases" for folder in folders]
        self._known: dict[str, Words] = {}

    def words(self, language: str) -> Words:
        """Return a language's words, English where it has none.

        Raises:
            TemplateError: a file of words is not TOML, or holds more than words.
        """
        if language not in self._known:
            entries: dict[str, str] = {}
            for tag in dict.fromkeys((FALLBACK, language.split("-", maxsplit=1)[0], language)):
                entries |= self._entries(tag)
            self._known[language] = Words(language, entries)
        return self._known[language]

    def _entries(self, tag: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for folder in reversed(self._folders):
            file = folder / f"{tag}.toml"
            if file.is_file():
                found |= read_toml(file)
        wrong = next((key for key, value in found.items() if not isinstance(value, str)), None)
        if wrong:
            raise TemplateError(f"{tag}.toml", 0, f"'{wrong}' is not a text", "Write it in quotes.")
        return found


def read_toml(file: Path) -> dict[str, Any]:
    """Return what a TOML file of the templates says.

    Raises:
        TemplateError: it is not TOML, or not UTF-8.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError(str(file), 0, f"cannot be read: {error}", "Mend the file.") from error


@cache
def locale_of(language: str) -> Locale:
    """Return what Babel knows of a language; English for one that it does not know."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK)


def direction(language: str) -> str:
    """Return `ltr` or `rtl`."""
    return locale_of(language).text_direction


def is_cjk(language: str) -> bool:
    """Return whether a language is written in wide characters: no italics, no letter-spacing."""
    return language.split("-", maxsplit=1)[0].lower() in _CJK


def own_name(language: str) -> str:
    """Return what a language calls itself, such as `日本語`; the tag where that is not known."""
    found = locale_of(language)
    same = found.language == language.split("-", maxsplit=1)[0].lower()
    return (found.display_name if same else None) or language
