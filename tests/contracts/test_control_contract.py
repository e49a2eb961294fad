"""What a person may do to a mailing, whoever sends it meanwhile."""

from __future__ import annotations

import pytest

from digest.model.control import Again, Resent
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
    plan,
    reader,
    record,
    result,
    waiting,
)

LATER = NOON + MINUTE


def states(ledger, mailing):
    tally = ledger.tally(mailing.id)
    assert tally.adds_up
    return {state: count for state, count in tally.states.items() if count}


def bring(ledger, mailing, state, count=1):
    """Bring the first entries that wait into a state."""
    verdict = {
        EntryState.REFUSED: Verdict.REFUSED,
        EntryState.HELD: Verdict.IN_DOUBT,
        EntryState.DEFERRED: Verdict.DEFERRED,
        EntryState.IN_DOUBT: Verdict.IN_DOUBT,
    }.get(state, Verdict.ACCEPTED)
    entries = waiting(ledger, mailing)[:count]
    claim(ledger, mailing.id, [entry.id for entry in entries])
    if state is not EntryState.SENDING:
        results = [result(entry.id, state, verdict=verdict) for entry in entries]
        record(ledger, mailing.id, results)
    return entries


def test_a_mailing_has_begun_once_an_entry_was_claimed(ledger, mailing):
    assert not ledger.has_begun(mailing.id)
    ledger.remove(NEWSLETTER, "e@example.com", NOON)
    claim(ledger, mailing.id, [waiting(ledger, mailing)[-1].id])
    assert not ledger.has_begun(mailing.id), "skipped without a byte"

    bring(ledger, mailing, EntryState.SENDING)

    assert ledger.has_begun(mailing.id)


def test_a_claim_that_was_given_back_without_a_byte_is_no_beginning(ledger, mailing):
    [entry] = bring(ledger, mailing, EntryState.SENDING)

    ledger.exchange(mailing.id, results=[], claims=[], returned=[entry.id], at=NOON)

    assert not ledger.has_begun(mailing.id)


def test_a_refusal_for_policy_is_a_beginning(ledger, mailing):
    bring(ledger, mailing, EntryState.QUEUED)

    assert ledger.has_begun(mailing.id)


def test_withdrawing_frees_the_number_and_the_items(ledger, mailing):
    assert ledger.withdraw(mailing.id, LATER)

    assert ledger.sent_issues(NEWSLETTER) == []
    gone = ledger.mailing(mailing.id)
    assert (gone.state, gone.number, gone.planned) == (MailingState.CANCELLED, None, 5)
    assert "issue 1" in gone.reason
    assert states(ledger, mailing) == {EntryState.SKIPPED: 5}
    again = freeze_for_all(ledger, at=NOON + DAY)
    assert again.number == 1
    assert states(ledger, again) == {EntryState.QUEUED: 5}


def test_withdrawing_takes_invitations_back(ledger):
    import_all(ledger, [newcomer("a@example.com", fields=("music",), verified=("music",))])
    who = reader(ledger, "a@example.com")
    from digest.model.freeze import PlannedInvitation

    everyone = dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "k")
    invited = PlannedInvitation(
        subscription_id=who.id, question="q", field="music", deadline_at=None, edition_key="k"
    )
    mailing = ledger.freeze(plan(everyone, invitations=(invited,)))
    assert ledger.standings(NEWSLETTER, NOON)["q"].outstanding == 1

    ledger.withdraw(mailing.id, NOON)

    assert "q" not in ledger.standings(NEWSLETTER, NOON)


def test_withdrawing_changes_nothing_when_the_first_byte_was_quicker(ledger, mailing):
    bring(ledger, mailing, EntryState.SENDING)

    assert not ledger.withdraw(mailing.id, LATER)

    assert ledger.mailing(mailing.id).state is MailingState.SENDING
    assert states(ledger, mailing) == {EntryState.QUEUED: 4, EntryState.SENDING: 1}
    assert len(ledger.sent_issues(NEWSLETTER)) == 1


def test_a_withdrawn_issue_is_no_longer_told_of_to_its_readers(ledger, mailing):
    ledger.withdraw(mailing.id, LATER)

    assert ledger.history(NEWSLETTER, "a@example.com") == []


def test_cancelling_skips_all_that_has_not_left(ledger, mailing):
    for state in (EntryState.SENT, EntryState.DEFERRED, EntryState.HELD):
        bring(ledger, mailing, state)

    skipped = ledger.cancel(mailing.id, LATER)

    assert skipped == 4
    assert states(ledger, mailing) == {EntryState.SENT: 1, EntryState.SKIPPED: 4}
    cancelled = ledger.mailing(mailing.id)
    assert (cancelled.state, cancelled.number) == (MailingState.CANCELLED, 1)
    assert ledger.unfinished(NEWSLETTER) == []
    assert len(ledger.sent_issues(NEWSLETTER)) == 1


def test_the_sender_hears_of_it_and_claims_nothing_more(ledger, mailing):
    [entry] = bring(ledger, mailing, EntryState.SENDING)
    others = [each.id for each in waiting(ledger, mailing)]
    ledger.cancel(mailing.id, LATER)

    exchange = ledger.exchange(
        mailing.id, results=[result(entry.id, EntryState.SENT)], claims=others, at=LATER
    )

    assert (exchange.state, exchange.claimed) == (MailingState.CANCELLED, frozenset())
    assert states(ledger, mailing) == {EntryState.SENT: 1, EntryState.SKIPPED: 4}


def test_what_was_on_its_way_when_its_mailing_was_cancelled_and_its_sender_died_is_skipped(
    ledger, mailing
):
    bring(ledger, mailing, EntryState.SENDING)
    ledger.cancel(mailing.id, LATER)

    with ledger.sender_lock():
        ledger.recover(LATER)

    assert states(ledger, mailing) == {EntryState.SKIPPED: 5}
    reasons = [one.reason for one in ledger.history(NEWSLETTER, "a@example.com")]
    assert reasons == ["cancelled; the server may have taken it"]


def test_what_was_refused_or_is_held_can_be_tried_again_and_only_the_held_is_flagged(
    ledger, mailing
):
    bring(ledger, mailing, EntryState.REFUSED, 2)
    bring(ledger, mailing, EntryState.HELD)

    again = ledger.try_again(mailing.id, [EntryState.REFUSED, EntryState.HELD], at=LATER)

    assert again == Again(queued=3)
    assert states(ledger, mailing) == {EntryState.QUEUED: 5}
    assert ledger.tally(mailing.id).possible_duplicates == 1


def test_only_the_states_and_addresses_that_were_named_are_tried_again(ledger, mailing):
    bring(ledger, mailing, EntryState.REFUSED, 2)
    bring(ledger, mailing, EntryState.HELD)

    refused = [EntryState.REFUSED]
    again = ledger.try_again(mailing.id, refused, addresses=["B@Example.com"], at=LATER)

    assert again == Again(queued=1)
    assert states(ledger, mailing) == {
        EntryState.QUEUED: 3,
        EntryState.REFUSED: 1,
        EntryState.HELD: 1,
    }


def test_who_left_or_is_suppressed_is_not_tried_again(ledger, mailing):
    bring(ledger, mailing, EntryState.REFUSED, 3)
    ledger.remove(NEWSLETTER, "a@example.com", NOON)
    ledger.suppress("b@example.com", newsletter=None, reason="5.1.1", at=NOON)

    again = ledger.try_again(mailing.id, [EntryState.REFUSED], at=LATER)

    assert again == Again(queued=1, unwilling=2)


def test_a_second_try_has_waits_of_its_own(ledger, mailing):
    [entry] = bring(ledger, mailing, EntryState.REFUSED)

    ledger.try_again(mailing.id, [EntryState.REFUSED], at=NOON + DAY)

    [again] = [each for each in waiting(ledger, mailing, NOON + DAY) if each.id == entry.id]
    assert (again.attempts, again.first_tried_at) == (0, None)
    later = NOON + DAY
    deferred = result(
        entry.id, EntryState.DEFERRED, at=later, verdict=Verdict.DEFERRED, not_before=later
    )
    ledger.exchange(mailing.id, results=[], claims=[entry.id], at=later)
    ledger.exchange(mailing.id, results=[deferred], claims=[], at=later)
    [waits] = [each for each in waiting(ledger, mailing, later) if each.id == entry.id]
    assert (waits.attempts, waits.first_tried_at) == (1, later)


def test_trying_again_reopens_a_mailing_that_was_complete(ledger, mailing):
    bring(ledger, mailing, EntryState.SENT, 4)
    bring(ledger, mailing, EntryState.REFUSED)
    assert ledger.complete_if_settled(mailing.id, NOON)

    ledger.try_again(mailing.id, [EntryState.REFUSED], at=LATER)

    reopened = ledger.mailing(mailing.id)
    assert (reopened.state, reopened.completed_at) == (MailingState.SENDING, None)
    assert [each.id for each in ledger.unfinished(NEWSLETTER)] == [mailing.id]


def test_nothing_to_try_again_leaves_a_complete_mailing_complete(ledger, mailing):
    bring(ledger, mailing, EntryState.SENT, 5)
    ledger.complete_if_settled(mailing.id, NOON)

    assert ledger.try_again(mailing.id, [EntryState.REFUSED], at=LATER) == Again(queued=0)

    assert ledger.mailing(mailing.id).state is MailingState.COMPLETE


@pytest.mark.parametrize("state", [EntryState.SENT, EntryState.SKIPPED])
def test_what_is_held_is_settled_as_a_person_says(ledger, mailing, state):
    bring(ledger, mailing, EntryState.HELD, 2)

    assert ledger.settle(mailing.id, state, addresses=["a@example.com"], at=LATER) == 1
    assert ledger.settle(mailing.id, state, addresses=["e@example.com"], at=LATER) == 0
    assert states(ledger, mailing)[EntryState.HELD] == 1
    assert ledger.settle(mailing.id, state, at=LATER) == 1

    assert states(ledger, mailing) == {EntryState.QUEUED: 3, state: 2}


def test_resending_flags_what_was_sent_and_reopens_the_mailing(ledger, mailing):
    bring(ledger, mailing, EntryState.SENT, 5)
    ledger.complete_if_settled(mailing.id, NOON)

    assert ledger.resend(mailing.id, "a@example.com", at=LATER) is Resent.QUEUED

    assert states(ledger, mailing) == {EntryState.SENT: 4, EntryState.QUEUED: 1}
    assert ledger.tally(mailing.id).possible_duplicates == 1
    assert ledger.mailing(mailing.id).state is MailingState.SENDING


def test_resending_what_was_skipped_flags_nothing(ledger, mailing):
    ledger.suppress("a@example.com", newsletter=None, reason="no", at=NOON)
    claim(ledger, mailing.id, [waiting(ledger, mailing)[0].id])
    assert ledger.resend(mailing.id, "a@example.com", at=LATER) is Resent.UNWILLING
    ledger.lift("a@example.com", newsletter=None)

    assert ledger.resend(mailing.id, "a@example.com", at=LATER) is Resent.QUEUED

    assert ledger.tally(mailing.id).possible_duplicates == 0


def test_resending_what_was_in_doubt_before_it_was_skipped_flags_it(ledger, mailing):
    bring(ledger, mailing, EntryState.HELD)
    ledger.settle(mailing.id, EntryState.SKIPPED, at=LATER)

    assert ledger.resend(mailing.id, "a@example.com", at=LATER) is Resent.QUEUED

    assert ledger.tally(mailing.id).possible_duplicates == 1


def test_what_a_person_released_and_did_not_begin_is_not_held_again(ledger, mailing):
    [entry] = bring(ledger, mailing, EntryState.HELD)
    ledger.try_again(mailing.id, [EntryState.HELD], at=LATER)
    claim(ledger, mailing.id, [entry.id])

    ledger.exchange(mailing.id, results=(), claims=(), returned=[entry.id], at=LATER)

    assert ledger.settle_doubts(mailing.id, resend=False, at=LATER) == 0
    assert states(ledger, mailing) == {EntryState.QUEUED: 5}
    assert ledger.tally(mailing.id).possible_duplicates == 1


def test_resending_refuses_who_has_it_coming_and_who_never_was_to_have_it(ledger, mailing):
    bring(ledger, mailing, EntryState.SENDING)

    assert ledger.resend(mailing.id, "a@example.com", at=LATER) is Resent.ON_ITS_WAY
    assert ledger.resend(mailing.id, "b@example.com", at=LATER) is Resent.ON_ITS_WAY
    assert ledger.resend(mailing.id, "nobody@example.com", at=LATER) is Resent.NO_READER
