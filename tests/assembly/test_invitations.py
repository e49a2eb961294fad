"""Who is invited to what: fair, bounded, and only to verified fields."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.assembly.invitations import choose_invitations, deadline_of, open_questions
from digest.model.invitation import Creator, QuestionStanding
from digest.model.issue import Cap
from tests.assembly.nouns import NOON, make_newsletter, make_question


def creator(number: int, *verified: str, **said: object) -> Creator:
    return Creator(subscription_id=number, verified=verified, **said)  # type: ignore[arg-type]


def test_an_invitation_goes_only_to_a_verified_field() -> None:
    questions = [make_question("dish", "food"), make_question("trip", "travel")]

    chosen = choose_invitations(
        questions, [creator(1, "food"), creator(2), creator(3, "x")], {}, NOON
    )

    assert {number: question.id for number, question in chosen.items()} == {1: "dish"}


def test_a_creator_of_two_fields_gets_one_invitation() -> None:
    questions = [make_question("dish", "food"), make_question("trip", "travel")]

    chosen = choose_invitations(questions, [creator(1, "food", "travel")], {}, NOON)

    assert len(chosen) == 1


def test_no_more_are_invited_than_quota_times_overinvite_leaves_room_for() -> None:
    question = make_question("dish", quota=2, overinvite=1.5)
    standing = {"dish": QuestionStanding(question="dish", outstanding=1, accepted=1)}

    chosen = choose_invitations(
        [question], [creator(n, "food") for n in range(1, 9)], standing, NOON
    )

    assert list(chosen) == [1]


def test_who_was_never_asked_comes_first_then_who_waited_longest() -> None:
    question = make_question("dish", quota=1, overinvite=2)
    creators = [
        creator(1, "food", last_invited_at=NOON - timedelta(days=5)),
        creator(2, "food", last_invited_at=NOON - timedelta(days=50)),
        creator(3, "food"),
    ]

    assert set(choose_invitations([question], creators, {}, NOON)) == {3, 2}


def test_nobody_is_asked_the_same_question_twice() -> None:
    chosen = choose_invitations(
        [make_question("dish")], [creator(1, "food", asked=frozenset({"dish"}))], {}, NOON
    )

    assert not chosen


def test_the_cap_bounds_invitations_to_one_creator_in_a_period() -> None:
    question = make_question("dish", cap=Cap(count=1, period=timedelta(days=30)))
    lately = creator(1, "food", recent=(NOON - timedelta(days=29),))
    long_ago = creator(2, "food", recent=(NOON - timedelta(days=31),))

    assert list(choose_invitations([question], [lately, long_ago], {}, NOON)) == [2]


def test_a_question_is_open_from_opens_to_closes() -> None:
    day = date(2023, 3, 31)
    questions = [
        make_question("open", closes=day),
        make_question("not-yet", opens=date(2023, 4, 1)),
        make_question("over", closes=date(2023, 3, 30)),
        make_question("span", opens=timedelta(days=3)),
    ]

    assert [question.id for question in open_questions(questions, day)] == ["open", "span"]


def test_the_deadline_is_the_end_of_the_last_day_where_the_newsletter_is_at_home() -> None:
    newsletter = make_newsletter(timezone="Asia/Tokyo")

    deadline = deadline_of(make_question("dish"), newsletter, date(2023, 3, 31))

    assert deadline == datetime(2023, 4, 14, 15, tzinfo=UTC)
    assert deadline_of(make_question("dish", closes=None), newsletter, date(2023, 3, 31)) is None


@given(
    st.lists(st.lists(st.sampled_from(["food", "travel"]), unique=True), max_size=20),
    st.integers(1, 4),
)
def test_limits_hold_for_any_crowd(fields: list[list[str]], quota: int) -> None:
    questions = [
        make_question("dish", "food", quota=quota),
        make_question("trip", "travel", quota=quota),
    ]
    creators = [creator(n, *verified) for n, verified in enumerate(fields, start=1)]

    chosen = choose_invitations(questions, creators, {}, NOON)

    for question in questions:
        asked = [number for number, one in chosen.items() if one.id == question.id]
        assert len(asked) <= question.places
        assert all(question.field in fields[number - 1] for number in asked)
