"""Costs are contracts: how many statements things take, and that the indexes are used."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from digest.model.mailing import EntryState
from digest.store.exchange import batch_of
from digest.store.exchange_postgres import PostgresExchange
from digest.store.exchange_sqlite import SqliteExchange
from tests.contracts.material import (
    NEWSLETTER,
    NOON,
    claim,
    freeze_for_all,
    import_all,
    newcomer,
    plan,
    result,
    waiting,
)


@contextmanager
def statements(database):
    """Collect the statements that are run."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def readers(count, *, start=0):
    """Yield readers of three profiles."""
    for number in range(start, start + count):
        yield newcomer(f"r{number}@example.com", language=("en", "ja", "zh-Hans")[number % 3])


def test_a_freeze_of_a_thousand_takes_as_many_statements_as_one_of_ten(database, ledger):
    import_all(ledger, readers(10))
    with statements(database) as few:
        small = freeze_for_all(ledger, number=1)
    import_all(ledger, readers(990, start=10))
    with statements(database) as many:
        large = freeze_for_all(ledger, number=2)

    assert (small.planned, large.planned) == (10, 1000)
    assert len(many) == len(few)
    assert len(many) <= 22


class Listening:
    """A driver's connection that tells what is said to it."""

    def __init__(self, connection):
        self.connection = connection
        self.said = []

    def execute(self, statement, *values, **options):
        self.said.append(statement)
        return self.connection.execute(statement, *values, **options)

    def __getattr__(self, name):
        return getattr(self.connection, name)


def exchange_of(database):
    """Return a connection that listens, and an exchange over it."""
    connection = Listening(database.connect_alone())
    exchange = SqliteExchange if database.is_sqlite else PostgresExchange
    return connection, exchange(connection)


def batch(mailing, *, results=(), claims=()):
    """Return one commit of the sender."""
    return batch_of(mailing.id, results=results, claims=claims, returned=(), handed={}, at=NOON)


def test_a_mailing_takes_the_same_few_statements_a_commit_whatever_the_batch(database, ledger):
    import_all(ledger, readers(1000))
    mailing = freeze_for_all(ledger)
    ids = [entry.id for entry in waiting(ledger, mailing)]
    connection, exchange = exchange_of(database)
    connection.said.clear()

    for size, first in ((1, 0), (32, 1), (967, 33)):
        claimed = exchange.exchange(batch(mailing, claims=ids[first : first + size])).claimed
        sent = [result(number, EntryState.SENT) for number in claimed]
        exchange.exchange(batch(mailing, results=sent))

    exchange.close()
    assert ledger.tally(mailing.id)[EntryState.SENT] == 1000
    a_commit = 2 if database.is_sqlite else 6
    assert len(connection.said) == 6 * a_commit
    assert len(set(connection.said)) == a_commit


def test_reserving_a_page_is_one_statement_and_on_sqlite_a_look_at_what_is_due(database, ledger):
    import_all(ledger, readers(100))
    mailing = freeze_for_all(ledger)

    with statements(database) as seen:
        entries = waiting(ledger, mailing)

    assert len(entries) == 100
    asked = [said for said in seen if not said.startswith("BEGIN")]
    assert len(asked) == (2 if database.is_sqlite else 1)


def test_what_is_deferred_and_not_due_is_not_looked_through(explained):
    plan = explained(waiting)

    assert "ix_outbox_entry_deferred (mailing_id=? AND not_before<?)" in plan
    assert "SCAN outbox_entry" not in plan


def test_a_chunk_of_an_import_takes_the_same_few_statements_whatever_its_size(sqlite_url):
    from digest.store.database import Database
    from digest.store.ledger import Ledger
    from tests.contracts.material import HASH_KEY

    database = Database(sqlite_url)
    ledger = Ledger(database, HASH_KEY)
    import_all(ledger, readers(3))

    with statements(database) as few:
        import_all(ledger, readers(3, start=10))
    with statements(database) as many:
        import_all(ledger, readers(1500, start=100))

    database.close()
    assert len(many) == len(few)
    assert len(many) <= 15


def test_history_takes_the_same_statements_for_one_issue_and_for_ten(database, ledger):
    import_all(ledger, readers(3))
    freeze_for_all(ledger, number=1)
    with statements(database) as one:
        ledger.history(NEWSLETTER, "r0@example.com")
    for number in range(2, 11):
        freeze_for_all(ledger, number=number)

    with statements(database) as ten:
        told = ledger.history(NEWSLETTER, "r0@example.com")

    assert len(told) == 10
    assert len(ten) == len(one)


@pytest.fixture
def explained(sqlite_url):
    """Return how SQLite would run the statements of some calls."""
    from digest.store.database import Database
    from digest.store.ledger import Ledger
    from tests.contracts.material import HASH_KEY

    database = Database(sqlite_url)
    ledger = Ledger(database, HASH_KEY)
    import_all(ledger, readers(20))
    mailing = freeze_for_all(ledger)

    def plan_of(call):
        asked = []

        def note(_connection, _cursor, statement, parameters, *_):
            if not statement.startswith(("BEGIN", "EXPLAIN")):
                asked.append((statement, parameters))

        event.listen(database.engine, "before_cursor_execute", note)
        call(ledger, mailing)
        event.remove(database.engine, "before_cursor_execute", note)
        with database.read() as connection:
            return "\n".join(
                row.detail
                for statement, parameters in asked
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            )

    yield plan_of
    database.close()


@pytest.mark.parametrize(
    ("call", "index"),
    [
        (
            waiting,
            "ix_outbox_entry_mailing_id_state_id (mailing_id=? AND state=? AND id>?)",
        ),
        (
            lambda ledger, mailing: ledger.tally(mailing.id),
            "USING COVERING INDEX ix_outbox_entry_mailing_id_state_id (mailing_id=?)",
        ),
        (lambda ledger, mailing: ledger.tally(mailing.id), "ix_outbox_entry_flagged"),
        (lambda ledger, mailing: ledger.next_due(mailing.id), "ix_outbox_entry_deferred"),
        (lambda ledger, mailing: ledger.next_due(mailing.id, NOON), "ix_outbox_entry_deferred"),
        (
            lambda ledger, mailing: ledger.complete_if_settled(mailing.id, NOON),
            "ix_outbox_entry_mailing_id_state_id (mailing_id=? AND state=?)",
        ),
        (
            lambda ledger, _mailing: ledger.history(NEWSLETTER, "r0@example.com"),
            "SEARCH subscriber USING INDEX sqlite_autoindex_subscriber_1 (address_key=?)",
        ),
        (
            lambda ledger, _mailing: ledger.find_subscription(NEWSLETTER, "r0@example.com"),
            "SEARCH subscriber USING INDEX sqlite_autoindex_subscriber_1 (address_key=?)",
        ),
        (
            lambda ledger, _mailing: ledger.subscription_by_handle(b"12345678"),
            "SEARCH subscription USING INDEX sqlite_autoindex_subscription_1 (handle=?)",
        ),
        (
            lambda ledger, _mailing: ledger.profiles(NEWSLETTER, NOON),
            "(address_hash=? AND newsletter=?)",
        ),
    ],
)
def test_an_index_is_used_where_a_million_rows_may_stand(explained, call, index):
    plan = explained(call)

    assert index in plan


def test_no_statement_of_a_delivery_reads_the_whole_outbox(explained):
    def deliver(ledger, mailing):
        entries = waiting(ledger, mailing)
        claim(ledger, mailing.id, [entry.id for entry in entries])
        with ledger.sender_lock():
            ledger.recover(NOON)
        ledger.settle_doubts(mailing.id, resend=True, at=NOON)
        ledger.refusals(mailing.id)
        ledger.edition_counts(mailing.id)
        ledger.skip_rest(mailing.id, "cancelled", NOON)

    plan = explained(deliver)

    assert "SEARCH outbox_entry" in plan
    assert "SCAN outbox_entry" not in plan


@pytest.mark.parametrize(
    "call",
    [
        lambda ledger, _mailing: list(ledger.recipients(NEWSLETTER, NOON)),
        lambda ledger, _mailing: list(ledger.export(NEWSLETTER)),
        lambda ledger, _mailing: ledger.freeze(plan(dict.fromkeys((1, 2, 3), "k"), number=2)),
    ],
    ids=["recipients", "export", "freeze"],
)
def test_a_walk_over_all_readers_goes_by_their_ids_and_sorts_nothing(explained, call):
    steps = explained(call)

    assert "TEMP B-TREE" not in steps
    assert "SUBSCRIPTION USING INTEGER PRIMARY KEY" in steps.upper() or "SCAN subscription" in steps


def test_a_freeze_looks_for_unknown_profiles_among_profiles_not_readers(explained):
    steps = explained(lambda ledger, _mailing: freeze_for_all(ledger, number=2)).splitlines()

    asked = next(n for n, step in enumerate(steps) if step.startswith("SCAN profile"))
    assert any("profile_id=?" in step and "subscription" in step for step in steps[asked:])


def test_erasing_people_does_not_read_the_whole_outbox_for_each(explained):
    plan = explained(lambda ledger, _mailing: ledger.undo_import(1, NOON))

    assert "SCAN outbox_entry" not in plan


def test_the_list_of_suppressions_reads_people_once_however_many_there_are(explained):
    def told(ledger, _mailing):
        for number in range(3):
            address = f"r{number}@example.com"
            ledger.suppress(address, newsletter=None, reason="bounced", at=NOON)
        assert [found for _, found in ledger.suppressions()] == [
            "r2@example.com",
            "r1@example.com",
            "r0@example.com",
        ]

    plan = explained(told)

    assert plan.count("SCAN subscriber") == 1
    assert "AUTOMATIC" not in plan


def test_nothing_reads_a_table_of_people_row_by_row(database, ledger):
    import_all(ledger, readers(30))

    with statements(database) as seen:
        list(ledger.export(NEWSLETTER))

    assert len([said for said in seen if said.startswith("SELECT")]) == 2
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM subscriber")) == 30


def _steps_of_a_commit(path, count):
    """Return how many steps SQLite takes to commit ten results and ten claims of `count`."""
    from digest.store.database import Database
    from digest.store.exchange import batch_of
    from digest.store.exchange_sqlite import SqliteExchange
    from digest.store.ledger import Ledger
    from tests.contracts.material import HASH_KEY

    database = Database(f"sqlite:///{path}")
    import_all(Ledger(database, HASH_KEY), readers(count))
    mailing = freeze_for_all(Ledger(database, HASH_KEY))
    database.close()
    connection = sqlite3.connect(path, isolation_level=None)
    driver, taken = SqliteExchange(connection), itertools.count()

    def exchange(claims, results):
        driver.exchange(
            batch_of(
                mailing.id, claims=claims, results=results, returned=[], handed={"": 10}, at=NOON
            )
        )

    exchange(range(1, 11), [])
    connection.set_progress_handler(lambda: next(taken) < 0, 1)
    exchange(range(11, 21), [result(number, EntryState.SENT) for number in range(1, 11)])
    connection.close()
    return next(taken)


def test_a_commit_of_the_sender_costs_the_same_in_an_outbox_of_any_size(sqlite_template, tmp_path):
    steps = {}
    for count in (20, 2000):
        path = tmp_path / f"{count}.db"
        shutil.copyfile(sqlite_template, path)
        steps[count] = _steps_of_a_commit(path, count)

    assert steps[2000] < steps[20] * 1.2
