"""What every store of slots promises: a nominal time fires once."""

from __future__ import annotations

from tests.contracts.material import DAY, NEWSLETTER, NOON, plan

FRIDAY, SATURDAY = "2024-03-01T09:00", "2024-03-02T09:00"


def test_a_slot_that_was_dealt_with_is_not_taken_again(ledger):
    assert ledger.claim_slot(NEWSLETTER, FRIDAY, NOON)
    ledger.close_slot(NEWSLETTER, FRIDAY, "sent")

    assert not ledger.claim_slot(NEWSLETTER, FRIDAY, NOON + DAY)
    assert ledger.claim_slot("another", FRIDAY, NOON)
    assert ledger.claim_slot(NEWSLETTER, SATURDAY, NOON)


def test_a_slot_that_a_dead_process_took_is_taken_again(ledger):
    ledger.claim_slot(NEWSLETTER, FRIDAY, NOON)

    assert ledger.last_slot(NEWSLETTER) is None
    assert ledger.claim_slot(NEWSLETTER, FRIDAY, NOON + DAY)


def test_a_slot_with_a_mailing_is_dealt_with_though_it_has_no_outcome_yet(ledger):
    ledger.claim_slot(NEWSLETTER, FRIDAY, NOON)

    ledger.freeze(plan({}, slot=FRIDAY))

    assert not ledger.claim_slot(NEWSLETTER, FRIDAY, NOON)
    assert ledger.last_slot(NEWSLETTER) == FRIDAY


def test_slots_are_told_newest_first_with_their_outcome(ledger):
    for wall_time, outcome in ((FRIDAY, "sent"), (SATURDAY, "nothing new")):
        ledger.claim_slot(NEWSLETTER, wall_time, NOON)
        ledger.close_slot(NEWSLETTER, wall_time, outcome)

    assert ledger.slots(NEWSLETTER) == [(SATURDAY, "nothing new"), (FRIDAY, "sent")]
    assert ledger.slots(NEWSLETTER, limit=1) == [(SATURDAY, "nothing new")]
    assert ledger.last_slot(NEWSLETTER) == SATURDAY
    assert ledger.slots("another") == []
    assert ledger.last_slot("another") is None
