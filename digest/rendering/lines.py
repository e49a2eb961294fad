"""Line marks: how an error in the assembled MJML still names the author's template and line.

Jinja flattens includes, macros and loops, so a line of the result is nobody's line. Every MJML tag
is therefore marked with its file and line before Jinja reads the source (`<mj-text@2:17@`); marks
survive whatever Jinja does, are read by the preflight, and never reach the compiler, because the
normaliser writes every tag anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from jinja2.ext import Extension

from digest.errors import TemplateError

_TAG = re.compile(r"</?mj(?:ml|-[a-z-]+)(?=[\s/>])")


@dataclass
class Sources:
    """The template files that were read, and how they are called in front of a person."""

    roots: tuple[Path, ...]
    _files: list[Path] = field(default_factory=list)
    _numbers: dict[Path, int] = field(default_factory=dict)

    def number(self, file: Path) -> int:
        """Return the number of a file, giving it one when it is new."""
        if file not in self._numbers:
            self._numbers[file] = len(self._files)
            self._files.append(file)
        return self._numbers[file]

    def file(self, number: int) -> Path | None:
        """Return the file with a number, or None when no mark can have come from here."""
        return self._files[number] if 0 <= number < len(self._files) else None

    def display(self, file: Path) -> str:
        """Return the name of a file: below the site where it is the site's own, else in full."""
        site = self.roots[0].parent if self.roots else Path()
        return file.relative_to(site).as_posix() if file.is_relative_to(site) else str(file)

    def owns(self, file: Path) -> bool:
        """Return whether a file is one of the templates."""
        return any(file.is_relative_to(root) for root in self.roots)

    def error(self, file: Path | None, line: int, what: str, hint: str = "") -> TemplateError:
        """Return the error for a place in a template, with the lines around it."""
        error = TemplateError(self.display(file) if file else "template", line, what, hint)
        if file and line and file.is_file():
            error.excerpt = excerpt(file.read_text(encoding="utf-8", errors="replace"), line)
        return error


class LineMarks(Extension):
    """Marks each MJML tag with its file and line before Jinja reads the template.

    Files are numbered by the environment's `digest_sources`, which `rendering.environment` sets.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with a mark after each MJML tag name; lines stay where they are."""
        if not filename or not (name or "").endswith(".mjml.j2"):
            return source
        sources: Sources = getattr(self.environment, "digest_sources")  # noqa: B009
        number = sources.number(Path(filename))
        return "\n".join(
            _TAG.sub(lambda tag: f"{tag[0]}@{number}:{line}@", text)  # noqa: B023
            for line, text in enumerate(source.split("\n"), 1)
        )


def excerpt(text: str, line: int) -> str:
    """Return the line and its two neighbours, numbered, the line itself pointed at."""
    lines = text.splitlines()
    shown = range(max(1, line - 1), min(len(lines), line + 1) + 1)
    width = len(str(line + 1))
    return "\n".join(
        f"{'>' if number == line else ' '} {number:>{width}} | {lines[number - 1][:160]}"
        for number in shown
    )
