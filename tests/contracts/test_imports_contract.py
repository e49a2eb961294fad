"""What every store promises of an import: it never revives, and it can be taken back."""

from __future__ import annotations

import dataclasses

import pytest

from digest.errors import StoreError
from digest.model.audience import SubscriptionState
from digest.model.freeze import ImportCounts
from digest.model.mailing import EntryState
from digest.store.roster import CHUNK
from tests.contracts.material import (
    DAY,
    NEWSLETTER,
    NOON,
    claim,
    freeze_for_all,
    import_all,
    newcomer,
    reader,
    record,
    result,
    waiting,
)


def counts(ledger, rows, *, dry_run=False, at=NOON):
    """Import rows and return what was done, without the batch."""
    found = ledger.import_rows(
        NEWSLETTER, rows, source="roster.csv", consent="fair", at=at, dry_run=dry_run
    )
    return dataclasses.replace(found, batch=0)


def addresses(ledger):
    """Return everybody's address."""
    return [found.subscriber.address for found in ledger.export(NEWSLETTER)]


def test_an_imported_reader_comes_back_with_everything(ledger):
    row = newcomer(
        "Jo@Example.com",
        name='Jo "J" 🎈',
        language="ja",
        timezone="Asia/Tokyo",
        roles=("merchant", "brand"),
        fields=("media",),
        verified=("media",),
        attributes=(("City", "東京"), ("Age", "9")),
        topics=("pay", "ads"),
        subscribed_at=NOON - DAY,
    )

    import_all(ledger, [row])

    found = reader(ledger, "jo@example.com")
    person = found.subscriber
    assert (person.address, person.name, person.language) == ("Jo@Example.com", 'Jo "J" 🎈', "ja")
    assert (person.timezone, person.roles) == ("Asia/Tokyo", ("brand", "merchant"))
    assert (person.fields, person.verified) == (("media",), ("media",))
    assert person.attributes == (("Age", "9"), ("City", "東京"))
    assert (found.topics, found.consent) == (("ads", "pay"), "fair")
    assert (found.state, found.subscribed_at) == (SubscriptionState.ACTIVE, NOON - DAY)
    assert len(found.handle) == 8


def test_importing_again_changes_nothing(ledger):
    rows = [newcomer(f"r{n}@example.com", name=f"R{n}", topics=("pay",)) for n in range(5)]
    first = counts(ledger, rows)
    before = list(ledger.export(NEWSLETTER))

    again = counts(ledger, rows, at=NOON + DAY)

    assert first == ImportCounts(added=5)
    assert again == ImportCounts(unchanged=5)
    assert list(ledger.export(NEWSLETTER)) == before


def test_an_update_leaves_the_columns_that_the_file_lacks(ledger):
    import_all(
        ledger,
        [newcomer("a@example.com", name="A", roles=("brand",), attributes=(("x", "1"),))],
    )

    changed = counts(
        ledger,
        [
            newcomer(
                "a@example.com",
                name="New",
                attributes=(("y", "2"),),
                given={"email", "name", "y"},
            )
        ],
    )

    assert changed == ImportCounts(updated=1)
    person = reader(ledger, "a@example.com").subscriber
    assert (person.name, person.roles) == ("New", ("brand",))
    assert person.attributes == (("x", "1"), ("y", "2"))


def test_an_update_keeps_the_address_as_it_was_typed_at_first(ledger):
    import_all(ledger, [newcomer("Jo.Doe@example.com")])

    import_all(ledger, [newcomer("jo.doe@EXAMPLE.com", name="Jo")])

    assert addresses(ledger) == ["Jo.Doe@example.com"]


def test_a_changed_person_moves_to_another_profile_in_all_newsletters(ledger):
    for newsletter in (NEWSLETTER, "another"):
        import_all(ledger, [newcomer("a@example.com", language="en")], newsletter=newsletter)

    import_all(ledger, [newcomer("a@example.com", language="ja")])

    for newsletter in (NEWSLETTER, "another"):
        [(profile, count)] = ledger.profiles(newsletter, NOON).values()
        assert (profile.language, count) == ("ja", 1)


def test_of_one_address_twice_in_a_file_the_later_row_updates_the_earlier(ledger):
    rows = [newcomer("a@example.com", name="First"), newcomer("A@example.com", name="Second")]

    done = counts(ledger, rows)

    assert done == ImportCounts(added=1, updated=1)
    assert reader(ledger, "a@example.com").subscriber.name == "Second"


def test_one_address_twice_far_apart_in_a_file_is_still_one_person(ledger):
    rows = [newcomer(f"r{n}@example.com") for n in range(CHUNK + 500)]
    rows.append(newcomer("r0@example.com", name="Again"))

    done = counts(ledger, rows)

    assert done == ImportCounts(added=CHUNK + 500, updated=1)
    assert reader(ledger, "r0@example.com").subscriber.name == "Again"


def test_an_import_never_revives_who_left_and_still_takes_their_data(ledger):
    import_all(ledger, [newcomer("a@example.com", name="Old")])
    ledger.leave(reader(ledger, "a@example.com").handle, NOON)

    done = counts(ledger, [newcomer("a@example.com", name="New", status="active")])

    assert done == ImportCounts(kept_left=1)
    left = reader(ledger, "a@example.com")
    assert (left.state, left.subscriber.name) == (SubscriptionState.LEFT, "New")


def test_a_status_in_the_file_is_honoured(ledger):
    import_all(ledger, [newcomer("a@example.com"), newcomer("b@example.com", status="pending")])

    counts(
        ledger,
        [
            newcomer("a@example.com", status="left"),
            newcomer("b@example.com", status="active"),
            newcomer("c@example.com", status="pending"),
            newcomer("d@example.com", status="left"),
        ],
        at=NOON + DAY,
    )

    states = {f.subscriber.address[0]: f.state.value for f in ledger.export(NEWSLETTER)}
    assert states == {"a": "left", "b": "active", "c": "pending", "d": "left"}
    assert reader(ledger, "a@example.com").left_at == NOON + DAY
    assert reader(ledger, "d@example.com").left_at == NOON + DAY


def test_a_file_without_a_status_does_not_confirm_who_has_not_confirmed(ledger):
    import_all(ledger, [newcomer("a@example.com", status="pending")])

    import_all(ledger, [newcomer("a@example.com", name="A")])

    assert reader(ledger, "a@example.com").state is SubscriptionState.PENDING


def test_a_pending_row_does_not_take_back_a_yes(ledger):
    import_all(ledger, [newcomer("a@example.com")])

    import_all(ledger, [newcomer("a@example.com", status="pending")])

    assert reader(ledger, "a@example.com").state is SubscriptionState.ACTIVE


def test_suppressed_addresses_are_kept_and_counted(ledger):
    ledger.suppress("a@example.com", newsletter=None, reason="bounced", at=NOON)

    done = counts(ledger, [newcomer("A@example.com"), newcomer("b@example.com")])

    assert done == ImportCounts(added=2, suppressed=1)
    assert addresses(ledger) == ["A@example.com", "b@example.com"]


def test_a_dry_run_counts_and_changes_nothing(ledger):
    import_all(ledger, [newcomer("a@example.com")])

    done = counts(
        ledger,
        [newcomer("a@example.com", name="A"), newcomer("b@example.com"), newcomer("b@example.com")],
        dry_run=True,
    )

    assert done == ImportCounts(added=1, updated=1, unchanged=1)
    assert addresses(ledger) == ["a@example.com"]
    assert reader(ledger, "a@example.com").subscriber.name == ""


def test_an_empty_import_is_a_batch_of_nothing(ledger):
    batch = import_all(ledger, [])

    assert ledger.undo_import(batch, NOON) == (0, 0)


def test_an_import_reads_no_more_than_a_chunk_ahead(ledger):
    taken = []

    def rows():
        for number in range(2 * CHUNK + 10):
            taken.append(number)
            yield newcomer(f"r{number}@example.com")
            if number == 2 * CHUNK:
                # The first chunk was committed while the second was read.
                stored, _ = ledger.search(NEWSLETTER, limit=1)
                assert stored >= CHUNK

    import_all(ledger, rows())

    assert len(taken) == 2 * CHUNK + 10


def test_undoing_takes_out_what_was_added_and_puts_back_what_was_changed(ledger):
    import_all(ledger, [newcomer("a@example.com", name="Old", roles=("brand",), topics=("pay",))])
    before = list(ledger.export(NEWSLETTER))
    profiles = ledger.profiles(NEWSLETTER, NOON)
    batch = import_all(
        ledger,
        [
            newcomer("a@example.com", name="New", roles=("merchant",), topics=(), status="left"),
            newcomer("b@example.com"),
            newcomer("b@example.com", name="Twice"),
        ],
        at=NOON + DAY,
    )

    undone = ledger.undo_import(batch, NOON + 2 * DAY)

    assert undone == (1, 1)
    assert list(ledger.export(NEWSLETTER)) == before
    assert ledger.profiles(NEWSLETTER, NOON) == profiles


def test_undoing_marks_who_was_mailed_since_as_left(ledger):
    batch = import_all(ledger, [newcomer("a@example.com"), newcomer("b@example.com")])
    ledger.remove(NEWSLETTER, "b@example.com", NOON)
    mailing = freeze_for_all(ledger)
    import_all(ledger, [newcomer("c@example.com")])
    [entry] = waiting(ledger, mailing)
    claim(ledger, entry.mailing_id, [entry.id])
    record(ledger, entry.mailing_id, [result(entry.id, EntryState.SENT)])

    undone = ledger.undo_import(batch, NOON + DAY)

    assert undone == (2, 0)
    assert addresses(ledger) == ["a@example.com", "c@example.com"]
    left = reader(ledger, "a@example.com")
    assert (left.state, left.left_at) == (SubscriptionState.LEFT, NOON + DAY)
    assert ledger.tally(mailing.id).adds_up
    assert ledger.history(NEWSLETTER, "a@example.com")[0].state == "sent"


def test_undoing_does_not_bring_back_who_left_since(ledger):
    import_all(ledger, [newcomer("a@example.com", name="Old")])
    batch = import_all(ledger, [newcomer("a@example.com", name="New")])
    ledger.leave(reader(ledger, "a@example.com").handle, NOON + DAY)

    ledger.undo_import(batch, NOON + 2 * DAY)

    after = reader(ledger, "a@example.com")
    assert after.subscriber.name == "Old"
    assert (after.state, after.left_at) == (SubscriptionState.LEFT, NOON + DAY)


def test_undoing_leaves_a_person_s_other_newsletters(ledger):
    import_all(ledger, [newcomer("a@example.com", name="Old")], newsletter="another")
    batch = import_all(ledger, [newcomer("a@example.com", name="New")])

    assert ledger.undo_import(batch, NOON) == (1, 0)

    there = ledger.find_subscription("another", "a@example.com")
    assert there is not None
    assert there.subscriber.name == "Old"
    assert ledger.find_subscription(NEWSLETTER, "a@example.com") is None


def test_an_import_is_undone_once_and_only_if_it_is_there(ledger):
    batch = import_all(ledger, [newcomer("a@example.com")])
    ledger.undo_import(batch, NOON)

    with pytest.raises(StoreError, match="undone already, on 2024-03-01"):
        ledger.undo_import(batch, NOON)
    with pytest.raises(StoreError, match="there is no import 4711"):
        ledger.undo_import(4711, NOON)


def test_adding_by_hand_adds_and_updates(ledger):
    added = ledger.add(NEWSLETTER, newcomer("a@example.com"), consent="asked", at=NOON)

    again = ledger.add(NEWSLETTER, newcomer("A@example.com", name="A"), consent="x", at=NOON)

    assert (added.id, added.consent) == (again.id, again.consent)
    assert again.subscriber.name == "A"


def test_an_import_that_breaks_off_keeps_its_chunks_and_can_be_undone(ledger):
    def rows():
        for number in range(CHUNK + 500):
            yield newcomer(f"r{number}@example.com")
        raise OSError("the file went away")

    with pytest.raises(OSError, match="went away"):
        import_all(ledger, rows())

    kept, _ = ledger.search(NEWSLETTER, limit=1)
    assert kept == CHUNK
    assert ledger.undo_import(1, NOON) == (kept, 0)
    assert addresses(ledger) == []


def test_a_row_that_cannot_be_stored_takes_back_its_chunk_and_no_other(ledger):
    rows = [newcomer(f"r{number}@example.com") for number in range(CHUNK + 500)]
    rows.append(newcomer("last@example.com", status="no such state"))

    with pytest.raises(ValueError, match="no such state"):
        import_all(ledger, rows)

    kept, _ = ledger.search(NEWSLETTER, limit=1)
    assert kept == CHUNK
    assert import_all(ledger, rows[-2:-1]) == 2
    assert ledger.undo_import(1, NOON) == (CHUNK, 0)


def test_a_row_that_says_left_does_not_move_the_day_on_which_somebody_left(ledger):
    import_all(ledger, [newcomer("a@example.com", subscribed_at=NOON - DAY)])
    ledger.remove(NEWSLETTER, "a@example.com", NOON)

    import_all(
        ledger,
        [newcomer("a@example.com", status="left", subscribed_at=NOON)],
        at=NOON + DAY,
    )

    left = reader(ledger, "a@example.com")
    assert (left.left_at, left.subscribed_at) == (NOON, NOON - DAY)
