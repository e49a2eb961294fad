"""The account of a mailing, counted from the database's rows behind the program's back.

A SQLite file is copied before it is read, journal and all: whoever starts next finds it as the kill
left it. Not by a process that has the database open itself: to close a file, as copying does, drops
every lock that the process has on it.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sites import Site

UNSETTLED = ("queued", "sending", "deferred", "in_doubt")

_MAILINGS = "SELECT id, state, planned, reason FROM mailing ORDER BY id"
_ENTRIES = (
    "SELECT s.address, e.state, e.attempts, e.doubts, e.possible_duplicate, e.reason"
    " FROM outbox_entry e JOIN subscriber s ON s.id = e.subscriber_id WHERE e.mailing_id = {}"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One outbox entry."""

    recipient: str
    state: str
    attempts: int
    doubts: int
    flagged: bool
    reason: str


@dataclass(frozen=True)
class Account:
    """A mailing and its entries, by recipient."""

    state: str
    planned: int
    reason: str
    rows: dict[str, Row]

    @property
    def states(self) -> Counter[str]:
        """Return how many entries are in each state."""
        return Counter(row.state for row in self.rows.values())

    @property
    def adds_up(self) -> bool:
        """Return whether every planned recipient is in one row."""
        return self.planned == len(self.rows) == self.states.total()

    @property
    def falsely_complete(self) -> bool:
        """Return whether it is called complete and is not."""
        left = sum(self.states[state] for state in (*UNSETTLED, "held"))
        return self.state == "complete" and left > 0

    def within(self, *states: str) -> set[str]:
        """Return who is in one of these states."""
        return {row.recipient for row in self.rows.values() if row.state in states}

    @property
    def flagged(self) -> set[str]:
        """Return who is marked as a possible duplicate."""
        return {row.recipient for row in self.rows.values() if row.flagged}


def read_account(site: Site) -> Account | None:
    """Return the newest mailing's account; None: nothing was frozen."""
    url = site.environ.get("DIGEST_DATABASE__URL", "")
    read = _read_postgres if url.startswith("postgresql") else _read_sqlite
    return read(site, url)


def _read_sqlite(site: Site, _: str) -> Account | None:
    database = site.home / "var" / "digest.db"
    with tempfile.TemporaryDirectory(prefix="account-") as folder:
        for name in (database.name, f"{database.name}-wal"):
            if (database.parent / name).exists():
                shutil.copyfile(database.parent / name, Path(folder) / name)
        with closing(sqlite3.connect(Path(folder) / database.name)) as connection:
            return _account(connection.execute)


def _read_postgres(_: Site, url: str) -> Account | None:
    import psycopg

    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:")) as connection:
        return _account(lambda statement: connection.execute(statement.encode()))


def _account(execute: Any) -> Account | None:
    mailings: list[Any] = list(execute(_MAILINGS))
    if not mailings:
        return None
    number, state, planned, reason = mailings[-1]
    rows = _rows(execute(_ENTRIES.format(int(number))))
    return Account(state, planned, reason, {row.recipient: row for row in rows})


def _rows(found: Iterable[Any]) -> list[Row]:
    return [
        Row(address, state, attempts, doubts, bool(flagged), reason)
        for address, state, attempts, doubts, flagged, reason in found
    ]
