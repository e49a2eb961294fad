"""Line marks: how an error in the assembled MJML still names the author's template and line.

Jinja flattens includes, macros and loops, so a line of the result is nobody's line. Every tag of a
template's own text is therefore marked with its file and line while Jinja reads the template
(`<mj-text@2:17@`); marks survive whatever Jinja does, are read by the preflight, and never reach
the compiler, because the normaliser writes every tag anew. Tags inside of Jinja's own `{{ }}` and
`{% %}` are values, not markup, and stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from digest.errors import TemplateError

#: A tag's name, when it is surely whole: `<h{{ level }}>` is not.
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9:-]*(?=[\s/>])")
_ANY_TAG = re.compile(r"</?[A-Za-z]")
#: A mistake that is not found so near below its tag came from somewhere else.
_REACH = 40


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

    def find(self, number: int, line: int, sought: str) -> tuple[Path | None, int]:
        """Return the file and line of a mistake that stands at a tag or below it.

        `sought` is looked for from the tag on until another tag begins; without a trace of it the
        tag's own line is the answer, because what is wrong was then put in by a value.
        """
        file = self.file(number)
        if file is None or not line or not sought.strip():
            return file, line
        return file, line + _lines_below(_read(file)[line - 1 : line - 1 + _REACH], sought)

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
            error.excerpt = excerpt(_read(file), line)
        return error


def _read(file: Path) -> list[str]:
    """Return a template's lines, counted as Jinja counts them."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return re.split(r"\r\n|\r|\n", text)


def _lines_below(lines: list[str], sought: str) -> int:
    """Return how many lines below the first one something is written; 0 when nowhere."""
    if not lines or sought in lines[0]:
        return 0
    for below, text in enumerate(lines[1:], 1):
        tag = _ANY_TAG.search(text)
        if 0 <= text.find(sought) <= (tag.start() if tag else len(text)):
            return below
        if tag:
            return 0
    return 0


class LineMarks(Extension):
    """Marks each tag with its file and line while Jinja reads the template.

    Files are numbered by the environment's `digest_sources`, which `rendering.environment` sets.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the source without a byte order mark, which some editors write."""
        return source.removeprefix("\ufeff")

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens, with marks in the template's own text."""
        marks = bool(stream.filename) and (stream.name or "").endswith(".mjml.j2")
        sources: Sources = getattr(self.environment, "digest_sources")  # noqa: B009
        number = sources.number(Path(stream.filename or "")) if marks else 0
        for token in stream:
            if marks and token.type == "data" and "<" in token.value:
                yield Token(token.lineno, token.type, _marked(token, number))
            else:
                yield token


def _marked(token: Token, number: int) -> str:
    text, line, position, pieces = token.value, token.lineno, 0, []
    for tag in _TAG.finditer(text):
        line += text.count("\n", position, tag.start())
        pieces.append(f"{text[position : tag.end()]}@{number}:{line}@")
        position = tag.end()
    return "".join(pieces) + text[position:]


def excerpt(lines: list[str], line: int) -> str:
    """Return the line and its two neighbours, numbered, the line itself pointed at."""
    shown = range(max(1, line - 1), min(len(lines), line + 1) + 1)
    width = len(str(line + 1))
    return "\n".join(
        f"{'>' if number == line else ' '} {number:>{width}} | {lines[number - 1][:160]}"
        for number in shown
    )
