"""A roster: a CSV file of subscribers, read row by row as newcomers and rejects.

What must stay true: every row of the file comes out, in order, as one or the other; a reject says
its line and everything that is wrong with it; memory does not grow with the file but for some 24
bytes a row, by which doubles are known; and one file gives the same rows each time it is read.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from digest.content.addresses import BLANKS
from digest.content.export import write_rejects, write_roster
from digest.content.roster_cells import BadCell, read_attribute, shield
from digest.content.roster_header import DELIMITERS, Header, count_known, read_header
from digest.content.roster_people import maker_of_newcomers, reads_for
from digest.content.roster_rows import BrokenRow, first_line, read_rows, recognise_encoding
from digest.errors import ContentError, DigestError, UsageError
from digest.model.freeze import Newcomer, Reject
from digest.model.newsletter import Newsletter

#: A roster is read and written here; how it is written stands in `digest.content.export`.
__all__ = [
    "Roster",
    "SeenAddresses",
    "check_row",
    "read_roster",
    "write_rejects",
    "write_roster",
]

#: A reject keeps this much of a cell; the file itself keeps the rest.
KEPT_CHARACTERS = 2_000
#: Tables of seen addresses: a sixteenth of them stands there twice while it grows.
_TABLES = 16
#: Excel's own first line, `sep=;`, which names the delimiter and holds no columns.
_EXCEL_HINT = re.compile(r"\s*sep=([,;\t])\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster:
    """A file whose header was understood. Each iteration reads its rows anew."""

    path: Path
    encoding: str
    """`utf-8`, `utf-8-sig` (with a byte order mark), `utf-16`, `utf-16-le` or `utf-16-be`."""
    delimiter: str
    header: tuple[str, ...]
    """The cells of the header as the file has them."""
    columns: tuple[str, ...]
    """The columns that are known here, by their own names, in the file's order."""
    attributes: tuple[str, ...]
    """The other columns, in lower case: they are kept with each person as free attributes."""
    _read: Callable[[], Iterator[Newcomer | Reject]] = field(repr=False, compare=False)

    def __iter__(self) -> Iterator[Newcomer | Reject]:
        """Yield every row but blank ones, in the order of the file.

        Raises:
            UsageError: the file can no longer be read.
        """
        return self._read()


def read_roster(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    newsletter: Newsletter,
    now: datetime | None = None,
) -> Roster:
    """Read a roster's header and return what yields its rows.

    `mapping` says which column of the file is which of ours: `{"Email Address": "email"}`. `now`
    (the machine's clock, unless given) is what `subscribed_at` may not lie ahead of.

    Raises:
        UsageError: there is no such file, or `mapping` names a column that is not there.
        ContentError: the file is empty, no text, not UTF-8 or UTF-16; or its header has no email
            column, or one column twice. With the line.
    """
    encoding = recognise_encoding(path)
    delimiter, line, cells = _header_row(path, encoding, mapping or {})
    header = read_header(path, line, cells, mapping or {})
    moment = (now or datetime.now(UTC)).astimezone(UTC)

    def rows() -> Iterator[Newcomer | Reject]:
        taken = read_rows(path, encoding=encoding, delimiter=delimiter)
        for number, _ in taken:
            if number >= line:
                break
        return _Reader(header, newsletter, moment).people(taken)

    return Roster(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        header=tuple(cells),
        columns=header.known,
        attributes=tuple(header.free),
        _read=rows,
    )


def check_row(
    values: Mapping[str, str], *, newsletter: Newsletter, now: datetime | None = None
) -> Newcomer:
    """Return one person, of values typed by hand: column -> cell, lists separated by `;`.

    An empty value says nothing, and leaves what is known as it is. The line is 0.

    Raises:
        UsageError: values are wrong; everything that is wrong with them.
        KeyError: a column is not one of a roster.
    """
    said = {column: shield(value.strip(BLANKS)) for column, value in values.items()}
    said = {column: cell for column, cell in said.items() if cell or column == "email"}
    places = {column: place for place, column in enumerate(said)}
    header = Header(places=places, free={}, nameless=(), width=len(places))
    reader = _Reader(header, newsletter, (now or datetime.now(UTC)).astimezone(UTC))
    found = reader.person_or_reject(0, list(said.values()))
    if isinstance(found, Reject):
        raise UsageError("", found.reason)
    return found


def _header_row(
    path: Path, encoding: str, mapping: Mapping[str, str]
) -> tuple[str, int, list[str]]:
    """Return the delimiter, and the line and cells of the header.

    The delimiter is judged by the header alone: `;` also divides lists inside cells.
    """
    number, text = first_line(path, encoding)
    if not number:
        raise ContentError(str(path), 0, "the file holds only blank lines")
    hint = _EXCEL_HINT.fullmatch(text)
    delimiter = hint[1] if hint else _delimiter(text, mapping)
    rows = (
        row for row in read_rows(path, encoding=encoding, delimiter=delimiter) if _has_text(row)
    )
    for line, cells in islice(rows, 1 if hint else 0, None):
        if isinstance(cells, BrokenRow):
            raise ContentError(str(path), line, f"the header cannot be read: {cells.reason}")
        return delimiter, line, cells
    raise ContentError(str(path), number, "the file has no header", "Its first row names columns.")


def _delimiter(text: str, mapping: Mapping[str, str]) -> str:
    """Return what divides a header's first line into the most columns that are known, or at all."""

    def columns(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([text[:10_000]], delimiter=delimiter), [])
        return count_known(cells, mapping), len(cells)

    return max(DELIMITERS, key=columns)


def _has_text(row: tuple[int, list[str] | BrokenRow]) -> bool:
    return isinstance(row[1], BrokenRow) or any(cell.strip() for cell in row[1])


class _Reader:
    """Makes people of rows. One reader reads a file once, because it remembers addresses."""

    def __init__(self, header: Header, newsletter: Newsletter, now: datetime) -> None:
        self._reads = reads_for(newsletter, now)
        self._free = list(header.free.items())
        self._places = header.places
        self._nameless = header.nameless
        self._width = header.width
        self._seen = SeenAddresses()
        self._newcomer = maker_of_newcomers(header, self._reads)

    def people(
        self, rows: Iterator[tuple[int, list[str] | BrokenRow]]
    ) -> Iterator[Newcomer | Reject]:
        """Yield what becomes of each row; blank ones are passed over."""
        width, email = self._width, self._places["email"]
        for line, cells in rows:
            if isinstance(cells, BrokenRow):
                yield _reject(line, cells.reason, [cells.text])
            elif len(cells) == width and cells[email].strip():
                yield self.person_or_reject(line, cells)
            elif not any(map(str.strip, cells)):
                continue
            elif len(cells) == width:
                yield self.person_or_reject(line, cells)
            else:
                count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                yield _reject(line, f"the row has {count}, the header {width}", cells)

    def person_or_reject(self, line: int, cells: list[str]) -> Newcomer | Reject:
        """Return what becomes of a row that has as many cells as the header."""
        try:
            if self._nameless:
                self._refuse_nameless(cells)
            newcomer = self._newcomer(line, cells)
        except (BadCell, DigestError):
            return _reject(line, self._reasons(cells), cells)
        # A parsed address is ASCII throughout, so lower case is all that tells spellings apart.
        first = self._seen.note(newcomer.subscriber.address.lower(), line)
        if first != line:
            return _reject(line, f"the address stands on line {first} already", cells)
        return newcomer

    def _refuse_nameless(self, cells: list[str]) -> None:
        for place in self._nameless:
            if cells[place].strip():
                raise BadCell(f"cell {place + 1} holds text, but its column has no name")

    def _reasons(self, cells: list[str]) -> str:
        """Return everything that is wrong with a row, so that one round of mending is enough."""
        reasons = []
        try:
            self._refuse_nameless(cells)
        except BadCell as error:
            reasons.append(str(error))
        ours = ((name, i, getattr(self._reads, name)) for name, i in self._places.items())
        for column, place, read in (*ours, *((name, i, read_attribute) for name, i in self._free)):
            try:
                read(cells[place])
            except BadCell as error:
                reasons.append(f"{column}: {error}")
            except DigestError as error:
                reasons.append(f"{column}: {str(error).rstrip('.')}")
        return ". ".join(reasons)


def _reject(line: int, reason: str, cells: list[str]) -> Reject:
    return Reject(line=line, reason=reason, row=tuple(cell[:KEPT_CHARACTERS] for cell in cells))


class SeenAddresses:
    """Which addresses have come by, and on which line each came first.

    Tables of hashes with open addressing: 12 bytes a place, where a dict would take a hundred. They
    are several, for a table that grows stands beside the larger one for a moment. Two addresses of
    a million share a 64-bit hash once in ten million files.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._tables = [_Table(64) for _ in range(_TABLES)]

    def note(self, key: str, line: int) -> int:
        """Return the line on which the key came first: `line` itself when it is new."""
        # Python keys its hash of a text by process, so nobody can write a file of collisions.
        number = hash(key) & 0xFFFF_FFFF_FFFF_FFFF or 1
        table = self._tables[number % _TABLES]
        hashes, places = table.hashes, table.places
        place = number % places
        while known := hashes[place]:
            if known == number:
                return table.lines[place]
            place = place + 1 if place + 1 < places else 0
        hashes[place] = number
        table.lines[place] = line
        table.free -= 1
        if not table.free:
            self._tables[number % _TABLES] = table.larger()
        return line


class _Table:
    """Hashes and, at the same places, lines; it is never more than three quarters full."""

    __slots__ = ("free", "hashes", "lines", "places")

    def __init__(self, places: int) -> None:
        # Odd, so that what is common to a table's hashes does not choose their places.
        self.places = places | 1
        self.free = self.places * 3 // 4
        # Not of bytes: they would be there twice for a moment.
        self.hashes = array("Q", [0]) * self.places
        self.lines = array("I", [0]) * self.places

    def larger(self) -> _Table:
        """Return a table of half as many places again, with what is in this one."""
        grown = _Table(self.places * 3 // 2)
        hashes, lines, places = grown.hashes, grown.lines, grown.places
        for number, line in zip(self.hashes, self.lines, strict=True):
            if number:
                place = number % places
                while hashes[place]:
                    place = place + 1 if place + 1 < places else 0
                hashes[place] = number
                lines[place] = line
                grown.free -= 1
        return grown
