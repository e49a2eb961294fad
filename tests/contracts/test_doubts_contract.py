"""What every outbox promises of a message that the server may have taken without our knowing."""

from __future__ import annotations

import pytest

from digest.model.mailing import EntryState, Verdict
from tests.contracts.material import (
    MINUTE,
    NEWSLETTER,
    NOON,
    claim,
    record,
    result,
    state_of,
    waiting,
)


def in_doubt(ledger, mailing, entry_id):
    """Claim an entry and lose the line after the last byte."""
    claim(ledger, mailing.id, [entry_id])
    record(
        ledger,
        mailing.id,
        [result(entry_id, EntryState.IN_DOUBT, verdict=Verdict.IN_DOUBT, code=0)],
    )


def test_what_a_dead_process_left_is_in_doubt_and_sent_once_more_with_a_flag(ledger, mailing):
    first = waiting(ledger, mailing)[0]
    claim(ledger, mailing.id, [first.id])

    with ledger.sender_lock():
        recovered = ledger.recover(NOON + MINUTE)

    assert recovered == 1
    assert state_of(ledger, mailing, EntryState.IN_DOUBT) == 1
    again = waiting(ledger, mailing)[0]
    assert (again.id, again.doubts, again.first_tried_at) == (first.id, 1, NOON)
    assert ledger.tally(mailing.id).possible_duplicates == 0
    assert claim(ledger, mailing.id, [first.id], at=NOON + MINUTE) == {first.id}
    record(ledger, mailing.id, [result(first.id, EntryState.SENT)])
    assert ledger.tally(mailing.id).possible_duplicates == 1
    told = ledger.history(NEWSLETTER, "a@example.com")[0]
    assert told.possible_duplicate
    assert [verdict for _, verdict, _, _ in told.attempts] == ["in_doubt", "accepted"]


def test_recovering_twice_finds_nothing_the_second_time(ledger, mailing):
    claim(ledger, mailing.id, [waiting(ledger, mailing)[0].id])

    with ledger.sender_lock():
        assert (ledger.recover(NOON), ledger.recover(NOON)) == (1, 0)


def test_only_the_holder_of_the_sender_lock_may_recover(ledger, mailing):
    with pytest.raises(RuntimeError):
        ledger.recover(NOON)


def test_what_is_in_doubt_a_second_time_is_held(ledger, mailing):
    first, second = (entry.id for entry in waiting(ledger, mailing)[:2])
    in_doubt(ledger, mailing, first)
    in_doubt(ledger, mailing, first)
    in_doubt(ledger, mailing, second)

    held = ledger.settle_doubts(mailing.id, resend=True, at=NOON)

    assert held == 1
    assert state_of(ledger, mailing, EntryState.HELD) == 1
    assert state_of(ledger, mailing, EntryState.IN_DOUBT) == 1
    [(address, reason)] = ledger.refusals(mailing.id)
    assert address == "a@example.com"
    assert "the server may have taken it" in reason


def test_under_hold_the_first_doubt_is_held_already(ledger, mailing):
    in_doubt(ledger, mailing, waiting(ledger, mailing)[0].id)

    assert ledger.settle_doubts(mailing.id, resend=False, at=NOON) == 1


def test_a_mailing_with_something_held_is_settled_and_not_complete(ledger, mailing):
    in_doubt(ledger, mailing, waiting(ledger, mailing)[0].id)
    ledger.settle_doubts(mailing.id, resend=False, at=NOON)
    ledger.skip_rest(mailing.id, "cancelled", NOON)

    tally = ledger.tally(mailing.id)

    assert tally.settled
    assert not tally.complete
    assert not ledger.complete_if_settled(mailing.id, NOON)


def test_a_skipped_entry_that_was_in_doubt_says_so(ledger, mailing):
    in_doubt(ledger, mailing, waiting(ledger, mailing)[0].id)

    ledger.skip_rest(mailing.id, "cancelled", NOON)

    told = ledger.history(NEWSLETTER, "a@example.com")[0]
    assert told.reason == "cancelled; the server may have taken it"
