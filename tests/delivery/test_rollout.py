"""A staged rollout: nobody beyond the first before the wait, and nobody after too many refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.pacing import PaceRules, Pacing
from digest.delivery.rollout import RolloutPolicy, RolloutState, StagedPace
from digest.model.limits import parse_limit
from digest.model.mailing import EntryState, Reply, Tally, Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAIT = timedelta(minutes=10)
POLICY = RolloutPolicy(share=0.05, wait=WAIT, stop_above=0.1)
REFUSED = Reply(verdict=Verdict.REFUSED, code=550, text="no such user")
DEFERRED = Reply(verdict=Verdict.DEFERRED, code=451, text="later")


class Mailing:
    """A mailing to 100 readers and what is stored of its rollout."""

    def __init__(self, *, planned: int = 100, rules: PaceRules | None = None) -> None:
        self.state = RolloutState(first=POLICY.first_of(planned))
        self.states = {EntryState.QUEUED: planned}
        self.planned = planned
        self.rules = rules or PaceRules()
        self.stopped: list[str] = []
        self.pace = self.start()

    def start(self) -> StagedPace:
        self.pace = StagedPace(
            Pacing(self.rules),
            policy=POLICY,
            state=RolloutState.of(self.state.text()) or self.state,
            tally=Tally(planned=self.planned, states=dict(self.states)),
            keep=lambda state: setattr(self, "state", state),
            stop=self.stopped.append,
        )
        return self.pace

    def send(self, count: int, now: datetime, reply: Reply | None = None) -> int:
        """Send up to so many, and return how many were let through."""
        let_through, count = 0, min(count, self.states[EntryState.QUEUED])
        while let_through < count and self.pace.permit("example.org", now):
            let_through += 1
        for _ in range(let_through):
            self.answer(reply, now)
        return let_through

    def answer(self, reply: Reply | None, now: datetime) -> None:
        after = {None: EntryState.SENT, REFUSED: EntryState.REFUSED, DEFERRED: EntryState.DEFERRED}
        self.states[EntryState.QUEUED] -= 1
        self.states[after[reply]] = self.states.get(after[reply], 0) + 1
        if reply is None:
            self.pace.taken("example.org")
        else:
            self.pace.learn("example.org", reply, now)


def test_the_first_are_let_through_and_the_rest_after_the_wait() -> None:
    mailing = Mailing()

    assert mailing.send(100, NOON) == 5
    assert mailing.send(100, NOON + WAIT - timedelta(seconds=1)) == 0
    assert mailing.pace.next_at("example.org", NOON) == NOON + WAIT
    assert mailing.pace.opens_at(NOON) == NOON + WAIT
    assert mailing.send(100, NOON + WAIT) == 95
    assert mailing.stopped == []


def test_too_many_refusals_among_the_first_stop_the_mailing() -> None:
    mailing = Mailing()

    mailing.send(4, NOON)
    mailing.send(1, NOON, REFUSED)

    assert mailing.stopped == [
        "1 of the first 5 readers were refused, more than 10% ([delivery.rollout] stop_above)"
    ]
    assert mailing.send(100, NOON + 2 * WAIT) == 0


def test_who_resumes_it_all_the_same_is_not_stopped_again() -> None:
    mailing = Mailing()
    mailing.send(5, NOON, REFUSED)

    mailing.start()

    assert mailing.send(100, NOON) == 95
    assert len(mailing.stopped) == 1


def test_refusals_that_come_during_the_wait_count_too() -> None:
    mailing = Mailing()
    mailing.send(4, NOON)
    mailing.send(1, NOON, DEFERRED)
    assert mailing.stopped == []
    mailing.states[EntryState.DEFERRED] -= 1
    mailing.states[EntryState.REFUSED] = 1

    mailing.start()

    assert mailing.send(100, NOON + WAIT) == 0
    assert len(mailing.stopped) == 1


def test_the_wait_goes_on_over_a_restart() -> None:
    mailing = Mailing()
    mailing.send(5, NOON)

    mailing.start()

    assert mailing.send(100, NOON + WAIT / 2) == 0
    mailing.start()
    assert mailing.send(100, NOON + WAIT) == 95


def test_a_process_that_died_before_the_judgement_leaves_it_to_the_next() -> None:
    mailing = Mailing()
    before = mailing.state
    mailing.send(5, NOON)
    mailing.state = before

    mailing.start()

    assert mailing.send(100, NOON) == 0
    assert mailing.state.until_at == NOON + WAIT


def test_a_message_that_did_not_leave_gives_its_place_to_another() -> None:
    mailing = Mailing()
    assert mailing.pace.permit("example.org", NOON)

    mailing.pace.give_back("example.org", NOON)

    assert mailing.send(100, NOON) == 5


def test_the_limits_hold_within_the_stages() -> None:
    mailing = Mailing(rules=PaceRules(limits=(parse_limit("2/min"),)))

    assert mailing.send(100, NOON) == 2
    assert mailing.pace.next_at("example.org", NOON) == NOON + timedelta(minutes=1)


def test_one_reader_is_a_first_reader() -> None:
    assert POLICY.first_of(1) == 1
    assert POLICY.first_of(0) == 0
    assert RolloutPolicy(share=0, wait=WAIT, stop_above=0).first_of(7) == 0
    assert RolloutPolicy(share=1, wait=WAIT, stop_above=0).first_of(7) == 7


def test_a_mailing_without_a_rollout_has_no_state() -> None:
    assert RolloutState.of("") is None


@given(
    planned=st.integers(1, 400),
    steps=st.lists(st.tuples(st.sampled_from(["send", "wait", "restart"]), st.integers(1, 60))),
)
def test_never_more_than_the_first_before_their_wait_is_over(
    planned: int, steps: list[tuple[str, int]]
) -> None:
    mailing, now, sent, whole_since = Mailing(planned=planned), NOON, 0, None
    first = POLICY.first_of(planned)

    for what, amount in steps:
        if what == "send":
            sent += mailing.send(min(amount, planned - sent), now)
            if sent >= first and whole_since is None:
                whole_since = now
        elif what == "wait":
            now += timedelta(seconds=amount * 10)
        else:
            mailing.start()
        assert sent <= first or (whole_since is not None and now >= whole_since + WAIT)
