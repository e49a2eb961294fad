"""What every store of people promises: a no stays a no, and is instant."""

from __future__ import annotations

import pytest

from digest.errors import StoreError
from digest.model.audience import SubscriptionState
from tests.contracts.material import (
    DAY,
    NEWSLETTER,
    NOON,
    import_all,
    newcomer,
    reader,
)


def addresses(ledger):
    """Return everybody's address."""
    return [found.subscriber.address for found in ledger.export(NEWSLETTER)]


def test_adding_by_hand_brings_back_who_left(ledger):
    import_all(ledger, [newcomer("a@example.com", topics=("pay",))])
    handle = reader(ledger, "a@example.com").handle
    ledger.leave(handle, NOON)

    row = newcomer("a@example.com", name="A", given={"email", "name"})
    back = ledger.add(NEWSLETTER, row, consent="asked by phone", at=NOON + DAY)

    assert (back.state, back.left_at) == (SubscriptionState.ACTIVE, None)
    assert (back.consent, back.subscribed_at) == ("asked by phone", NOON + DAY)
    assert (back.topics, back.handle, back.subscriber.name) == (("pay",), handle, "A")


def test_a_suppressed_address_is_not_added_by_hand(ledger):
    ledger.suppress("a@example.com", newsletter=None, reason="complaint", at=NOON)

    with pytest.raises(StoreError, match=r"suppressed \(complaint\)"):
        ledger.add(NEWSLETTER, newcomer("A@example.com"), consent="asked", at=NOON)

    assert addresses(ledger) == []


def test_leaving_is_instant_and_leaving_again_is_the_same(ledger):
    import_all(ledger, [newcomer("a@example.com")])
    handle = reader(ledger, "a@example.com").handle

    first = ledger.leave(handle, NOON)
    again = ledger.leave(handle, NOON + DAY)

    assert first == again
    assert (first.state, first.left_at) == (SubscriptionState.LEFT, NOON)
    assert ledger.subscription_by_handle(handle) == first
    assert ledger.leave(b"no-such!", NOON) is None
    assert ledger.subscription_by_handle(b"no-such!") is None


def test_removing_by_hand_says_whether_there_was_anybody(ledger):
    import_all(ledger, [newcomer("a@example.com"), newcomer("p@example.com", status="pending")])

    assert ledger.remove(NEWSLETTER, "A@Example.com", NOON)
    assert ledger.remove(NEWSLETTER, "p@example.com", NOON)
    assert not ledger.remove(NEWSLETTER, "a@example.com", NOON)
    assert not ledger.remove(NEWSLETTER, "nobody@example.com", NOON)
    assert not ledger.remove("another", "a@example.com", NOON)


def test_verifying_moves_the_reader_to_another_profile(ledger):
    import_all(ledger, [newcomer("a@example.com", fields=("media",))])

    verified = ledger.verify(NEWSLETTER, "A@example.com", ["media", "tech"], add=True)
    now = ledger.profiles(NEWSLETTER, NOON)
    taken_back = ledger.verify(NEWSLETTER, "a@example.com", ["media", "none"], add=False)

    assert verified.subscriber.verified == ("media", "tech")
    assert [profile.verified for profile, _ in now.values()] == [("media", "tech")]
    assert taken_back.subscriber.verified == ("tech",)
    assert ledger.verify(NEWSLETTER, "nobody@example.com", ["media"], add=True) is None


def test_searching_looks_in_address_and_name(ledger):
    import_all(
        ledger,
        [
            newcomer("ann@example.com", name="Zoe 100%"),
            newcomer("bob@example.com", name="Ann Lee"),
            newcomer("c_d@example.org", name="王"),
        ],
    )

    def found(text, limit=50):
        count, first = ledger.search(NEWSLETTER, text, limit)
        return count, [subscription.subscriber.address for subscription in first]

    assert found("ANN") == (2, ["ann@example.com", "bob@example.com"])
    assert found("", limit=1) == (3, ["ann@example.com"])
    assert found("王") == (1, ["c_d@example.org"])
    assert found("%") == (1, ["ann@example.com"])
    assert found("_") == (1, ["c_d@example.org"])
    assert found("nothing") == (0, [])


def test_exporting_yields_everybody_by_id_over_many_pages(ledger):
    import_all(ledger, [newcomer(f"r{n}@example.com") for n in range(2500)])

    ids = [subscription.id for subscription in ledger.export(NEWSLETTER)]

    assert len(ids) == 2500
    assert ids == sorted(set(ids))


def test_suppressing_and_lifting_say_whether_they_did_anything(ledger):
    assert ledger.suppress("a@example.com", newsletter=None, reason="bounced", at=NOON)
    assert not ledger.suppress("A@EXAMPLE.com", newsletter=None, reason="again", at=NOON)
    assert ledger.suppress("a@example.com", newsletter=NEWSLETTER, reason="asked", at=NOON)

    assert ledger.lift("a@example.com", newsletter=None)
    assert not ledger.lift("a@example.com", newsletter=None)
    [(left, _)] = ledger.suppressions()
    assert (left.newsletter, left.reason) == (NEWSLETTER, "asked")


def test_suppressions_are_told_newest_first_with_the_address_where_it_is_known(ledger):
    import_all(ledger, [newcomer("a@example.com")])
    ledger.suppress("a@example.com", newsletter=None, reason="bounced", at=NOON)
    ledger.suppress("unknown@example.com", newsletter=NEWSLETTER, reason="asked", at=NOON + DAY)
    ledger.suppress("a@example.com", newsletter="another", reason="asked", at=NOON)

    told = [(s.reason, s.newsletter, address) for s, address in ledger.suppressions(NEWSLETTER)]

    assert told == [("asked", NEWSLETTER, None), ("bounced", None, "a@example.com")]
    assert len(ledger.suppressions()) == 3


def test_a_suppression_keeps_no_address(ledger):
    ledger.suppress("a@example.com", newsletter=None, reason="bounced", at=NOON)

    [(suppression, address)] = ledger.suppressions()

    assert address is None
    assert len(suppression.address_hash) >= 16
    assert b"example" not in suppression.address_hash


@pytest.mark.parametrize(
    "name",
    [
        "Robert'); DROP TABLE subscriber;--",
        "tab\tnew\nline \\ backslash \\N",
        "🎈 e\u0301 \u202e",
        "x" * 5000,
    ],
)
def test_a_hostile_name_is_only_a_name(ledger, name):
    import_all(ledger, [newcomer("a@example.com", name=name, attributes=((name, name),))])

    person = reader(ledger, "a@example.com").subscriber

    assert person.name == name
    assert person.attributes == ((name, name),)


def test_a_handle_says_nothing_of_another_though_those_of_one_import_stand_together(ledger):
    import_all(ledger, [newcomer(f"reader{number}@example.com") for number in range(200)])

    handles = [each.handle for each in ledger.export(NEWSLETTER)]

    assert len({handle[:1] for handle in handles}) == 1
    assert len({handle[1:] for handle in handles}) == 200
    # 7 bytes of 200 handles: each bit is set in about half of them.
    for bit in range(56):
        assert 50 < sum(int.from_bytes(handle[1:], "big") >> bit & 1 for handle in handles) < 150
