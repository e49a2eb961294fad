"""Subscriptions as a CSV file, and the rows that an import refused.

What must stay true: what is exported and imported again is what it was, value by value; a
spreadsheet takes no cell for a formula; and a rejects file, once mended, can be imported as it is.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

from digest.content.addresses import BLANKS
from digest.content.roster_cells import SEPARATOR, shield, unshield
from digest.content.roster_header import COLUMNS, REJECT_COLUMNS, is_rejects_file
from digest.errors import UsageError
from digest.model.audience import Subscription
from digest.model.freeze import Reject

_BYTE_ORDER_MARK = "\ufeff"


def write_roster(
    stream: TextIO, subscriptions: Iterable[Subscription], *, byte_order_mark: bool = False
) -> int:
    """Write subscriptions as a roster (RFC 4180), with every free attribute as a column.

    `stream` is a text stream in UTF-8 opened with `newline=""`. Excel shows other scripts rightly
    only behind a byte order mark. Returns how many rows were written below the header. Memory does
    not grow with the rows: which attributes there are is known only after the last, so the rows
    wait in an unnamed temporary file.
    """
    names: dict[str, int] = {}
    count = 0
    with TemporaryFile("w+", encoding="utf-8") as waiting:
        for subscription in subscriptions:
            cells = [*_cells(subscription), *_free_cells(subscription, names)]
            waiting.write(f"{json.dumps(cells)}\n")
            count += 1
        waiting.seek(0)
        stream.write(_BYTE_ORDER_MARK if byte_order_mark else "")
        writer = csv.writer(stream)
        writer.writerow([*COLUMNS, *map(shield, names)])
        writer.writerows(_padded(waiting, len(COLUMNS) + len(names)))
    return count


def write_rejects(path: Path, rejects: Iterable[Reject], header: Sequence[str]) -> int:
    """Write refused rows: line, reason, and the cells as they were. Returns how many.

    The file is for its owner only, because it holds addresses; an older one is replaced.

    Raises:
        UsageError: it cannot be written.
    """
    count = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(
            descriptor, "w", encoding="utf-8", errors="backslashreplace", newline=""
        ) as stream:
            writer = csv.writer(stream)
            # The rejects of a rejects file do not carry their old line and reason along.
            old = len(REJECT_COLUMNS) if is_rejects_file(header) else 0
            writer.writerow([*REJECT_COLUMNS, *map(_reshield, header[old:])])
            for line, reason, row in ((each.line, each.reason, each.row) for each in rejects):
                writer.writerow([line, shield(reason), *map(_reshield, row[old:] or row)])
                count += 1
    except OSError as error:
        raise UsageError(str(path), f"cannot be written ({error.strerror or error})") from error
    return count


def _cells(subscription: Subscription) -> Iterator[str]:
    """Yield the cells of `COLUMNS`, in their order."""
    person = subscription.subscriber
    yield shield(person.address)
    yield shield(person.name)
    yield shield(person.language)
    yield shield(person.timezone)
    for values in (person.roles, person.fields, person.verified, subscription.topics):
        yield shield(SEPARATOR.join(values))
    yield subscription.state.value
    yield _moment(subscription.subscribed_at)


def _free_cells(subscription: Subscription, names: dict[str, int]) -> list[str]:
    """Return the cells of free attributes, and give each new name the next place."""
    cells = [""] * len(names)
    for name, value in subscription.subscriber.attributes:
        place = names.setdefault(name, len(names))
        cells.extend([""] * (place + 1 - len(cells)))
        cells[place] = shield(value)
    return cells


def _padded(waiting: TextIO, width: int) -> Iterator[list[str]]:
    for line in waiting:
        cells: list[str] = json.loads(line)
        yield cells + [""] * (width - len(cells))


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""


def _reshield(cell: str) -> str:
    """Return a cell as a file had it, shielded if it was not: read again, it means the same."""
    return cell if unshield(cell) != cell.strip(BLANKS) else shield(cell)
