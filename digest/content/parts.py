"""The pieces of prose that a publication says, each by its language and its place in a file.

Proofreading compares them across languages; a piece that a translation inherits stands only once,
under the file that says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from digest.content.frontmatter import Source, parse_document, parse_table, read_text
from digest.content.locator import KeyPath
from digest.content.numerals import read_numbers
from digest.content.prose import Sentences, plain
from digest.content.quantities import Quantity
from digest.errors import ContentError
from digest.model.issue import ItemText, NoteText, QuestionText

Text = ItemText | QuestionText | NoteText

#: Language -> name -> piece, of one noun.
Prose = Mapping[str, Mapping[str, "Part"]]

#: Every number is compared with every other one, and prose has a dozen.
_MOST_NUMBERS = 500

BODY = "body"
#: What a reader sees in large type, where no doubt can be explained.
HEADINGS = ("title", "question", "subject")
_KEYS = ("title", "question", "subject", "preheader", "lead", "do", BODY)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One piece of prose in one language."""

    name: str
    """Such as `title`, `body`, or `label of live-sales`."""
    language: str
    text: str
    """Without markup."""
    file: str
    path: KeyPath = ()
    """Of its key; empty: the body."""

    @cached_property
    def numbers(self) -> tuple[Quantity, ...]:
        """Return the numbers that it says (of a table in disguise, the first ones)."""
        return read_numbers(self.text, self.language)[:_MOST_NUMBERS]

    @cached_property
    def sentences(self) -> Sentences:
        """Return its sentences."""
        return Sentences(self.text)

    @property
    def is_heading(self) -> bool:
        """Return whether it stands alone, in large type."""
        return self.name in HEADINGS


def prose_of(texts: Mapping[str, Text], default_language: str) -> Prose:
    """Return the pieces of a noun by language, the default one first."""
    default = texts[default_language]
    return {default_language: parts_of(default)} | {
        language: parts_of(text, unless=default)
        for language, text in texts.items()
        if language != default_language
    }


def parts_of(text: Text, *, unless: Text | None = None) -> dict[str, Part]:
    """Return the pieces of a text by name, without those that it shares with another text."""
    parts: dict[str, Part] = {}
    for name in _KEYS:
        said = getattr(text, name, "")
        if said and (unless is None or said != getattr(unless, name)):
            parts[name] = _part(text, name, said, () if name == BODY else (name,))
    if isinstance(text, ItemText):
        parts |= _labels(text, unless)
    return parts


def translated_parts(said: Mapping[str, str], file: str, key: str) -> dict[str, Part]:
    """Return a text of newsletter.toml by language, without languages that the first stands for."""
    first = next(iter(said.values()), "")
    return {
        language: Part(
            name=key, language=language, text=text, file=file, path=(*key.split("."), language)
        )
        for place, (language, text) in enumerate(said.items())
        if not place or text != first
    }


def _labels(text: ItemText, unless: Text | None) -> dict[str, Part]:
    others = unless.figures if isinstance(unless, ItemText) else ()
    known = {(figure.id, figure.label) for figure in others}
    return {
        f"label of {figure.id}": _part(
            text, f"label of {figure.id}", figure.label, ("figures", figure.id, "label")
        )
        for figure in text.figures
        if (figure.id, figure.label) not in known
    }


def _part(text: Text, name: str, said: str, path: KeyPath) -> Part:
    return Part(name=name, language=text.language, text=plain(said), file=text.file, path=path)


class Places:
    """Finds the lines of a site's files, reading a file only when something is said about it."""

    def __init__(self, site: Path) -> None:
        """Look below a site's folder."""
        self._site = site
        self._sources: dict[str, Source | None] = {}

    def line(self, part: Part, offset: int = 0) -> int:
        """Return the line on which something stands in a part (0: the file cannot be read)."""
        source = self._source(part.file)
        if source is None:
            return 0
        if part.path:
            return source.line(*_numbered(part.path, source))
        return source.body_line + part.text.count("\n", 0, offset)

    def key(self, file: str, *path: str | int) -> int:
        """Return the line of a key of a file (0: the file cannot be read)."""
        source = self._source(file)
        return source.line(*_numbered(path, source)) if source else 0

    def body(self, file: str, line: int) -> int:
        """Return the line of the file on which a line (from 0) of its body stands."""
        source = self._source(file)
        return source.body_line + line if source else 0

    def _source(self, file: str) -> Source | None:
        if file not in self._sources:
            parse = parse_document if file.endswith(".md") else parse_table
            try:
                self._sources[file] = parse(read_text(self._site / file, file), file)
            except ContentError:  # it was changed while we read: the finding stands all the same
                self._sources[file] = None
        return self._sources[file]


def _numbered(path: Iterable[str | int], source: Source) -> KeyPath:
    """Return a path in which a figure is named by its place instead of its id."""
    table, *rest = path
    figures = source.data.get("figures")
    if table != "figures" or not rest or not isinstance(figures, list):
        return (table, *rest)
    ids = [figure.get("id") for figure in figures if isinstance(figure, dict)]
    return (table, ids.index(rest[0]), *rest[1:]) if rest[0] in ids else (table,)
