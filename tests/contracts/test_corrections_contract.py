"""A new revision of a frozen issue: for who has had nothing, and for nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.errors import TryAgainLater
from digest.model.freeze import AudienceChanged, PlannedInvitation
from digest.model.mailing import EntryState, MailingKind, Verdict
from tests.contracts.material import (
    MINUTE,
    NEWSLETTER,
    NOON,
    claim,
    edition,
    import_all,
    newcomer,
    plan,
    reader,
    record,
    result,
    waiting,
)

LATER = NOON + MINUTE


def everyone(ledger):
    return dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "new")


def revision(ledger, number=2, *, profiles=None, key="new", **others):
    """Return a revision with one edition for everybody."""
    return replace(
        plan({}, editions=(edition(key, "item-1"),), at=LATER),
        revision=number,
        content_hash=f"content-1-{number}",
        profile_editions=everyone(ledger) if profiles is None else profiles,
        **others,
    )


def bring(ledger, mailing, state, verdict=Verdict.ACCEPTED):
    """Bring the first entry that waits into a state."""
    [entry] = waiting(ledger, mailing)[:1]
    claim(ledger, mailing.id, [entry.id])
    record(ledger, mailing.id, [result(entry.id, state, verdict=verdict)])


def revisions(ledger, *, kind=MailingKind.ISSUE):
    """Return each reader's (revision, state)."""
    found = {}
    for name in "abcde":
        for one in ledger.history(NEWSLETTER, f"{name}@example.com"):
            if one.kind is kind and one.selected:
                found[name] = (one.revision, EntryState(one.state))
    return found


def test_who_waits_gets_the_new_revision_and_who_may_have_had_one_keeps_it(ledger, mailing):
    bring(ledger, mailing, EntryState.SENT)
    bring(ledger, mailing, EntryState.HELD, Verdict.IN_DOUBT)
    bring(ledger, mailing, EntryState.REFUSED, Verdict.REFUSED)

    moved, notice = ledger.correct(mailing.id, revision(ledger))

    assert (moved, notice) == (2, None)
    assert revisions(ledger) == {
        "a": (1, EntryState.SENT),
        "b": (1, EntryState.HELD),
        "c": (2, EntryState.REFUSED),
        "d": (2, EntryState.QUEUED),
        "e": (2, EntryState.QUEUED),
    }
    assert ledger.mailing(mailing.id).revision == 2
    [issue] = ledger.sent_issues(NEWSLETTER)
    assert (issue.number, issue.revision, issue.content_hash) == (1, 2, "content-1-2")
    keys = {frozen.edition.key for frozen in ledger.frozen_editions(mailing.id)}
    assert keys == {"k", "new"}


def test_what_is_sent_once_more_keeps_its_revision(ledger, mailing):
    bring(ledger, mailing, EntryState.SENT)
    ledger.resend(mailing.id, "a@example.com", at=NOON)
    bring(ledger, mailing, EntryState.SENT)

    ledger.correct(mailing.id, revision(ledger))

    assert revisions(ledger)["a"][0] == 1


def test_who_is_reached_and_who_has_had_it_is_counted_by_the_same_rule(ledger, mailing):
    bring(ledger, mailing, EntryState.SENT)
    bring(ledger, mailing, EntryState.IN_DOUBT, Verdict.IN_DOUBT)

    standing = ledger.standing(mailing.id)

    assert sum(count for _, count in standing.waiting.values()) == 3
    assert standing.had == {"ja": 2}
    assert ledger.correct(mailing.id, revision(ledger))[0] == 3


def test_a_notice_goes_to_all_who_have_had_an_earlier_revision(ledger, mailing):
    bring(ledger, mailing, EntryState.SENT)
    bring(ledger, mailing, EntryState.SENT)
    told = replace(
        revision(ledger, profiles={}),
        kind=MailingKind.NOTICE,
        editions=(edition("notice"),),
    )

    moved, notice = ledger.correct(
        mailing.id, revision(ledger), notice=told, notice_keys={"ja": "notice"}
    )

    assert moved == 3
    assert (notice.kind, notice.number, notice.planned) == (MailingKind.NOTICE, 1, 2)
    assert ledger.tally(notice.id).adds_up
    assert [entry.recipient for entry in waiting(ledger, notice, LATER)] == [
        "a@example.com",
        "b@example.com",
    ]
    assert set(revisions(ledger, kind=MailingKind.NOTICE)) == {"a", "b"}
    assert revisions(ledger)["a"] == (1, EntryState.SENT)
    assert {each.edition.key for each in ledger.frozen_editions(notice.id)} >= {"notice"}
    assert [each.id for each in ledger.unfinished(NEWSLETTER)] == [mailing.id, notice.id]


def test_a_reader_for_whom_nothing_is_left_is_skipped(ledger, mailing):
    [profile_id] = ledger.profiles(NEWSLETTER, NOON)

    moved, _ = ledger.correct(
        mailing.id, revision(ledger, profiles={}, empty_profiles=frozenset({profile_id}))
    )

    assert moved == 0
    assert set(revisions(ledger).values()) == {(1, EntryState.SKIPPED)}
    assert ledger.tally(mailing.id).adds_up


def test_a_profile_that_was_not_planned_for_stores_nothing(ledger, mailing):
    with pytest.raises(AudienceChanged):
        ledger.correct(mailing.id, revision(ledger, profiles={}))

    assert ledger.mailing(mailing.id).revision == 1
    assert ledger.sent_issues(NEWSLETTER)[0].revision == 1


def test_of_two_corrections_at_once_one_is_told_to_try_again(ledger, mailing):
    ledger.correct(mailing.id, revision(ledger))

    with pytest.raises(TryAgainLater):
        ledger.correct(mailing.id, revision(ledger))

    assert ledger.correct(mailing.id, revision(ledger, 3, key="new"))[0] == 5


def test_an_invited_creator_keeps_the_invitation(ledger):
    import_all(ledger, [newcomer("a@example.com", fields=("music",), verified=("music",))])
    who = reader(ledger, "a@example.com")
    invited = PlannedInvitation(
        subscription_id=who.id, question="q", field="music", deadline_at=None, edition_key="k"
    )
    mailing = ledger.freeze(
        plan(dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "k"), invitations=(invited,))
    )
    assert ledger.standing(mailing.id).invited[0][0] == who.id
    asking = replace(invited, edition_key="ask", deadline_at=LATER)
    new = replace(
        revision(ledger),
        editions=(edition("new", "item-1"), edition("ask", "item-1", question="q")),
        invitations=(asking,),
    )

    ledger.correct(mailing.id, new)

    [entry] = waiting(ledger, mailing, LATER)
    keys = {each.id: each.edition.key for each in ledger.frozen_editions(mailing.id)}
    assert keys[entry.edition_id] == "ask"
    found = ledger.invitation(entry.invitation_id, entry.handle)
    assert (found.question, found.deadline_at) == ("q", LATER)
