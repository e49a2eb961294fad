"""A file of the newsletter as bytes, and the same file as TOML front matter and a Markdown body.

Front matter stands between two lines `+++`, as Zola and Hugo read it. Whatever is wrong is said
with the line of the file, not of the TOML inside it. A byte order mark and any line ends are
tolerated, because editors on other machines write them unasked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from digest.content.locator import KeyPath, locate
from digest.errors import ContentError

FENCE = "+++"
#: A content file is prose. What is larger was put there by mistake.
MAX_BYTES = 1_000_000
_POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
# tomllib takes time and memory by the square of a key's dots.
_ENDLESS_KEY = re.compile(r"(?:[A-Za-z0-9_'\"-]{1,64}[ \t]*\.[ \t]*){200}")
# Tab and newline are text; the other control characters, and the two Unicode line ends that mail
# programs break lines at, are accidents of copying.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Source:
    """A file, read and taken apart, whose values are not yet checked."""

    file: str
    """Relative to the site."""
    data: Mapping[str, Any]
    toml: str
    first_line: int = 1
    """The line of the file on which the TOML begins."""
    body: str = ""
    """Markdown without blank lines around it."""
    body_line: int = 0

    @cached_property
    def _lines(self) -> dict[KeyPath, int]:
        return locate(self.toml)

    def line(self, *path: str | int) -> int:
        """Return the line of a key, or of the nearest table above it that stands in the file."""
        for length in range(len(path), 0, -1):
            if found := self._lines.get(path[:length]):
                return found + self.first_line - 1
        return max(1, self.first_line - 1)


def read_text(path: Path, file: str) -> str:
    """Return a file's text with `\\n` line ends and without a byte order mark.

    Raises:
        ContentError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        if not path.is_file():
            raise ContentError(file, 0, "is not a regular file", "Put a text file there.")
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(file, 0, f"is larger than {MAX_BYTES // 1000} kB", "Split it.")
        raw = path.read_bytes()
    except OSError as error:
        raise ContentError(file, 0, f"cannot be read: {error.strerror or error}") from error
    return decode(raw, file)


def decode(raw: bytes, file: str) -> str:
    """Return bytes as text with `\\n` line ends and without a byte order mark.

    Raises:
        ContentError: they are not UTF-8; the byte is named.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}"
        looks_wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        hint = "It looks like UTF-16. " if looks_wide else ""
        raise ContentError(file, line, what, f"{hint}Save the file as UTF-8.") from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parse_document(text: str, file: str) -> Source:
    """Split a Markdown file into its front matter and body.

    Raises:
        ContentError: the fences, the TOML or a character of the body are wrong.
    """
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    _demand_fence(lines[first], first + 1, file)
    fences = (place for place in range(first + 1, len(lines)) if lines[place].rstrip() == FENCE)
    last = next(fences, None)
    if last is None:
        hint = f"Put a line {FENCE} between the TOML and the Markdown."
        raise ContentError(file, first + 1, f"the front matter has no closing {FENCE}", hint)
    toml = "\n".join(lines[first + 1 : last])
    data = parse_toml(toml, file, first_line=first + 2)
    body, body_line = _trim(lines[last + 1 :], last + 2)
    _refuse_control(body, body_line, file)
    return Source(file, data, toml, first + 2, body, body_line)


def parse_table(text: str, file: str) -> Source:
    """Read a file that is TOML from its first line to its last.

    Raises:
        ContentError: the TOML is wrong.
    """
    return Source(file, parse_toml(text, file, first_line=1), text)


def parse_toml(toml: str, file: str, *, first_line: int) -> dict[str, Any]:
    """Return the values of a TOML text that begins on a line of a file.

    Raises:
        ContentError: with the line of the file and tomllib's sentence.
    """
    if found := _ENDLESS_KEY.search(toml):
        line = first_line + toml.count("\n", 0, found.start())
        raise ContentError(file, line, "a key has more parts than any file needs", "Mend it.")
    try:
        return tomllib.loads(toml)
    except RecursionError as error:
        raise ContentError(file, first_line, "values are nested too deeply") from error
    except ValueError as error:
        raise _syntax_error(str(error), toml, file, first_line) from error


def _syntax_error(message: str, toml: str, file: str, first_line: int) -> ContentError:
    found = _POSITION.search(message)
    if not found:  # what int() says to absurd numbers, without a place
        return ContentError(file, first_line, f"TOML syntax: {message}", "Mend the number.")
    last = toml.rstrip().count("\n") + 1
    line = first_line + int(found["line"] or last) - 1
    column = f", column {found['column']}" if found["column"] else ""
    what = f"TOML syntax{column}: {message[: found.start()]}"
    return ContentError(file, line, what, _syntax_hint(message))


def _syntax_hint(message: str) -> str:
    if "overwrite" in message or "twice" in message:
        return "A key or a table stands twice; keep one."
    return 'Text stands in quotes on one line, a date without: title = "...", date = 2023-03-31.'


def _demand_fence(line: str, number: int, file: str) -> None:
    if line.rstrip() == FENCE:
        return
    if line.rstrip() == "---":
        hint = 'Use +++ lines and TOML: title = "...", not title: ...'
        raise ContentError(file, number, "the header stands between --- lines, as YAML", hint)
    hint = f"Begin the file with a line {FENCE}, then the keys, then a line {FENCE}."
    raise ContentError(file, number, "the file does not begin with front matter", hint)


def _trim(lines: list[str], number: int) -> tuple[str, int]:
    blank = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[blank:]).rstrip(), number + blank


def _refuse_control(body: str, body_line: int, file: str) -> None:
    if found := _CONTROL.search(body):
        line = body_line + body.count("\n", 0, found.start())
        what = f"the control character U+{ord(found[0]):04X} stands in the text"
        raise ContentError(file, line, what, "Delete it; it is often left by copying.")
