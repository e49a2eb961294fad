"""Many rows at once: foreign keys that SQLite does not look up are right all the same."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from digest.model.freeze import Newcomer
from digest.store import dialect
from digest.store.database import Database
from digest.store.tables import key_fingerprint, subscriber, subscription
from tests.contracts.material import (
    NEWSLETTER,
    freeze_for_all,
    import_all,
    newcomer,
)

#: More than one INSERT takes, and not a multiple of what it takes.
MANY = 537


def many_newcomers() -> list[Newcomer]:
    """Return rows of two profiles."""
    return [
        newcomer(f"r{number}@example.com", language=("en", "ja")[number % 2])
        for number in range(MANY)
    ]


def test_an_import_and_a_freeze_leave_no_reference_to_what_is_not_there(
    database: Database, ledger
) -> None:
    import_all(ledger, many_newcomers())
    import_all(ledger, many_newcomers()[::3], newsletter="another")
    freeze_for_all(ledger)

    with database.read() as connection:
        if database.is_sqlite:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        persons = set(connection.scalars(select(subscriber.c.id)))
        mine = select(subscription.c.subscriber_id).where(subscription.c.newsletter == NEWSLETTER)
        assert len(persons) == MANY
        assert set(connection.scalars(mine)) == persons


def test_foreign_keys_hold_again_once_the_bulk_is_written(database: Database, ledger) -> None:
    import_all(ledger, many_newcomers())
    broken = insert(subscription).values(
        subscriber_id=999_999, newsletter="x", profile_id=1, handle=b"12345678", state="active"
    )

    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(broken)


def test_foreign_keys_hold_again_after_a_bulk_that_broke_off(database: Database, ledger) -> None:
    import_all(ledger, many_newcomers())
    broken = insert(subscription).values(
        subscriber_id=999_999, newsletter="x", profile_id=1, handle=b"12345678", state="active"
    )

    with pytest.raises(DBAPIError), database.write_in_bulk() as connection, connection.begin():
        connection.execute(text("SELECT * FROM no_such_table"))
    alone = database.connect_alone()

    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(broken)
    if database.is_sqlite:
        assert alone.execute("PRAGMA foreign_keys").fetchone() == (1,)
    alone.close()


def test_a_row_that_cannot_be_stored_takes_its_whole_transaction_back(database: Database) -> None:
    rows = [(f"key-{number}", "print") for number in range(MANY)]
    columns = ("name", "fingerprint")

    with pytest.raises(Exception, match=r"(?i)unique"), database.write() as connection:
        dialect.insert_rows(connection, key_fingerprint, columns, [*rows, rows[500]])

    with database.read() as connection:
        assert connection.execute(select(key_fingerprint)).all() == []


@pytest.mark.parametrize("count", [0, 1, 499, 500, 998, 999, 1000])
def test_as_many_rows_are_stored_as_were_given(database: Database, count: int) -> None:
    rows = [(f"key-{number}", "print") for number in range(count)]

    with database.write() as connection:
        dialect.insert_rows(connection, key_fingerprint, ("name", "fingerprint"), rows)

    with database.read() as connection:
        assert len(connection.execute(select(key_fingerprint)).all()) == count
