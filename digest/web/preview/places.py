"""Where something is written: a link that opens an editor there, the lines around it, the column.

What must stay true: only files of the site and the shipped templates are ever read or named, with
no way out through `..` or a link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from digest.model.finding import Finding
from digest.paths import shipped

_QUOTED = re.compile(r"'([^']{1,80})'|`([^`]{1,80})`|\"([^\"]{1,80})\"")
_AT_COLUMN = re.compile(r"\bcolumn (\d{1,5})\b")
_AROUND = 2
_LONGEST_LINE = 200
#: A larger file is no text that anybody writes.
_LARGEST = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in a file, as a page shows it."""

    name: str
    """Such as `content/news/items/palm.md:4`, or ""."""
    link: str = ""
    """Opens an editor there; "" where no editor or no such file is known."""
    line: int = 0
    column: int = 0
    excerpt: tuple[tuple[int, str, bool], ...] = ()
    """(line number, text, whether it is the one)."""


class Places:
    """Finds places in one site, for one page: what it has read of a file it reads once."""

    def __init__(self, home: Path, editor: str) -> None:
        """Look below a site; `editor` is the link with {file}, {line} and {column}, or ""."""
        self._roots = [home.resolve(), shipped("templates").resolve()]
        self._home = home.resolve()
        self._shipped = shipped("templates").resolve()
        self._editor = editor
        self._found: dict[str, Path | None] = {}
        self._templates: dict[tuple[str, int], Place] = {}
        self._read: dict[Path, list[str]] = {}

    def of(self, finding: Finding, *, excerpt: bool = False) -> Place:
        """Return where a finding is; with `excerpt`, the lines around it."""
        return self.at(finding.file, finding.line, about=finding.what, excerpt=excerpt)

    def at(self, file: str, line: int = 0, *, about: str = "", excerpt: bool = False) -> Place:
        """Return a place; `about` says what is wrong there, by which its column is found."""
        name = f"{file}:{line}" if file and line else file
        path = self.find(file)
        if path is None:
            return Place(name=name, line=line)
        lines = self._lines(path) if line or excerpt else []
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        column = _column(text, about)
        shown = _around(lines, line) if excerpt and line else ()
        link = self._link(path, max(line, 1), max(column, 1))
        return Place(name=name, link=link, line=line, column=column, excerpt=shown)

    def template(self, name: str, line: int = 0) -> Place:
        """Return where a template is: the site's own, or else the shipped one of that name.

        A shipped one that lies outside the site is named without its folder, and opens nowhere: a
        site changes it by a file of its own.
        """
        key = (name, line)
        if key not in self._templates:
            self._templates[key] = self._template(name, line)
        return self._templates[key]

    def _template(self, name: str, line: int) -> Place:
        own = f"templates/{name}"
        if self.find(own):
            return self.at(own, line)
        inside = self._shipped.is_relative_to(self._home)
        if inside and (self._shipped / name).is_file():
            return self.at((self._shipped / name).relative_to(self._home).as_posix(), line)
        return Place(name=f"shipped/{name}:{line}" if line else f"shipped/{name}", line=line)

    def find(self, file: str) -> Path | None:
        """Return a file of the site or of the shipped templates by its name, or None."""
        if file not in self._found:
            self._found[file] = self._find(file)
        return self._found[file]

    def _find(self, file: str) -> Path | None:
        if not file or "\0" in file:
            return None
        try:
            path = (self._home / file).resolve()
            known = any(path.is_relative_to(root) for root in self._roots) and path.is_file()
        except (OSError, ValueError):
            return None
        return path if known else None

    def _lines(self, path: Path) -> list[str]:
        if path not in self._read:
            self._read[path] = _lines(path)
        return self._read[path]

    def _link(self, path: Path, line: int, column: int) -> str:
        if not self._editor:
            return ""
        written = quote(path.as_posix(), safe="/:")
        holes = {"{file}": written, "{line}": str(line), "{column}": str(column)}
        link = self._editor
        for hole, value in holes.items():
            link = link.replace(hole, value)
        return link


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST:
            return []
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _column(text: str, about: str) -> int:
    """Return the column, counted from 1, of what a message quotes in a line; 0 where unknown."""
    if told := _AT_COLUMN.search(about):
        return int(told[1])
    for quoted in _QUOTED.finditer(about):
        words = next(filter(None, quoted.groups()))
        if (found := text.find(words)) >= 0:
            return found + 1
    return len(text) - len(text.lstrip()) + 1 if text.strip() else 0


def _around(lines: list[str], line: int) -> tuple[tuple[int, str, bool], ...]:
    first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
    return tuple(
        (number, lines[number - 1][:_LONGEST_LINE], number == line)
        for number in range(first, last + 1)
    )
