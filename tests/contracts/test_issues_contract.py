"""What every store of issues promises: frozen is frozen, and the audience is the one announced."""

from __future__ import annotations

import pytest

from digest.errors import StoreError
from digest.model.freeze import AudienceChanged, PlannedInvitation
from digest.model.mailing import EntryState, MailingKind, MailingState
from tests.contracts.material import (
    DAY,
    LETTERHEAD,
    NEWSLETTER,
    NOON,
    edition,
    freeze_for_all,
    import_all,
    newcomer,
    plan,
    reader,
    waiting,
)


def test_a_frozen_edition_comes_back_as_it_was_stored(ledger):
    import_all(ledger, [newcomer("a@example.com")])
    [profile] = ledger.profiles(NEWSLETTER, NOON)
    first, second = edition("k", "b", "a", "c"), edition("q", "a", question="shops")

    mailing = ledger.freeze(plan({profile: "k"}, editions=(first, second)))

    stored = ledger.frozen_editions(mailing.id)
    assert [found.edition for found in stored] == [first.edition, second.edition]
    assert [found.rendered for found in stored] == [first.rendered, second.rendered]
    assert stored[0].id < stored[1].id


def test_each_profile_gets_the_edition_of_the_map(ledger):
    import_all(
        ledger,
        [newcomer("en@example.com", language="en"), newcomer("ja@example.com", language="ja")],
    )
    by_language = {
        p.language: number for number, (p, _) in ledger.profiles(NEWSLETTER, NOON).items()
    }
    editions = (edition("english", "a"), edition("japanese", "b"))

    mailing = ledger.freeze(
        plan({by_language["en"]: "english", by_language["ja"]: "japanese"}, editions=editions)
    )

    keys = {found.id: found.edition.key for found in ledger.frozen_editions(mailing.id)}
    assert {e.recipient: keys[e.edition_id] for e in waiting(ledger, mailing)} == {
        "en@example.com": "english",
        "ja@example.com": "japanese",
    }
    assert ledger.edition_counts(mailing.id) == {"english": 1, "japanese": 1}
    assert ledger.profile_editions(mailing.id) == {
        by_language["en"]: "english",
        by_language["ja"]: "japanese",
    }
    assert mailing.planned == 2
    assert (mailing.kind, mailing.state, mailing.number) == (
        MailingKind.ISSUE,
        MailingState.SENDING,
        1,
    )


def test_an_invited_creator_gets_the_edition_of_the_invitation(ledger):
    import_all(
        ledger,
        [newcomer("c@example.com", verified=("media",)), newcomer("d@example.com")],
    )
    invited = reader(ledger, "c@example.com")
    profiles = dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "k")
    invitation = PlannedInvitation(
        subscription_id=invited.id,
        question="shops",
        field="media",
        deadline_at=NOON + DAY,
        edition_key="asks",
    )
    editions = (edition("k", "a"), edition("asks", "a", question="shops"))

    mailing = ledger.freeze(plan(profiles, editions=editions, invitations=(invitation,)))

    assert ledger.edition_counts(mailing.id) == {"k": 1, "asks": 1}
    by_address = {entry.recipient: entry for entry in waiting(ledger, mailing)}
    assert by_address["c@example.com"].invitation_id > 0
    assert by_address["d@example.com"].invitation_id == 0


def test_an_invited_creator_whose_profile_gets_nothing_else_is_mailed_all_the_same(ledger):
    import_all(ledger, [newcomer("c@example.com", verified=("media",))])
    [profile] = ledger.profiles(NEWSLETTER, NOON)
    invitation = PlannedInvitation(
        subscription_id=reader(ledger, "c@example.com").id,
        question="shops",
        field="media",
        deadline_at=None,
        edition_key="asks",
    )

    mailing = ledger.freeze(
        plan(
            {},
            empty_profiles=frozenset({profile}),
            editions=(edition("asks", "a", question="shops"),),
            invitations=(invitation,),
        )
    )

    assert mailing.planned == 1


def test_a_profile_that_the_plan_does_not_know_stops_the_freeze_and_stores_nothing(ledger):
    import_all(ledger, [newcomer("a@example.com")])
    known = dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "k")
    import_all(ledger, [newcomer("b@example.com", language="ja")])

    with pytest.raises(AudienceChanged):
        ledger.freeze(plan(known))

    assert ledger.mailings() == []
    assert ledger.sent_issues(NEWSLETTER) == []


def test_a_profile_that_the_plan_leaves_out_on_purpose_gets_nothing(ledger):
    import_all(ledger, [newcomer("a@example.com"), newcomer("b@example.com", language="ja")])
    profiles = ledger.profiles(NEWSLETTER, NOON)
    empty = {number for number, (p, _) in profiles.items() if p.language == "ja"}
    mapped = dict.fromkeys(profiles.keys() - empty, "k")

    mailing = ledger.freeze(plan(mapped, empty_profiles=frozenset(empty)))

    assert [entry.recipient for entry in waiting(ledger, mailing)] == ["a@example.com"]


@pytest.mark.parametrize("scope", [NEWSLETTER, None])
def test_who_has_left_or_is_pending_or_suppressed_is_not_selected(ledger, scope):
    rows = [newcomer(f"{name}@example.com") for name in ("stays", "leaves", "blocked")]
    import_all(ledger, [*rows, newcomer("waits@example.com", status="pending")])
    ledger.leave(reader(ledger, "leaves@example.com").handle, NOON)
    ledger.suppress("Blocked@EXAMPLE.com", newsletter=scope, reason="bounced", at=NOON)

    mailing = freeze_for_all(ledger)

    assert [entry.recipient for entry in waiting(ledger, mailing)] == ["stays@example.com"]


def test_a_suppression_for_another_newsletter_does_not_matter(ledger):
    import_all(ledger, [newcomer("a@example.com")])
    ledger.suppress("a@example.com", newsletter="another", reason="no", at=NOON)

    assert freeze_for_all(ledger).planned == 1


def test_a_reader_of_another_newsletter_is_not_selected(ledger):
    import_all(ledger, [newcomer("a@example.com")])
    import_all(ledger, [newcomer("b@example.com")], newsletter="another")

    mailing = freeze_for_all(ledger)

    assert [entry.recipient for entry in waiting(ledger, mailing)] == ["a@example.com"]


def test_a_second_mailing_of_an_issue_passes_over_who_has_it_already(ledger):
    import_all(ledger, [newcomer("first@example.com")])
    freeze_for_all(ledger)
    import_all(ledger, [newcomer("second@example.com")])

    again = freeze_for_all(ledger)

    assert again.planned == 1
    assert [entry.recipient for entry in waiting(ledger, again)] == ["second@example.com"]
    assert len(ledger.sent_issues(NEWSLETTER)) == 1


def test_the_same_number_with_other_content_is_refused(ledger):
    import_all(ledger, [newcomer("a@example.com")])
    freeze_for_all(ledger)

    with pytest.raises(StoreError, match="frozen before, with other content"):
        ledger.freeze(plan({}, content_hash="other"))


def test_an_issue_for_nobody_is_complete_at_once(ledger):
    mailing = ledger.freeze(plan({}))

    assert mailing.planned == 0
    assert ledger.complete_if_settled(mailing.id, NOON)


def test_sent_issues_are_told_oldest_first_with_their_items(ledger):
    for number in (2, 1, 3):
        ledger.freeze(plan({}, number=number))

    sent = ledger.sent_issues(NEWSLETTER)

    assert [issue.number for issue in sent] == [1, 2, 3]
    assert sent[0].items == {"item-1": "hash"}
    assert (sent[0].content_hash, sent[0].note_hash) == ("content-1", "note-1")
    assert sent[0].cutoff_at == NOON - DAY
    assert ledger.sent_issues("another") == []


def test_an_item_that_a_correction_dropped_has_been_sent_all_the_same(ledger):
    ledger.freeze(plan({}, items={"kept": "1", "dropped": "1"}))

    ledger.freeze(plan({}, revision=2, content_hash="corrected", items={"kept": "2"}))

    [sent] = ledger.sent_issues(NEWSLETTER)
    assert sent.items == {"kept": "2", "dropped": "1"}
    assert sent.content_hash == "corrected"


def test_the_letterhead_is_frozen_with_the_mailing(ledger):
    mailing = ledger.freeze(plan({}))

    assert ledger.letterhead(mailing.id) == LETTERHEAD


def test_mailings_are_told_newest_first_and_the_unfinished_oldest_first(ledger):
    first, second, third = (ledger.freeze(plan({}, number=n)) for n in (1, 2, 3))
    ledger.complete_if_settled(second.id, NOON)
    ledger.pause(third.id, "the server refuses us")

    assert [mailing.id for mailing in ledger.mailings()] == [third.id, second.id, first.id]
    assert [m.id for m in ledger.unfinished(NEWSLETTER)] == [first.id, third.id]
    assert ledger.unfinished("another") == []
    assert ledger.mailing(third.id).reason == "the server refuses us"


def test_a_mailing_that_is_not_there_is_a_key_error(ledger):
    for ask in (ledger.mailing, ledger.letterhead, ledger.tally):
        with pytest.raises(KeyError):
            ask(4711)


def test_the_capture_server_is_remembered_with_the_mailing(ledger):
    mailing = ledger.freeze(plan({}, captured=True))

    assert ledger.mailing(mailing.id).captured


def test_a_frozen_mailing_adds_up_from_the_first_moment(ledger):
    import_all(ledger, [newcomer(f"r{n}@example.com") for n in range(5)])

    tally = ledger.tally(freeze_for_all(ledger).id)

    assert tally.planned == tally[EntryState.QUEUED] == 5
    assert tally.adds_up
    assert not tally.settled
