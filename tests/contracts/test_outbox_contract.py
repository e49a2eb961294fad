"""What every outbox promises: nobody is lost, nobody is mailed twice without a flag."""

from __future__ import annotations

import threading

import pytest

from digest.errors import TryAgainLater
from digest.model.mailing import EntryState, MailingState, Verdict
from tests.contracts.material import (
    DAY,
    MINUTE,
    NEWSLETTER,
    NOON,
    claim,
    freeze_for_all,
    import_all,
    newcomer,
    reader,
    record,
    result,
    state_of,
    waiting,
)


def test_a_reserved_entry_has_what_its_message_needs(ledger, mailing):
    entry = waiting(ledger, mailing)[0]

    who = reader(ledger, "a@example.com")
    assert (entry.recipient, entry.name, entry.handle) == ("a@example.com", "A", who.handle)
    assert (entry.subscription_id, entry.subscriber_id) == (who.id, who.subscriber.id)
    assert entry.issue_id > 0
    assert entry.invitation_id == 0
    assert (entry.state, entry.attempts, entry.doubts) == (EntryState.QUEUED, 0, 0)
    assert entry.due_at == NOON
    assert entry.first_tried_at is None


def test_reserving_pages_by_id_and_changes_nothing(ledger, mailing):
    first = ledger.reserve(mailing.id, after=0, limit=2, at=NOON)
    rest = ledger.reserve(mailing.id, after=first[-1].id, limit=10, at=NOON)

    ids = [entry.id for entry in first + rest]
    assert ids == sorted(ids)
    assert [e.recipient[0] for e in first + rest] == ["a", "b", "c", "d", "e"]
    assert state_of(ledger, mailing, EntryState.QUEUED) == 5


def test_a_claimed_entry_is_sending_and_not_reserved_again(ledger, mailing):
    ids = [entry.id for entry in waiting(ledger, mailing)]

    claimed = claim(ledger, mailing.id, ids[:2])

    assert claimed == set(ids[:2])
    assert [entry.id for entry in waiting(ledger, mailing)] == ids[2:]
    assert state_of(ledger, mailing, EntryState.SENDING) == 2
    assert claim(ledger, mailing.id, ids[:2]) == set()


def test_claiming_nothing_or_what_is_not_there_claims_nothing(ledger, mailing):
    assert claim(ledger, mailing.id, []) == set()
    assert claim(ledger, mailing.id, [987654321]) == set()


def test_a_no_that_comes_after_the_freeze_is_looked_at_by_the_claim(ledger, mailing):
    ids = {entry.recipient[0]: entry.id for entry in waiting(ledger, mailing)}
    ledger.leave(reader(ledger, "a@example.com").handle, NOON)
    ledger.suppress("b@example.com", newsletter=None, reason="complaint", at=NOON)
    ledger.suppress("c@example.com", newsletter=NEWSLETTER, reason="bounce", at=NOON)
    ledger.suppress("d@example.com", newsletter="another", reason="no", at=NOON)

    claimed = claim(ledger, mailing.id, list(ids.values()))

    assert claimed == {ids["d"], ids["e"]}
    assert state_of(ledger, mailing, EntryState.SKIPPED) == 3
    reasons = {name: ledger.history(NEWSLETTER, f"{name}@example.com")[0].reason for name in "abc"}
    assert reasons == {"a": "unsubscribed", "b": "suppressed", "c": "suppressed"}


def test_a_suppression_for_this_newsletter_does_not_stop_another(ledger):
    for newsletter in (NEWSLETTER, "another"):
        import_all(ledger, [newcomer("a@example.com")], newsletter=newsletter)
    here, there = (
        freeze_for_all(ledger, newsletter=newsletter) for newsletter in (NEWSLETTER, "another")
    )
    entries = waiting(ledger, here) + waiting(ledger, there)
    ledger.suppress("a@example.com", newsletter="another", reason="no", at=NOON)

    claimed = [claim(ledger, each.id, [entry.id for entry in entries]) for each in (here, there)]

    assert claimed == [{entries[0].id}, set()]


def test_what_was_sent_is_settled_and_the_mailing_completes(ledger, mailing):
    ids = [entry.id for entry in waiting(ledger, mailing)]
    claim(ledger, mailing.id, ids)
    assert not ledger.complete_if_settled(mailing.id, NOON)

    record(ledger, mailing.id, [result(number, EntryState.SENT) for number in ids])

    assert state_of(ledger, mailing, EntryState.SENT) == 5
    assert ledger.complete_if_settled(mailing.id, NOON + MINUTE)
    done = ledger.mailing(mailing.id)
    assert (done.state, done.completed_at) == (MailingState.COMPLETE, NOON + MINUTE)
    assert ledger.complete_if_settled(mailing.id, NOON + DAY)
    assert ledger.mailing(mailing.id).completed_at == NOON + MINUTE


def test_a_deferred_entry_waits_for_its_time(ledger, mailing):
    first = waiting(ledger, mailing)[0]
    claim(ledger, mailing.id, [first.id])
    deferred = result(
        first.id,
        EntryState.DEFERRED,
        verdict=Verdict.DEFERRED,
        code=451,
        not_before=NOON + MINUTE,
    )

    record(ledger, mailing.id, [deferred])

    assert ledger.next_due(mailing.id) == NOON + MINUTE
    assert ledger.next_due(mailing.id, NOON) == NOON + MINUTE
    assert ledger.next_due(mailing.id, NOON + MINUTE) is None
    assert first.id not in {entry.id for entry in waiting(ledger, mailing)}
    again = waiting(ledger, mailing, NOON + MINUTE)[0]
    assert (again.id, again.state, again.attempts) == (first.id, EntryState.DEFERRED, 1)
    assert again.first_tried_at == NOON


def test_nothing_deferred_has_no_next_time(ledger, mailing):
    assert ledger.next_due(mailing.id) is None


def test_a_refused_entry_is_told_with_its_reason(ledger, mailing):
    ids = [entry.id for entry in waiting(ledger, mailing)]
    claim(ledger, mailing.id, ids)

    record(
        ledger,
        mailing.id,
        [
            result(
                ids[1],
                EntryState.REFUSED,
                verdict=Verdict.REFUSED,
                code=550,
                reason="550 no such user",
            )
        ],
    )

    assert ledger.refusals(mailing.id) == [("b@example.com", "550 no such user")]
    assert state_of(ledger, mailing, EntryState.REFUSED) == 1


def test_a_blocked_entry_goes_back_to_the_queue(ledger, mailing):
    first = waiting(ledger, mailing)[0]
    claim(ledger, mailing.id, [first.id])

    record(
        ledger, mailing.id, [result(first.id, EntryState.QUEUED, verdict=Verdict.BLOCKED, code=550)]
    )

    assert waiting(ledger, mailing)[0].id == first.id
    assert state_of(ledger, mailing, EntryState.QUEUED) == 5


def test_a_result_for_what_is_no_longer_sending_is_left_alone(ledger, mailing):
    first, second = waiting(ledger, mailing)[:2]
    claim(ledger, mailing.id, [first.id])
    record(ledger, mailing.id, [result(first.id, EntryState.SENT)])

    record(
        ledger,
        mailing.id,
        [
            result(first.id, EntryState.REFUSED, verdict=Verdict.REFUSED, code=550),
            result(second.id, EntryState.SENT),
            result(987654321, EntryState.SENT),
        ],
    )

    assert state_of(ledger, mailing, EntryState.SENT) == 1
    assert state_of(ledger, mailing, EntryState.QUEUED) == 4
    assert len(ledger.history(NEWSLETTER, "a@example.com")[0].attempts) == 1
    assert ledger.history(NEWSLETTER, "b@example.com")[0].attempts == ()


def test_of_two_results_for_one_entry_the_first_counts(ledger, mailing):
    first = waiting(ledger, mailing)[0]
    claim(ledger, mailing.id, [first.id])

    record(
        ledger,
        mailing.id,
        [
            result(first.id, EntryState.SENT),
            result(first.id, EntryState.REFUSED, verdict=Verdict.REFUSED),
        ],
    )

    assert state_of(ledger, mailing, EntryState.SENT) == 1
    assert len(ledger.history(NEWSLETTER, "a@example.com")[0].attempts) == 1


def test_a_result_that_no_attempt_can_have_is_a_bug_and_stores_nothing(ledger, mailing):
    first = waiting(ledger, mailing)[0]
    claim(ledger, mailing.id, [first.id])

    with pytest.raises(ValueError, match="cannot go from sending to skipped"):
        record(ledger, mailing.id, [result(first.id, EntryState.SKIPPED)])

    assert state_of(ledger, mailing, EntryState.SENDING) == 1


def test_recording_nothing_is_nothing(ledger, mailing):
    record(ledger, mailing.id, [])

    assert state_of(ledger, mailing, EntryState.QUEUED) == 5


def test_skipping_the_rest_leaves_what_has_left(ledger, mailing):
    ids = [entry.id for entry in waiting(ledger, mailing)]
    claim(ledger, mailing.id, ids[:2])
    record(ledger, mailing.id, [result(ids[0], EntryState.SENT)])

    skipped = ledger.skip_rest(mailing.id, "expired", NOON)

    assert skipped == 3
    assert state_of(ledger, mailing, EntryState.SENT) == 1
    assert state_of(ledger, mailing, EntryState.SENDING) == 1
    assert ledger.history(NEWSLETTER, "e@example.com")[0].reason == "expired"
    assert ledger.skip_rest(mailing.id, "expired", NOON) == 0


def test_one_process_at_a_time_sends(ledger):
    with ledger.sender_lock():
        with pytest.raises(TryAgainLater, match="another process is sending"), ledger.sender_lock():
            pass

        with pytest.raises(TryAgainLater), ledger.sender_lock():
            pass
    with ledger.sender_lock():
        pass


def test_the_sender_lock_is_freed_by_an_error(ledger):
    with pytest.raises(ZeroDivisionError), ledger.sender_lock():
        raise ZeroDivisionError

    with ledger.sender_lock():
        pass


def test_two_threads_never_claim_the_same_entry(ledger, mailing):
    ids = [entry.id for entry in waiting(ledger, mailing)]
    claimed = []

    def claim_all():
        claimed.append(claim(ledger, mailing.id, ids))

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(number for found in claimed for number in found) == ids
