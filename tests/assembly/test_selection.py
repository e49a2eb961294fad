"""Which items belong to an issue: membership, not dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.assembly.selection import Selection, select_items
from digest.model.issue import Item
from digest.model.newsletter import AssemblyRules, Section
from tests.assembly.nouns import (
    NOON,
    make_item,
    make_newsletter,
    make_publication,
    sent_issue,
)

LATER = NOON + timedelta(days=7)


def ids(selection: Selection) -> list[str]:
    return [item.id for item in selection.items]


def reasons(selection: Selection) -> dict[str, str]:
    return {held.item.id: held.reason for held in selection.held}


def test_the_first_issue_has_number_1_and_everything_since_the_start() -> None:
    publication = make_publication([make_item("a"), make_item("b")])

    selection = select_items(publication, [], NOON)

    assert selection.number == 1
    assert ids(selection) == ["a", "b"]
    assert not any(taken.late for taken in selection.taken)


def test_what_was_sent_is_not_sent_again() -> None:
    old, new = make_item("old"), make_item("new", date=date(2023, 4, 3))
    publication = make_publication([old, new])

    selection = select_items(publication, [sent_issue(1, old)], LATER)

    assert selection.number == 2
    assert ids(selection) == ["new"]


def test_an_item_merged_late_is_taken_and_listed_as_late() -> None:
    sent, late = make_item("sent"), make_item("late", date=date(2023, 3, 28))
    publication = make_publication([sent, late, make_item("new", date=date(2023, 4, 4))])

    selection = select_items(publication, [sent_issue(1, sent)], LATER)

    assert {taken.item.id: taken.late for taken in selection.taken} == {"late": True, "new": False}


def test_a_renamed_file_is_noticed_and_not_sent_again() -> None:
    sent = make_item("old-name")
    renamed = replace(sent, id="new-name")

    selection = select_items(make_publication([renamed]), [sent_issue(1, sent)], LATER)

    assert ids(selection) == []
    assert reasons(selection) == {"new-name": "sent in issue 1 as old-name"}
    assert [finding.rule for finding in selection.findings] == ["renamed-after-sending"]


def test_a_date_changed_after_sending_sends_nothing_twice_and_is_noticed() -> None:
    sent = make_item("a")
    moved = replace(sent, date=date(2023, 4, 5), content_hash="0" * 64)

    selection = select_items(make_publication([moved]), [sent_issue(1, sent)], LATER)

    assert ids(selection) == []
    assert [finding.rule for finding in selection.findings] == ["changed-after-sending"]
    assert selection.too_thin == "nothing new"


def test_500_old_items_on_day_one_are_not_sent() -> None:
    old = [make_item(f"old-{n}", date=date(2022, 1, 1)) for n in range(500)]
    publication = make_publication([*old, make_item("new")])

    selection = select_items(publication, [], NOON)

    assert ids(selection) == ["new"]
    assert len(selection.held) == 500
    assert "start" in reasons(selection)["old-0"]


def test_an_item_withdrawn_before_the_freeze_is_simply_not_there() -> None:
    before = make_publication([make_item("a"), make_item("b")])
    after = make_publication([make_item("a")])

    assert ids(select_items(before, [], NOON)) == ["a", "b"]
    assert ids(select_items(after, [], NOON)) == ["a"]


def test_what_is_dated_after_the_cut_off_waits_where_the_newsletter_is_at_home() -> None:
    tomorrow_there = make_item("tomorrow", date=date(2023, 4, 1))
    late_evening = datetime(2023, 3, 31, 17, tzinfo=UTC)
    tokyo = make_publication([tomorrow_there], newsletter=make_newsletter(timezone="Asia/Tokyo"))

    assert ids(select_items(make_publication([tomorrow_there]), [], late_evening)) == []
    assert ids(select_items(tokyo, [], late_evening)) == ["tomorrow"]


def test_hold_and_expires_keep_an_item_out_with_the_reason() -> None:
    held = make_item("held", hold=True)
    expired = make_item("expired", expires=date(2023, 3, 30))
    last_day = make_item("last-day", expires=date(2023, 3, 31))

    selection = select_items(make_publication([held, expired, last_day]), [], NOON)

    assert ids(selection) == ["last-day"]
    assert reasons(selection) == {"held": "on hold", "expired": "expired on 2023-03-30"}


def test_what_does_not_fit_is_carried_over_and_comes_next() -> None:
    newsletter = make_newsletter(rules=AssemblyRules(max_items=2))
    items = [make_item(name, date=date(2023, 3, 10 + n)) for n, name in enumerate("abc")]
    publication = make_publication(items, newsletter=newsletter)

    first = select_items(publication, [], NOON)
    second = select_items(publication, [sent_issue(1, *first.items)], LATER)

    assert ids(first) == ["a", "b"]
    assert reasons(first) == {"c": "the issue is full (2)"}
    assert ids(second) == ["c"]
    assert second.taken[0].late


def test_pinned_then_heavier_then_longest_waiting_get_a_place_first() -> None:
    newsletter = make_newsletter(rules=AssemblyRules(max_items=3))
    publication = make_publication(
        [
            make_item("newer", date=date(2023, 3, 20)),
            make_item("older", date=date(2023, 3, 10)),
            make_item("heavy", weight=5, date=date(2023, 3, 25)),
            make_item("pinned", pin=True, date=date(2023, 3, 30)),
        ],
        newsletter=newsletter,
    )

    selection = select_items(publication, [], NOON)

    assert ids(selection) == ["pinned", "heavy", "older"]


def test_a_section_has_limits_of_its_own() -> None:
    sections = (
        Section(id="channels", title={"en": "C"}, max_items=1),
        Section(id="search", title={"en": "S"}, min_items=2),
    )
    publication = make_publication(
        [make_item("a"), make_item("b"), make_item("s", section="search")],
        newsletter=make_newsletter(sections=sections),
    )

    selection = select_items(publication, [], NOON)

    assert ids(selection) == ["a"]
    assert reasons(selection) == {
        "b": "section channels is full (1)",
        "s": "section search holds 1 of 2",
    }


def test_an_issue_that_is_too_thin_says_so() -> None:
    newsletter = make_newsletter(rules=AssemblyRules(min_items=3))

    selection = select_items(make_publication([make_item("a")], newsletter=newsletter), [], NOON)

    assert selection.too_thin == "only 1 of at least 3 items"


def test_items_stand_in_the_order_of_the_sections() -> None:
    publication = make_publication([make_item("a", section="search"), make_item("b")])

    assert ids(select_items(publication, [], NOON)) == ["b", "a"]


@given(
    st.lists(
        st.tuples(
            st.dates(date(2023, 2, 20), date(2023, 4, 20)),
            st.booleans(),
            st.integers(-3, 3),
            st.sampled_from(["channels", "search"]),
        ),
        max_size=30,
    ),
    st.integers(1, 8),
)
def test_every_item_is_either_taken_or_held_with_a_reason(
    drawn: list[tuple[date, bool, int, str]], limit: int
) -> None:
    items: list[Item] = [
        make_item(f"i{n}", date=day, hold=hold, weight=weight, section=section)
        for n, (day, hold, weight, section) in enumerate(drawn)
    ]
    newsletter = make_newsletter(rules=AssemblyRules(max_items=limit))

    selection = select_items(make_publication(items, newsletter=newsletter), [], NOON)

    taken, held = set(ids(selection)), reasons(selection)
    assert taken.isdisjoint(held)
    assert taken | set(held) == {item.id for item in items}
    assert len(taken) <= limit
    assert all(held.values())


@given(st.integers(0, 25), st.integers(1, 6))
def test_whatever_the_limit_every_item_is_sent_exactly_once_in_the_end(
    count: int, limit: int
) -> None:
    newsletter = make_newsletter(rules=AssemblyRules(max_items=limit))
    publication = make_publication(
        [make_item(f"i{n}") for n in range(count)], newsletter=newsletter
    )
    sent, said = [], []

    for week in range(count + 1):
        selection = select_items(publication, sent, NOON + timedelta(days=7 * week))
        if not selection.too_thin:
            sent.append(sent_issue(selection.number, *selection.items))
            said += ids(selection)

    assert sorted(said) == sorted(item.id for item in publication.items)
