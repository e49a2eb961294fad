"""Costs are contracts: how many statements things take, and that the indexes are used."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from digest.model.mailing import EntryState
from tests.contracts.material import (
    NEWSLETTER,
    NOON,
    freeze_for_all,
    import_all,
    newcomer,
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


def test_a_claim_is_one_statement_and_a_record_three_however_many_entries(database, ledger):
    import_all(ledger, readers(300))
    mailing = freeze_for_all(ledger)
    ids = [entry.id for entry in waiting(ledger, mailing)]

    with statements(database) as claiming:
        ledger.claim(ids[:1], at=NOON)
        ledger.claim(ids[1:], at=NOON)
    with statements(database) as recording:
        ledger.record([result(number, EntryState.SENT) for number in ids])

    assert len([said for said in claiming if not said.startswith("BEGIN")]) == 2
    assert len(set(claiming) - {"BEGIN IMMEDIATE"}) == 1
    # Which are still sending, their attempts, their states, and whose invitations are issued.
    assert len([said for said in recording if not said.startswith("BEGIN")]) == 4


def test_reserving_is_one_statement(database, ledger):
    import_all(ledger, readers(100))
    mailing = freeze_for_all(ledger)

    with statements(database) as seen:
        entries = waiting(ledger, mailing)

    assert len(entries) == 100
    assert len([said for said in seen if not said.startswith("BEGIN")]) == 1


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
        ledger.claim([entry.id for entry in entries], at=NOON)
        with ledger.sender_lock():
            ledger.recover(NOON)
        ledger.settle_doubts(mailing.id, resend=True, at=NOON)
        ledger.record([result(entry.id, EntryState.SENT) for entry in entries])
        ledger.refusals(mailing.id)
        ledger.edition_counts(mailing.id)
        ledger.skip_rest(mailing.id, "cancelled", NOON)

    plan = explained(deliver)

    assert "SEARCH outbox_entry" in plan
    assert "SCAN outbox_entry" not in plan


def test_erasing_people_does_not_read_the_whole_outbox_for_each(explained):
    plan = explained(lambda ledger, _mailing: ledger.undo_import(1, NOON))

    assert "SCAN outbox_entry" not in plan


def test_the_size_of_a_statement_does_not_grow_with_what_it_asks_for(database, ledger):
    import_all(ledger, readers(50))

    with statements(database) as seen:
        ledger.claim(range(1, 2), at=NOON)
        ledger.claim(range(1, 5000), at=NOON)

    claims = [said for said in seen if said.startswith("UPDATE")]
    assert len(set(claims)) == len({len(said) for said in claims}) <= 2


def test_nothing_reads_a_table_of_people_row_by_row(database, ledger):
    import_all(ledger, readers(30))

    with statements(database) as seen:
        list(ledger.export(NEWSLETTER))

    assert len([said for said in seen if said.startswith("SELECT")]) == 2
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM subscriber")) == 30
