"""What every store of readers promises: who would be mailed, by profile, and who may be invited."""

from __future__ import annotations

from digest.model.audience import Profile
from digest.model.freeze import PlannedInvitation
from digest.model.invitation import InvitationState, QuestionStanding
from digest.model.mailing import EntryState
from tests.contracts.material import (
    DAY,
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


def invite(ledger, address, *, question="shops", deadline_at=NOON + DAY, number=1):
    """Freeze an issue that invites one creator, and return its mailing."""
    profiles = dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "k")
    invitation = PlannedInvitation(
        subscription_id=reader(ledger, address).id,
        question=question,
        field="media",
        deadline_at=deadline_at,
        edition_key="asks",
    )
    editions = (edition("k", "a"), edition("asks", "a", question=question))
    return ledger.freeze(
        plan(profiles, number=number, editions=editions, invitations=(invitation,))
    )


def send(ledger, entry, at=NOON):
    """Send one entry."""
    claim(ledger, entry.mailing_id, [entry.id], at=at)
    record(ledger, entry.mailing_id, [result(entry.id, EntryState.SENT, at=at)])


def test_people_who_look_alike_to_a_rule_share_a_profile(ledger):
    import_all(
        ledger,
        [
            newcomer("a@example.com", name="A", roles=("brand", "merchant"), language="en"),
            newcomer(
                "b@example.com", name="B", roles=("merchant", "brand", "brand"), language="en"
            ),
            newcomer("c@example.com", roles=("brand",), topics=("pay",)),
        ],
    )

    profiles = ledger.profiles(NEWSLETTER, NOON)

    assert sorted(profiles.values()) == [
        (Profile(roles=("brand",), topics=("pay",)), 1),
        (Profile(roles=("brand", "merchant"), language="en"), 2),
    ]


def test_a_profile_that_nobody_would_be_mailed_for_is_left_out(ledger):
    import_all(ledger, [newcomer("a@example.com"), newcomer("b@example.com", language="ja")])
    ledger.remove(NEWSLETTER, "b@example.com", NOON)

    profiles = ledger.profiles(NEWSLETTER, NOON)

    assert [profile.language for profile, _ in profiles.values()] == [""]
    assert ledger.profiles("another", NOON) == {}


def test_the_recipients_are_the_people_whom_the_profiles_count(ledger):
    import_all(
        ledger,
        [
            newcomer("a@example.com", name="A"),
            newcomer("b@example.com", language="ja"),
            newcomer("left@example.com", status="left"),
            newcomer("suppressed@example.com"),
        ],
    )
    ledger.suppress("suppressed@example.com", newsletter=None, reason="bounced", at=NOON)

    found = list(ledger.recipients(NEWSLETTER, NOON))

    assert [(address, name) for _, address, name in found] == [
        ("a@example.com", "A"),
        ("b@example.com", ""),
    ]
    assert [number for number, _, _ in found] == [
        reader(ledger, address).subscriber.id for _, address, _ in found
    ]
    assert sum(count for _, count in ledger.profiles(NEWSLETTER, NOON).values()) == len(found)
    assert list(ledger.recipients("another", NOON)) == []


def test_recipients_come_once_each_over_many_pages(ledger):
    addresses = [f"r{number}@example.com" for number in range(7)]
    import_all(ledger, [newcomer(address) for address in addresses])

    found = list(ledger.recipients(NEWSLETTER, NOON, page=3))

    assert [address for _, address, _ in found] == addresses


def test_a_reader_is_found_by_any_spelling_of_the_address(ledger):
    import_all(ledger, [newcomer("Jo.Doe@Exämple.com", name="Jo")])

    for spelling in ("jo.doe@exämple.com", "JO.DOE@XN--EXMPLE-CUA.COM", " Jo.Doe@EXÄMPLE.com "):
        found = ledger.find_subscription(NEWSLETTER, spelling)
        assert found is not None
        assert found.subscriber.address == "Jo.Doe@xn--exmple-cua.com"
    assert ledger.find_subscription(NEWSLETTER, "jo@example.com") is None
    assert ledger.find_subscription("another", "Jo.Doe@Exämple.com") is None


def test_only_creators_who_are_verified_in_the_field_may_be_invited(ledger):
    import_all(
        ledger,
        [
            newcomer("claims@example.com", fields=("media",)),
            newcomer("proved@example.com", fields=("media",), verified=("media", "tech")),
            newcomer("other@example.com", verified=("food",)),
            newcomer("left@example.com", verified=("media",), status="left"),
        ],
    )

    creators = ledger.creators(NEWSLETTER, ["media"], NOON)

    [proved] = creators
    who = reader(ledger, "proved@example.com")
    assert (proved.subscription_id, proved.verified) == (who.id, ("media", "tech"))
    assert ledger.profiles(NEWSLETTER, NOON)[proved.profile_id][0] == who.profile
    assert (proved.last_invited_at, proved.asked, proved.recent) == (None, frozenset(), ())
    assert ledger.creators(NEWSLETTER, [], NOON) == []


def test_a_creator_remembers_what_it_was_asked_newest_first(ledger):
    import_all(ledger, [newcomer("c@example.com", verified=("media",))])
    for number, question in enumerate(("shops", "ads"), start=1):
        mailing = invite(ledger, "c@example.com", question=question, number=number)
        send(ledger, waiting(ledger, mailing)[0], NOON + number * DAY)

    [creator] = ledger.creators(NEWSLETTER, ["media"], NOON)

    assert creator.asked == {"shops", "ads"}
    assert creator.recent == (NOON + 2 * DAY, NOON + DAY)
    assert creator.last_invited_at == NOON + 2 * DAY


def test_an_invitation_takes_a_place_from_the_freeze_on(ledger):
    import_all(ledger, [newcomer("c@example.com", verified=("media",))])

    invite(ledger, "c@example.com")

    assert ledger.standings(NEWSLETTER, NOON) == {
        "shops": QuestionStanding(question="shops", outstanding=1, accepted=0)
    }
    [creator] = ledger.creators(NEWSLETTER, ["media"], NOON)
    assert creator.asked == {"shops"}


def test_an_invitation_without_an_answer_gives_its_place_back_after_the_deadline(ledger):
    import_all(ledger, [newcomer("c@example.com", verified=("media",))])
    invite(ledger, "c@example.com", deadline_at=NOON + DAY)

    assert ledger.standings(NEWSLETTER, NOON + DAY)["shops"].outstanding == 1
    assert ledger.standings(NEWSLETTER, NOON + 2 * DAY)["shops"].outstanding == 0


def test_an_invitation_that_never_left_takes_no_place_and_is_not_held_against_anybody(ledger):
    import_all(ledger, [newcomer("c@example.com", verified=("media",))])
    mailing = invite(ledger, "c@example.com")

    ledger.skip_rest(mailing.id, "cancelled", NOON)

    assert ledger.standings(NEWSLETTER, NOON)["shops"].outstanding == 0
    [creator] = ledger.creators(NEWSLETTER, ["media"], NOON)
    assert creator.asked == frozenset()


def test_an_invitation_is_dropped_when_its_creator_is_not_mailed_after_all(ledger):
    import_all(ledger, [newcomer("c@example.com", verified=("media",)), newcomer("d@example.com")])
    profiles = dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), "k")
    invitation = PlannedInvitation(
        subscription_id=reader(ledger, "c@example.com").id,
        question="shops",
        field="media",
        deadline_at=None,
        edition_key="k",
    )
    ledger.suppress("c@example.com", newsletter=None, reason="bounced", at=NOON)

    ledger.freeze(plan(profiles, invitations=(invitation,)))

    assert ledger.standings(NEWSLETTER, NOON) == {}


def test_accepted_answers_are_counted_and_take_no_outstanding_place(ledger):
    import_all(ledger, [newcomer("c@example.com", verified=("media",))])
    mailing = invite(ledger, "c@example.com")
    [entry] = waiting(ledger, mailing)
    send(ledger, entry)

    ledger.answer(entry.invitation_id, InvitationState.ACCEPTED, NOON)

    assert ledger.standings(NEWSLETTER, NOON + 9 * DAY) == {
        "shops": QuestionStanding(question="shops", outstanding=0, accepted=1)
    }
