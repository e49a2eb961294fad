"""What is remembered of speed over restarts."""

from __future__ import annotations

from datetime import timedelta

from digest.model.limits import DomainPause, Handed
from tests.contracts.material import DAY, MINUTE, NOON, freeze_for_all, import_all, newcomer

SECOND = timedelta(seconds=1)


def test_what_was_handed_over_is_counted_by_scope_and_second(ledger):
    ledger.count_handed({"": 3, "gmail.com": 1}, NOON + SECOND / 2)
    ledger.count_handed({"": 2}, NOON + SECOND / 4)
    ledger.count_handed({"": 1}, NOON + SECOND)

    assert sorted(ledger.handed_since(NOON), key=lambda row: (row.at, row.scope)) == [
        Handed(scope="", at=NOON, count=5),
        Handed(scope="gmail.com", at=NOON, count=1),
        Handed(scope="", at=NOON + SECOND, count=1),
    ]


def test_the_second_that_a_moment_lies_in_is_told_too(ledger):
    ledger.count_handed({"": 1}, NOON)

    assert len(ledger.handed_since(NOON + SECOND / 2)) == 1
    assert ledger.handed_since(NOON + SECOND) == []


def test_what_is_days_old_is_forgotten(ledger):
    ledger.count_handed({"": 1}, NOON)

    ledger.count_handed({"": 1}, NOON + 3 * DAY)

    assert [row.at for row in ledger.handed_since(NOON - DAY)] == [NOON + 3 * DAY]


def test_a_domains_pause_is_kept_replaced_and_lifted(ledger):
    first = DomainPause(domain="gmail.com", until_at=NOON, steps=1, reason="450 busy")
    longer = DomainPause(domain="gmail.com", until_at=NOON + MINUTE, steps=2, reason="451 busy")

    ledger.keep_domain_pause(first)
    ledger.keep_domain_pause(longer)
    assert ledger.domain_pauses() == [longer]
    ledger.lift_domain_pause("gmail.com")
    ledger.lift_domain_pause("gmail.com")

    assert ledger.domain_pauses() == []


def test_the_permits_of_a_commit_are_counted_with_its_claims(ledger):
    import_all(ledger, [newcomer("a@gmail.com")])
    mailing = freeze_for_all(ledger)
    [entry] = ledger.reserve(mailing.id, after=0, limit=5, at=NOON)

    ledger.exchange(
        mailing.id, results=[], claims=[entry.id], handed={"": 1, "gmail.com": 1}, at=NOON
    )

    assert {row.scope: row.count for row in ledger.handed_since(NOON)} == {"": 1, "gmail.com": 1}
