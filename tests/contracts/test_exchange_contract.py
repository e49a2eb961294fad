"""What every exchange promises: one commit for all lanes, and nothing in it half done."""

from __future__ import annotations

import dataclasses

import pytest

from digest.model.mailing import EntryState, MailingState, PausedBy, Verdict
from tests.contracts.material import (
    DAY,
    MINUTE,
    NEWSLETTER,
    NOON,
    claim,
    record,
    result,
    waiting,
)

HOSTILE = "550 \x00 \ud800 ' \" $[0] \\ ; DROP TABLE attempt -- 送れません"


@pytest.fixture
def ids(ledger, mailing):
    """The entries of a to e."""
    return [entry.id for entry in waiting(ledger, mailing)]


def hard(found):
    """Return the same result, of an address that is dead."""
    return dataclasses.replace(found, reply=dataclasses.replace(found.reply, hard=True))


def told(ledger, name):
    """Return what is told of one reader's issue."""
    return ledger.history(NEWSLETTER, f"{name}@example.com")[0]


def test_one_exchange_records_and_claims(ledger, mailing, ids):
    claim(ledger, mailing.id, ids[:2])

    exchange = ledger.exchange(
        mailing.id,
        results=[result(ids[0], EntryState.SENT), result(ids[1], EntryState.SENT)],
        claims=ids[2:4],
        at=NOON + MINUTE,
    )

    assert (exchange.claimed, exchange.state) == (set(ids[2:4]), MailingState.SENDING)
    tally = ledger.tally(mailing.id)
    assert (tally[EntryState.SENT], tally[EntryState.SENDING], tally[EntryState.QUEUED]) == (
        2,
        2,
        1,
    )


def test_an_entry_whose_result_lets_it_go_again_may_be_claimed_in_the_same_exchange(
    ledger, mailing, ids
):
    claim(ledger, mailing.id, ids[:1])

    exchange = ledger.exchange(
        mailing.id,
        results=[result(ids[0], EntryState.QUEUED, verdict=Verdict.BLOCKED, code=554)],
        claims=ids[:1],
        at=NOON,
    )

    assert exchange.claimed == {ids[0]}
    assert len(told(ledger, "a").attempts) == 1


def test_nothing_is_claimed_or_skipped_of_a_mailing_that_was_stopped_but_results_are_kept(
    ledger, mailing, ids
):
    claim(ledger, mailing.id, ids[:1])
    ledger.suppress("b@example.com", newsletter=None, reason="no", at=NOON)
    ledger.pause(mailing.id, "wait", PausedBy.PERSON)

    exchange = ledger.exchange(
        mailing.id,
        results=[result(ids[0], EntryState.SENT)],
        claims=ids[1:],
        handed={"": 4},
        at=NOON,
    )

    assert (exchange.claimed, exchange.state) == (frozenset(), MailingState.PAUSED)
    tally = ledger.tally(mailing.id)
    assert (tally[EntryState.SENT], tally[EntryState.QUEUED]) == (1, 4)
    assert ledger.handed_since(NOON - DAY) == []


def test_what_was_never_begun_goes_back_and_no_attempt_is_counted(ledger, mailing, ids):
    claim(ledger, mailing.id, ids[:2])

    ledger.exchange(mailing.id, results=(), claims=(), returned=ids[:1], at=NOON)

    first = waiting(ledger, mailing)[0]
    assert (first.id, first.state, first.attempts) == (ids[0], EntryState.QUEUED, 0)
    assert told(ledger, "a").attempts == ()


def test_what_was_in_doubt_and_never_begun_again_is_in_doubt_with_its_flag(ledger, mailing, ids):
    claim(ledger, mailing.id, ids[:1])
    doubt = result(ids[0], EntryState.IN_DOUBT, verdict=Verdict.IN_DOUBT, code=0)
    record(ledger, mailing.id, [doubt])
    claim(ledger, mailing.id, ids[:1])

    ledger.exchange(mailing.id, results=(), claims=(), returned=ids[:1], at=NOON)

    again = waiting(ledger, mailing)[0]
    assert (again.id, again.state, again.doubts) == (ids[0], EntryState.IN_DOUBT, 1)
    assert ledger.tally(mailing.id).possible_duplicates == 1


def test_what_goes_back_may_be_claimed_in_the_same_exchange(ledger, mailing, ids):
    claim(ledger, mailing.id, ids[:2])

    exchange = ledger.exchange(
        mailing.id, results=(), claims=ids[:2], returned=ids[:2], at=NOON + MINUTE
    )

    assert exchange.claimed == set(ids[:2])
    claim(ledger, mailing.id, [])
    ledger.exchange(mailing.id, results=(), claims=(), returned=ids[:2], at=NOON)
    assert [entry.attempts for entry in waiting(ledger, mailing)] == [0] * 5


def test_a_dead_address_is_suppressed_everywhere_with_code_and_text(ledger, mailing, ids):
    claim(ledger, mailing.id, ids)
    dead = result(
        ids[0], EntryState.REFUSED, verdict=Verdict.REFUSED, code=550, text="5.1.1 no such user"
    )
    refused = result(ids[1], EntryState.REFUSED, verdict=Verdict.REFUSED, code=554, text="5.7.1")

    record(ledger, mailing.id, [hard(dead), refused])

    [(suppression, address)] = ledger.suppressions()
    assert address == "a@example.com"
    assert (suppression.newsletter, suppression.reason) == (None, "550 5.1.1 no such user")
    assert suppression.suppressed_at == NOON


def test_a_dead_address_that_is_suppressed_already_keeps_its_reason(ledger, mailing, ids):
    claim(ledger, mailing.id, ids[:1])
    ledger.suppress("a@example.com", newsletter=None, reason="complaint", at=NOON)
    dead = result(ids[0], EntryState.REFUSED, verdict=Verdict.REFUSED, code=550)

    record(ledger, mailing.id, [hard(dead)])

    assert [found.reason for found, _ in ledger.suppressions()] == ["complaint"]
    assert told(ledger, "a").state == "refused"


def test_a_late_result_that_is_left_alone_suppresses_nobody(ledger, mailing, ids):
    dead = result(ids[0], EntryState.REFUSED, verdict=Verdict.REFUSED, code=550)

    record(ledger, mailing.id, [hard(dead)])

    assert ledger.suppressions() == []


def test_what_a_server_says_is_data_whatever_it_says(ledger, mailing, ids):
    claim(ledger, mailing.id, ids[:1])
    said = result(
        ids[0],
        EntryState.REFUSED,
        verdict=Verdict.REFUSED,
        code=550,
        text=HOSTILE,
        reason=HOSTILE,
    )

    record(ledger, mailing.id, [hard(said)])

    stored = HOSTILE.replace("\x00", "\ufffd").replace("\ud800", "?")
    assert told(ledger, "a").attempts[0][3] == stored
    assert told(ledger, "a").reason == stored
    assert ledger.suppressions()[0][0].reason == f"550 {stored}"


def test_every_attempt_of_an_entry_is_kept_in_its_order(ledger, mailing, ids):
    for code in (451, 452, 250):
        claim(ledger, mailing.id, ids[:1])
        state = EntryState.SENT if code == 250 else EntryState.DEFERRED
        record(ledger, mailing.id, [result(ids[0], state, code=code)])

    assert [code for _, _, code, _ in told(ledger, "a").attempts] == [451, 452, 250]


def test_what_is_handed_over_is_counted_by_the_second_for_all_and_by_domain(ledger, mailing, ids):
    half = NOON + MINUTE / 120
    for number, at in ((ids[0], NOON), (ids[1], half), (ids[2], NOON + MINUTE)):
        ledger.exchange(
            mailing.id, results=(), claims=[number], handed={"": 1, "example.com": 1}, at=at
        )

    found = ledger.handed_since(NOON - DAY)
    assert sorted((each.scope, each.at, each.count) for each in found) == [
        ("", NOON, 2),
        ("", NOON + MINUTE, 1),
        ("example.com", NOON, 2),
        ("example.com", NOON + MINUTE, 1),
    ]


def test_an_exchange_of_nothing_tells_how_the_mailing_stands(ledger, mailing):
    exchange = ledger.exchange(mailing.id, results=(), claims=(), at=NOON)

    assert (exchange.claimed, exchange.state) == (frozenset(), MailingState.SENDING)


def test_an_exchange_of_a_mailing_that_is_not_there_is_a_bug(ledger):
    with pytest.raises(KeyError):
        ledger.exchange(987654321, results=(), claims=(), at=NOON)


def test_an_entry_asked_for_twice_is_claimed_once(ledger, mailing, ids):
    assert claim(ledger, mailing.id, [ids[0], ids[0]]) == {ids[0]}

    ledger.exchange(mailing.id, results=(), claims=(), returned=ids[:1], at=NOON)
    assert waiting(ledger, mailing)[0].attempts == 0


def test_a_broken_exchange_changes_nothing(ledger, mailing, ids):
    claim(ledger, mailing.id, ids[:1])
    impossible = dataclasses.replace(
        result(ids[0], EntryState.SENT),
        reply=dataclasses.replace(result(ids[0], EntryState.SENT).reply, code=None),
    )

    with pytest.raises(Exception, match=r"(?i)not.null"):
        ledger.exchange(mailing.id, results=[impossible], claims=ids[1:], at=NOON)

    tally = ledger.tally(mailing.id)
    assert (tally[EntryState.SENDING], tally[EntryState.QUEUED]) == (1, 4)


def test_the_sender_exchanges_over_its_own_connection_and_others_see_it(ledger, mailing, ids):
    with ledger.sender_lock():
        for number in ids:
            claim(ledger, mailing.id, [number])
            record(ledger, mailing.id, [result(number, EntryState.SENT)])

        assert ledger.tally(mailing.id)[EntryState.SENT] == 5
