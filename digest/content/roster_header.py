"""A roster's header: which column is which of ours, and which are kept as free attributes.

What must stay true: no column is dropped or guessed. A column that is not ours is a free attribute
under its own name in lower case; only a column named `email`, or mapped to it, is the address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digest.content.findings import suggest
from digest.content.roster_cells import shown, unshield
from digest.errors import ContentError, UsageError

#: In the order in which a draw is decided.
DELIMITERS = (",", ";", "\t")
COLUMNS = (
    "email",
    "name",
    "language",
    "timezone",
    "roles",
    "fields",
    "verified",
    "topics",
    "status",
    "subscribed_at",
)
#: What a rejects file has in front: it can be mended and imported as it is.
REJECT_COLUMNS = ("line", "reason")
MAX_COLUMNS = 200
_LONGEST_NAME = 100
_TRAP = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd-\uffff]")
_LIKE_EMAIL = re.compile("mail|メール|アドレス|邮|郵|correo|courriel", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """Where each column stands, counted from 0."""

    places: Mapping[str, int]
    """Our own columns, in the order of the file."""
    free: Mapping[str, int]
    """The other columns, by their names in lower case."""
    nameless: tuple[int, ...]
    width: int

    @property
    def known(self) -> tuple[str, ...]:
        """Return our own columns, in the order of the file."""
        return tuple(self.places)

    @property
    def given(self) -> frozenset[str]:
        """Return what an update may change: our columns, `attributes`, and each free one's name."""
        return frozenset({*self.places, *self.free, *(("attributes",) if self.free else ())})


def read_header(path: Path, line: int, cells: Sequence[str], mapping: Mapping[str, str]) -> Header:
    """Return which column is which.

    Raises:
        UsageError: `mapping` names a column that the file lacks, or one that is not ours.
        ContentError: no column is the address, one stands there twice, or there are too many.
    """
    if len(cells) > MAX_COLUMNS:
        what = f"the header has {len(cells):,} columns, more than {MAX_COLUMNS}"
        raise ContentError(str(path), line, what, "Is this a CSV file?")
    names = [_name(path, line, cell) for cell in cells]
    ours = _mapped(names, mapping)
    found: dict[str, int] = {}
    old = len(REJECT_COLUMNS) if is_rejects_file(cells) else 0
    for place, name in enumerate(names[old:], old):
        if not name:
            continue
        column = ours.get(name, name)
        if column in found:
            _refuse_double(path, line, column, cells[found[column]], cells[place])
        found[column] = place
    if "email" not in found:
        if any("@" in name for name in names):
            what = "the first row is a person, not a header"
            raise ContentError(str(path), line, what, "Put a line such as 'email,name' above it.")
        raise ContentError(str(path), line, "no column is named email", _email_hint(cells))
    return Header(
        places={column: place for column, place in found.items() if column in COLUMNS},
        free={column: place for column, place in found.items() if column not in COLUMNS},
        nameless=tuple(place for place, name in enumerate(names) if not name),
        width=len(cells),
    )


def is_rejects_file(header: Sequence[str]) -> bool:
    """Return whether a header is that of a rejects file, whose first columns are not a roster's."""
    return tuple(map(_folded, header[: len(REJECT_COLUMNS)])) == REJECT_COLUMNS


def count_known(cells: Sequence[str], mapping: Mapping[str, str]) -> int:
    """Return how many cells of what may be a header are names of our columns, or mapped to one."""
    known = {*COLUMNS, *map(_folded, mapping)}
    return sum(_folded(unshield(cell)) in known for cell in cells)


def _name(path: Path, line: int, cell: str) -> str:
    name = _folded(unshield(cell))
    if _TRAP.search(name) or len(name) > _LONGEST_NAME:
        what = f"{shown(cell.strip())} cannot be the name of a column"
        raise ContentError(str(path), line, what, "Is this a CSV file, and its first row a header?")
    return name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).lower()


def _mapped(names: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return which of the file's names stand for which of our columns."""
    ours: dict[str, str] = {}
    for theirs, column in mapping.items():
        source, target = _folded(theirs), _folded(column)
        option = f'--map "{theirs}={column}"'
        if target not in COLUMNS:
            hint = suggest(target, COLUMNS)
            raise UsageError(option, f"{shown(column)} is not a column of a roster", hint)
        if not source or source not in names:
            hint = suggest(source, [name for name in names if name])
            raise UsageError(option, f"the file has no column {shown(theirs)}", hint)
        ours[source] = target
    return ours


def _refuse_double(path: Path, line: int, column: str, first: str, second: str) -> None:
    first, second = shown(first.strip()), shown(second.strip())
    what = f"the columns {first} and {second} are both {shown(column)}"
    if _folded(first) == _folded(second):
        what = f"the column {first} stands there twice"
    raise ContentError(str(path), line, what, "Rename or delete one of them.")


def _email_hint(cells: Sequence[str]) -> str:
    for cell in cells:
        if _LIKE_EMAIL.search(cell):
            return f'Did you mean --map "{cell.strip()}=email"?'
    columns = ", ".join(shown(cell.strip()) for cell in cells[:12])
    return f'It has {columns}: say which is the address with --map "COLUMN=email".'
