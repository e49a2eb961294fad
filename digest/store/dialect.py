"""The one place where databases differ: SQLite and PostgreSQL say some things in different words.

Everything else is written once. What is here is small on purpose: inserting what is new, looking
for many keys at once with one constant text of SQL, writing many rows without looking at each, and
taking turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import (
    ARRAY,
    Connection,
    Insert,
    Table,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression
from sqlalchemy.sql.operators import custom_op

from digest.store.columns import canonical_json

#: How a writing and a reading transaction begin on SQLite. IMMEDIATE takes the write lock at once:
#: a transaction that reads first and writes later would be refused when another one wrote between.
BEGIN_WRITING = "BEGIN IMMEDIATE"
BEGIN_READING = "BEGIN"

#: Values in one INSERT of SQLite: below the fewest that any build of it takes, and enough of them
#: that a row costs half of what it costs alone. Ten times as many gain nothing more.
_VALUES = 999

#: Names of PostgreSQL's advisory locks; "digest" in ASCII, then a number.
_DIGEST = 0x646967657374 << 8
UPGRADE_LOCK = _DIGEST + 1
ROSTER_LOCK = _DIGEST + 2
SENDER_LOCK = _DIGEST + 3


def is_sqlite(connection: Connection) -> bool:
    """Return whether this is SQLite."""
    return connection.dialect.name == "sqlite"


def insert_new(connection: Connection, table: Table, unique: Sequence[str]) -> Insert:
    """Return an INSERT that passes over rows which are there already.

    Ask it with RETURNING what it did: its row count is -1 on PostgreSQL.
    """
    if is_sqlite(connection):
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(unique))
    # Loaded here: it brings all of PostgreSQL's drivers' sides along.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table).on_conflict_do_nothing(index_elements=list(unique))


def in_one_go(connection: Connection, statement: Insert) -> Insert:
    """Return an INSERT of many rows that SQLite need not be able to take back alone.

    It keeps a copy of what such a statement touches otherwise. Whatever fails in it has to end the
    whole transaction.
    """
    return statement.prefix_with("OR FAIL") if is_sqlite(connection) else statement


def is_one_of(
    connection: Connection, column: ColumnElement[Any], values: Iterable[int] | Iterable[str]
) -> ColumnElement[bool]:
    """Return the condition that a column is one of many numbers or words.

    The values are one parameter, so that the statement has one text however many there are.
    """
    found = list(values)
    if is_sqlite(connection):
        every = func.json_each(canonical_json(found)).table_valued("value")
        return column.in_(select(every.c.value))
    return column == func.any(literal(found, ARRAY(column.type)))


def unindexed(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column for a condition that SQLite is not to look up in an index.

    It takes an index on the newsletter for the best way to rows by id, though nearly all rows are
    of one newsletter: then each page of a walk finds and sorts all of them.
    """
    if not is_sqlite(connection):
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def new_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return ids that nothing has had and nothing else will get, for rows about to be inserted.

    Knowing them beforehand spares a bulk insert the reading back.
    """
    if is_sqlite(connection):
        # The transaction is the only writer, and an AUTOINCREMENT table remembers its largest id.
        largest = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last: int = connection.scalar(largest, {"name": table.name}) or 0
        return range(last + 1, last + count + 1)
    sequence = func.pg_get_serial_sequence(table.name, "id")
    numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return sorted(connection.scalars(numbers).all())


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert many rows of values that are ready for the database, in the order of `columns`."""
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    driver: Any = connection.connection.driver_connection
    if is_sqlite(connection):
        _insert_together(driver, f'"{table.name}" ({names})', rows)
        return
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as out:
        for row in rows:
            out.write_row(row)


def _insert_together(driver: Any, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows in statements of many, on SQLite's own connection.

    OR FAIL, because a statement of many rows that may have to be taken back alone keeps a copy of
    every page it touches. What fails here ends the whole transaction.
    """
    width = len(rows[0])
    many = _VALUES // width
    together = len(rows) - len(rows) % many
    one = f"({', '.join('?' * width)})"
    insert = f"INSERT OR FAIL INTO {into} VALUES "  # noqa: S608  our own names
    said = insert + ", ".join([one] * many)
    for first in range(0, together, many):
        driver.execute(said, tuple(chain.from_iterable(rows[first : first + many])))
    driver.executemany(insert + one, rows[together:])


def update_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Update many rows by id; each has the values of `columns`, ready for use, and then its id."""
    if not rows:
        return
    mark = "?" if is_sqlite(connection) else "%s"
    settings = ", ".join(f'"{column}" = {mark}' for column in columns)
    sql = f'UPDATE "{table.name}" SET {settings} WHERE id = {mark}'  # noqa: S608  our own names
    connection.exec_driver_sql(sql, list(rows))


def take_turns(connection: Connection, lock: int = ROSTER_LOCK) -> None:
    """Wait until no other transaction holds the same lock, and hold it to the end of this one.

    SQLite has one writer at a time anyway. On PostgreSQL, whoever changes who has which profile
    takes the same turn as a freeze, so that a freeze sees all of a change or nothing of it.
    """
    if not is_sqlite(connection):
        connection.execute(select(func.pg_advisory_xact_lock(bindparam("lock", lock))))


def has_table(connection: Connection, name: str) -> bool:
    """Return whether a table is there (on PostgreSQL: where the search path finds it)."""
    if is_sqlite(connection):
        found = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")
    else:
        found = text("SELECT 1 WHERE to_regclass(quote_ident(:name)) IS NOT NULL")
    return connection.execute(found, {"name": name}).first() is not None
