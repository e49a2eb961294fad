"""A roster's bytes as rows of cells: encodings, line ends, quotes, and everything that breaks them.

Rows are read one at a time, in memory that does not grow with the file. What must stay true: a row
is named by the physical line on which it begins; whatever is broken costs that row and no other, so
a quote left open is noticed within `ROW_LINES` lines and what it swallowed is read again; and no
byte is guessed: a file in a legacy encoding is refused, never read as Latin-1.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from digest.errors import ContentError, UsageError

#: A row may reach over several lines, where a cell in quotes holds line breaks; up to here.
ROW_LINES = 100
#: Characters of a row; below the csv module's own limit (131,072), which is global and so not set.
ROW_CHARACTERS = 100_000
_CHUNK = 1 << 20
_UTF8_SIGNATURE = codecs.BOM_UTF8
_UTF16_SIGNATURES = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_SIGNATURES = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_NOT_TEXT = {
    b"PK\x03\x04": "a workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "a workbook of old Excel",
    b"\x1f\x8b": "compressed with gzip",
    b"%PDF": "a PDF",
}
_SAVE_AS = "Save it as 'CSV UTF-8' and import it again."
#: What surrogateescape makes of a byte that is not UTF-8.
_ESCAPED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be taken apart into cells."""

    text: str
    reason: str


Row = tuple[int, list[str] | BrokenRow]
"""The line on which it begins, counted from 1; and its cells."""


class _TooLong(Exception):  # noqa: N818  a signal through csv.reader, which never leaves this file
    """The row under way takes more lines or characters than a row may have."""


def recognise_encoding(path: Path) -> str:
    """Return how the file is encoded: `utf-8`, `utf-8-sig`, `utf-16`, `utf-16-le` or `utf-16-be`.

    Raises:
        UsageError: there is no such file, or it cannot be opened.
        ContentError: it is empty, not text, or in another encoding; with line and byte.
    """
    with _opened(path) as stream:
        head = stream.read(4096)
        if not head:
            raise ContentError(str(path), 0, "the file is empty", "Its first line names columns.")
        if encoding := _encoding_by_head(path, head):
            return encoding
        stream.seek(0)
        if _has_damage(stream):
            _refuse_legacy_encoding(path)
    return "utf-8-sig" if head.startswith(_UTF8_SIGNATURE) else "utf-8"


def read_rows(path: Path, *, encoding: str, delimiter: str) -> Iterator[Row]:
    """Yield the file's rows in order; lines without a character are left out.

    A byte that is not UTF-8 comes as a lone surrogate (PEP 383), a broken UTF-16 unit as U+FFFD.

    Raises:
        UsageError: the file cannot be read.
    """
    with _lines(path, encoding) as lines:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            try:
                for cells in reader:
                    start = lines.begin_row()
                    if cells:
                        yield start, cells
            except csv.Error as error:
                broken = _explain(str(error), lines.taken)
            except _TooLong:
                broken = _explain("", lines.taken)
            else:
                return
            yield lines.give_back(), broken


def first_line(path: Path, encoding: str) -> tuple[int, str]:
    """Return the first line that is not blank, with its number; (0, "") when all are.

    Raises:
        UsageError: the file cannot be read.
    """
    with _lines(path, encoding) as lines:
        try:
            for line in lines:
                if line.strip():
                    return lines.number, line
                lines.begin_row()
        except _TooLong:
            return lines.number, lines.taken[-1]
    return 0, ""


class _Lines:
    """Feeds physical lines to csv.reader, knows where it is, and can take lines back.

    csv.reader asks for a second line of a row only inside quotes, so the lines since the last
    `begin_row` are those of one row.
    """

    def __init__(self, stream: io.TextIOBase) -> None:
        self.number = 0
        self.taken: list[str] = []
        self._again: deque[str] = deque()
        self._read = stream.readline
        self._room = ROW_CHARACTERS

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._next_line()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self._room -= len(line)
        if self._room < 0 or len(self.taken) > ROW_LINES:
            raise _TooLong
        return line

    def begin_row(self) -> int:
        """Forget the lines of the row that is done, and return the number of its first."""
        start = self.number - len(self.taken) + 1
        self.taken.clear()
        self._room = ROW_CHARACTERS
        return start

    def give_back(self) -> int:
        """Keep only the first line of the row, the rest will come again; return its number."""
        again = self.taken[1:]
        self._again.extendleft(reversed(again))
        del self.taken[1:]
        self.number -= len(again)
        return self.begin_row()

    def _next_line(self) -> str:
        line = self._read(ROW_CHARACTERS + 1)
        piece = line
        # The rest of an endless line is read past and dropped: the row is refused all the same.
        while len(piece) > ROW_CHARACTERS and piece[-1] not in "\r\n":
            piece = self._read(ROW_CHARACTERS + 1)
        return line


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file: a pipe or a device may never end, and cannot be read twice."""
    try:
        if path.is_dir():
            raise UsageError(str(path), "this is a folder", "Name the CSV file in it.")
        if path.exists() and not path.is_file():
            raise UsageError(str(path), "this is not a file", "Save the rows to a CSV file first.")
        with _stream(path) as stream:
            yield stream
    except FileNotFoundError as error:
        raise UsageError(str(path), "there is no such file") from error
    except OSError as error:
        raise UsageError(str(path), f"cannot be read ({error.strerror or error})") from error


def _stream(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except ValueError as error:  # a NUL in the name
        raise UsageError(repr(str(path)), "this cannot be the name of a file") from error


@contextmanager
def _lines(path: Path, encoding: str) -> Iterator[_Lines]:
    """Open a file as lines with their own line ends: LF, CR LF or CR."""
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with (
        _opened(path) as stream,
        io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="") as text,
    ):
        yield _Lines(text)


def _explain(error: str, taken: list[str]) -> BrokenRow:
    """Say what is wrong with a row that csv.reader gave up on."""
    if not error and len(taken) == 1:
        reason = f"the row is longer than {ROW_CHARACTERS:,} characters"
    elif not error or len(taken) > 1 or "end of data" in error:
        reason = "a quote is left open; close it, or double it where it is part of the text"
    elif "expected after" in error:
        reason = "a quote stands inside a cell that is in quotes; double it"
    else:
        reason = f"this is not CSV ({error})"
    return BrokenRow(taken[0].rstrip("\r\n"), reason)


def _encoding_by_head(path: Path, head: bytes) -> str:
    """Return a UTF-16 encoding; "" for what may be UTF-8. Refuse what is no text at all."""
    for signature, kind in _NOT_TEXT.items():
        if head.startswith(signature):
            raise ContentError(str(path), 0, f"this is {kind}, not a CSV file", _SAVE_AS)
    if head.startswith(_UTF32_SIGNATURES):
        raise ContentError(str(path), 0, "the file is UTF-32", _SAVE_AS)
    if head.startswith(_UTF16_SIGNATURES):
        return "utf-16"
    # Without a signature: the header names columns, and half the bytes of "email" are NUL.
    sample = head[:256]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 8 > len(sample) and max(even, odd) > 4 * min(even, odd):
        return "utf-16-be" if even > odd else "utf-16-le"
    return ""


def _has_damage(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    return False


def _refuse_legacy_encoding(path: Path) -> None:
    """Refuse a file of which most lines that are not ASCII are not UTF-8 either.

    Where most are, the file is UTF-8 and a few rows came to harm: those are rejected one by one.
    """
    good = bad = 0
    where = (0, 0, 0)
    with _lines(path, "utf-8") as lines:
        while True:
            try:
                for line in lines:
                    lines.begin_row()
                    if line.isascii():
                        continue
                    found = _ESCAPED.search(line)
                    if found and not bad:
                        before = line[: found.start()].encode("utf-8")
                        where = (lines.number, len(before) + 1, ord(found[0]) - 0xDC00)
                    bad, good = (bad + 1, good) if found else (bad, good + 1)
                break
            except _TooLong:
                lines.begin_row()
    if bad > good:
        line_number, place, byte = where
        what = f"the file is not UTF-8: byte {place} of the line is 0x{byte:02X}"
        raise ContentError(str(path), line_number, what, _SAVE_AS)
