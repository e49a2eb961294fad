"""What every store of invitations promises: the last answer before the deadline counts."""

from __future__ import annotations

import pytest

from digest.model.freeze import PlannedInvitation
from digest.model.invitation import InvitationState
from digest.model.mailing import EntryState
from tests.contracts.material import (
    DAY,
    MINUTE,
    NEWSLETTER,
    NOON,
    claim,
    import_all,
    newcomer,
    plan,
    reader,
    record,
    result,
    waiting,
)


@pytest.fixture
def entry(ledger):
    """An entry that carries an invitation with a deadline tomorrow."""
    import_all(ledger, [newcomer("c@example.com", verified=("media",))])
    invitation = PlannedInvitation(
        subscription_id=reader(ledger, "c@example.com").id,
        question="shops",
        field="media",
        deadline_at=NOON + DAY,
        edition_key="k",
    )
    profiles = dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "k")
    mailing = ledger.freeze(plan(profiles, invitations=(invitation,)))
    [entry] = waiting(ledger, mailing)
    return entry


def state(ledger, entry):
    """Return the invitation of an entry."""
    return ledger.invitation(entry.invitation_id, entry.handle)


def test_an_invitation_is_found_by_its_own_reader_only(ledger, entry):
    found = state(ledger, entry)

    assert (found.question, found.field, found.newsletter) == ("shops", "media", NEWSLETTER)
    assert (found.state, found.deadline_at) == (InvitationState.PLANNED, NOON + DAY)
    assert ledger.invitation(entry.invitation_id, b"stranger") is None
    assert ledger.invitation(entry.invitation_id + 1, entry.handle) is None


def test_an_invitation_is_issued_when_its_entry_is_sent(ledger, entry):
    claim(ledger, entry.mailing_id, [entry.id])
    assert state(ledger, entry).state is InvitationState.PLANNED

    record(ledger, entry.mailing_id, [result(entry.id, EntryState.SENT, at=NOON + MINUTE)])

    issued = state(ledger, entry)
    assert (issued.state, issued.issued_at) == (InvitationState.ISSUED, NOON + MINUTE)


def test_an_invitation_whose_entry_was_not_sent_is_not_issued(ledger, entry):
    claim(ledger, entry.mailing_id, [entry.id])

    record(ledger, entry.mailing_id, [result(entry.id, EntryState.DEFERRED, code=451)])

    found = state(ledger, entry)
    assert (found.state, found.issued_at) == (InvitationState.PLANNED, None)


def test_the_last_answer_counts(ledger, entry):
    first = ledger.answer(entry.invitation_id, InvitationState.ACCEPTED, NOON)
    second = ledger.answer(entry.invitation_id, InvitationState.DECLINED, NOON + MINUTE)

    assert first.state is InvitationState.ACCEPTED
    assert (second.state, second.answered_at) == (InvitationState.DECLINED, NOON + MINUTE)
    assert state(ledger, entry) == second


def test_an_answer_after_the_deadline_is_too_late(ledger, entry):
    assert ledger.answer(entry.invitation_id, InvitationState.ACCEPTED, NOON + DAY) is not None

    late = ledger.answer(entry.invitation_id, InvitationState.DECLINED, NOON + DAY + MINUTE)

    assert late is None
    assert state(ledger, entry).state is InvitationState.ACCEPTED


def test_an_answer_that_came_before_the_mail_counted_as_sent_is_kept(ledger, entry):
    claim(ledger, entry.mailing_id, [entry.id])
    ledger.answer(entry.invitation_id, InvitationState.ACCEPTED, NOON)

    record(ledger, entry.mailing_id, [result(entry.id, EntryState.SENT, at=NOON + MINUTE)])

    answered = state(ledger, entry)
    assert (answered.state, answered.issued_at) == (InvitationState.ACCEPTED, NOON + MINUTE)


def test_what_is_no_answer_is_a_bug(ledger, entry):
    with pytest.raises(ValueError, match="issued is no answer"):
        ledger.answer(entry.invitation_id, InvitationState.ISSUED, NOON)


def test_an_invitation_that_is_not_there_has_no_answer(ledger):
    assert ledger.answer(4711, InvitationState.ACCEPTED, NOON) is None
