"""Who is reachable at a moment: what only the tables can say so far."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from digest.store.columns import microseconds
from tests.contracts.material import (
    DAY,
    MINUTE,
    NEWSLETTER,
    NOON,
    freeze_for_all,
    import_all,
    newcomer,
)


@pytest.fixture
def paused(database, ledger):
    """Two readers, of whom one has paused until tomorrow noon."""
    import_all(ledger, [newcomer("pauses@example.com"), newcomer("reads@example.com")])
    with database.write() as connection:
        connection.execute(
            text(
                "UPDATE subscription SET paused_until = :until WHERE subscriber_id ="
                " (SELECT id FROM subscriber WHERE address = 'pauses@example.com')"
            ),
            {"until": microseconds(NOON + DAY)},
        )
    return ledger


def test_who_has_paused_is_neither_counted_nor_mailed(paused):
    [(_, count)] = paused.profiles(NEWSLETTER, NOON).values()

    assert count == 1
    assert freeze_for_all(paused).planned == 1


def test_a_pause_ends_on_its_minute(paused):
    before = paused.profiles(NEWSLETTER, NOON + DAY - MINUTE)
    after = paused.profiles(NEWSLETTER, NOON + DAY)

    assert [count for _, count in before.values()] == [1]
    assert [count for _, count in after.values()] == [2]


def test_a_new_profile_of_somebody_who_has_paused_does_not_stop_a_freeze(paused):
    paused.verify(NEWSLETTER, "pauses@example.com", ["media"], add=True)

    assert freeze_for_all(paused).planned == 1


def test_history_says_that_a_reader_had_paused(paused):
    freeze_for_all(paused)

    [told] = paused.history(NEWSLETTER, "pauses@example.com")

    assert told.reason == "paused until 2024-03-02"


def test_who_was_erased_is_not_mailed(database, ledger):
    import_all(ledger, [newcomer("a@example.com"), newcomer("b@example.com")])
    with database.write() as connection:
        connection.execute(
            text("UPDATE subscriber SET erased_at = 1 WHERE address = 'a@example.com'")
        )

    assert freeze_for_all(ledger).planned == 1


def test_a_thousand_empty_profiles_are_one_parameter(ledger):
    from tests.contracts.material import plan

    import_all(ledger, [newcomer(f"r{n}@example.com", roles=(f"role-{n}",)) for n in range(1000)])
    empty = frozenset(ledger.profiles(NEWSLETTER, NOON))

    assert len(empty) == 1000
    assert ledger.freeze(plan({}, empty_profiles=empty)).planned == 0
