"""Whatever happens in whatever order, an entry makes only legal moves and the account adds up."""

from __future__ import annotations

import itertools
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from digest.model.mailing import MOVES, UNSETTLED, EntryState, Verdict
from digest.store.database import Database
from digest.store.ledger import Ledger
from digest.store.tables import outbox_entry, subscriber
from tests.contracts.material import (
    HASH_KEY,
    MINUTE,
    NOON,
    claim,
    freeze_for_all,
    import_all,
    newcomer,
    record,
    result,
)

READERS = 6
NUMBERS = itertools.count(1)

VERDICTS = {
    EntryState.SENT: Verdict.ACCEPTED,
    EntryState.DEFERRED: Verdict.DEFERRED,
    EntryState.REFUSED: Verdict.REFUSED,
    EntryState.IN_DOUBT: Verdict.IN_DOUBT,
    EntryState.QUEUED: Verdict.BLOCKED,
    EntryState.HELD: Verdict.IN_DOUBT,
}
assert set(VERDICTS) == set(MOVES[EntryState.SENDING])


class Delivery(RuleBasedStateMachine):
    """Does anything a sender, a reader or an operator may do to one mailing."""

    database: Database
    ledger: Ledger

    def __init__(self):
        super().__init__()
        self.newsletter = f"n{next(NUMBERS)}"
        self.names = [f"{self.newsletter}.r{n}@example.com" for n in range(READERS)]
        import_all(self.ledger, map(newcomer, self.names), newsletter=self.newsletter)
        self.mailing = freeze_for_all(self.ledger, newsletter=self.newsletter)
        self.now = NOON
        self.before = self.states()
        self.claimed = {}
        self.gone = set()

    def states(self):
        with self.database.read() as connection:
            rows = connection.execute(
                select(
                    outbox_entry.c.id,
                    outbox_entry.c.state,
                    outbox_entry.c.possible_duplicate,
                    subscriber.c.address,
                )
                .join(subscriber, subscriber.c.id == outbox_entry.c.subscriber_id)
                .where(outbox_entry.c.mailing_id == self.mailing.id)
                .order_by(outbox_entry.c.id)
            ).all()
        return {row.id: row for row in rows}

    @rule(picks=st.sets(st.integers(0, READERS - 1)))
    def claim(self, picks):
        ids = [number for n, number in enumerate(self.before) if n in picks]
        claimed = claim(self.ledger, self.mailing.id, ids, at=self.now)
        for number in claimed:
            assert self.before[number].address not in self.gone
            self.claimed[number] = self.claimed.get(number, 0) + 1

    @rule(pick=st.integers(0, READERS - 1), state=st.sampled_from(sorted(VERDICTS)))
    def record(self, pick, state):
        number = list(self.before)[pick]
        later = self.now + 3 * MINUTE if state is EntryState.DEFERRED else None
        record(
            self.ledger,
            self.mailing.id,
            [result(number, state, at=self.now, verdict=VERDICTS[state], not_before=later)],
        )

    @rule()
    def die_and_recover(self):
        with self.ledger.sender_lock():
            self.ledger.recover(self.now)

    @rule(resend=st.booleans())
    def settle(self, resend):
        self.ledger.settle_doubts(self.mailing.id, resend=resend, at=self.now)

    @rule()
    def wait(self):
        self.now += MINUTE

    @rule(pick=st.integers(0, READERS - 1))
    def leave(self, pick):
        self.ledger.remove(self.newsletter, self.names[pick], self.now)
        self.gone.add(self.names[pick])

    @rule(pick=st.integers(0, READERS - 1))
    def suppress(self, pick):
        self.ledger.suppress(self.names[pick], newsletter=self.newsletter, reason="no", at=self.now)
        self.gone.add(self.names[pick])

    @rule()
    def skip_the_rest(self):
        self.ledger.skip_rest(self.mailing.id, "expired", self.now)

    @rule()
    def cancel(self):
        self.ledger.cancel(self.mailing.id, self.now)

    @rule()
    def withdraw(self):
        self.ledger.withdraw(self.mailing.id, self.now)

    @rule(states=st.sets(st.sampled_from([EntryState.REFUSED, EntryState.HELD])))
    def try_again(self, states):
        self.ledger.try_again(self.mailing.id, states, at=self.now)

    @rule(state=st.sampled_from([EntryState.SENT, EntryState.SKIPPED]))
    def settle_by_hand(self, state):
        self.ledger.settle(self.mailing.id, state, at=self.now)

    @rule(pick=st.integers(0, READERS - 1))
    def resend(self, pick):
        self.ledger.resend(self.mailing.id, self.names[pick], at=self.now)

    @invariant()
    def only_legal_moves_were_made(self):
        now = self.states()
        for number, row in now.items():
            was, is_now = EntryState(self.before[number].state), EntryState(row.state)
            assert was is is_now or is_now in MOVES[was], f"{was.value} -> {is_now.value}"
            if is_now is EntryState.SENDING and was is EntryState.IN_DOUBT:
                assert row.possible_duplicate
        self.before = now

    @invariant()
    def the_account_adds_up(self):
        tally = self.ledger.tally(self.mailing.id)
        assert tally.adds_up
        assert tally.planned == READERS
        open_states = {EntryState(row.state) for row in self.before.values()}
        assert tally.settled == open_states.isdisjoint(UNSETTLED)

    @invariant()
    def what_is_reserved_may_be_claimed(self):
        reserved = self.ledger.reserve(self.mailing.id, after=0, limit=100, at=self.now)
        ids = [entry.id for entry in reserved]
        assert ids == sorted(set(ids))
        for entry in reserved:
            assert EntryState.SENDING in MOVES[entry.state]
            assert self.before[entry.id].state == entry.state.value

    @invariant()
    def who_was_tried_twice_after_a_doubt_is_flagged(self):
        flagged = sum(row.possible_duplicate for row in self.before.values())
        assert self.ledger.tally(self.mailing.id).possible_duplicates == flagged


@pytest.mark.parametrize(
    ("fixture", "examples"), [("sqlite_url", 25), ("postgres_url", 8)], ids=["sqlite", "postgresql"]
)
def test_the_account_adds_up_after_every_move(request, fixture, examples):
    with ExitStack() as stack:
        database = Database(request.getfixturevalue(fixture))
        stack.callback(database.close)
        bound = {"database": database, "ledger": Ledger(database, HASH_KEY)}

        run_state_machine_as_test(
            type("Bound", (Delivery,), bound),
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            ),
        )
