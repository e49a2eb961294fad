"""The state machine: what may happen to the engine, in any order, and what must hold after each.

`EngineMachine` is the engine as it is. A test that wants to see the checks fail gives it other
parts (`machine_of`).
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from digest.model.mailing import EntryState
from tests.engine.line import Session
from tests.engine.replies import ODD
from tests.engine.setting import READERS, Parts, Setting
from tests.engine.watching import Connection
from tests.engine.world import World, everything

NUMBERS = st.sampled_from(list(READERS))
WHICH = st.integers(0, 2)
SPANS = st.sampled_from([0.3, 0.9, 3.0, 31.0, 61.0, 130.0, 700.0])
SETTINGS = st.builds(
    Setting,
    pipelining=st.booleans(),
    chunking=st.booleans(),
    lanes=st.integers(1, 3),
    most=st.sampled_from([1000, 2]),
    limits=st.sampled_from([(), (), ("3/min",), ("2/s", "5/h")]),
    domain_limits=st.sampled_from([(), (), ("1/min",)]),
    resend=st.sampled_from([True, True, False]),
)
#: After so much time and so many answers without an end somebody is lost.
LAST_ROUNDS = 100


class EngineMachine(RuleBasedStateMachine):
    """Rules: the server, the network, the database, the clock, people, and death."""

    parts = Parts()

    def __init__(self) -> None:
        super().__init__()
        self.world: World

    @initialize(setting=SETTINGS)
    def set_up(self, setting: Setting) -> None:
        self.world = World(setting, self.parts)
        self.world.start(timedelta(0))

    # --- the process ----------------------------------------------------------------------------

    @precondition(lambda self: self.world.process is None)
    @rule(wait=st.sampled_from([timedelta(0), timedelta(minutes=5)]))
    def start(self, wait: timedelta) -> None:
        self.world.start(wait)

    @precondition(lambda self: self.world.process is not None)
    @rule(commits=st.integers(0, 2), seen=st.booleans())
    def kill(self, commits: int, seen: bool) -> None:
        self.world.kill(commits=commits, deliver=_all if seen else _nothing)

    @precondition(lambda self: self.world.process is not None)
    @rule()
    def ask_to_end(self) -> None:
        self.world.store_free = True
        self.world.stop()

    # --- the server -----------------------------------------------------------------------------

    @precondition(lambda self: self.world.answerable())
    @rule(count=st.integers(1, 12))
    def answer(self, count: int) -> None:
        self.world.answer_all(count)

    @precondition(lambda self: self.world.answerable())
    @rule(which=WHICH, odd=st.sampled_from(sorted(ODD)))
    def answer_oddly(self, which: int, odd: str) -> None:
        self.world.answer(_one_of(self.world.answerable(), which), odd)

    @precondition(lambda self: self.world.open())
    @rule(which=WHICH, seen=st.booleans())
    def lose_a_line(self, which: int, seen: bool) -> None:
        each = _one_of(self.world.open(), which)
        if seen:
            _all(each.line.session)
        self.world.hang_up(each)

    @precondition(lambda self: self.world.open())
    @rule(which=WHICH)
    def hold_up_a_line(self, which: int) -> None:
        _one_of(self.world.open(), which).line.slow = True

    @precondition(lambda self: any(each.line.slow for each in self.world.open()))
    @rule()
    def let_all_lines_go_on(self) -> None:
        self.world.flow()

    @rule(greeting=st.sampled_from(["well", "well", "away", "login"]))
    def greet(self, greeting: str) -> None:
        self.world.greet(greeting)

    # --- the database and the clock -------------------------------------------------------------

    @precondition(lambda self: self.world.process is not None and self.world.store_free)
    @rule()
    def hold_the_store(self) -> None:
        self.world.store_free = False

    @precondition(lambda self: not self.world.store_free)
    @rule(count=st.integers(1, 3), free=st.booleans())
    def let_the_store_work(self, count: int, free: bool) -> None:
        self.world.work(count)
        self.world.store_free = free
        self.world.settle()

    @precondition(lambda self: self.world.process is not None)
    @rule(comes_about=st.booleans())
    def fail_the_next_commit(self, comes_about: bool) -> None:
        if comes_about:
            self.world.faults.lose_answer = True
        else:
            self.world.faults.fail = True

    @rule(seconds=SPANS)
    def let_time_pass(self, seconds: float) -> None:
        self.world.advance(seconds)

    # --- people ---------------------------------------------------------------------------------

    @rule(number=NUMBERS, suppressed=st.booleans())
    def say_no(self, number: int, suppressed: bool) -> None:
        self.world.say_no(number, suppressed=suppressed)

    @rule()
    def pause(self) -> None:
        self.world.pause()

    @rule()
    def resume(self) -> None:
        self.world.resume()

    @rule(really=st.integers(0, 3))
    def cancel(self, really: int) -> None:
        if not really:
            self.world.cancel()

    @rule()
    def retry(self) -> None:
        self.world.retry()

    @rule(state=st.sampled_from([EntryState.SENT, EntryState.SKIPPED]))
    def settle_held(self, state: EntryState) -> None:
        self.world.settle_held(state)

    @rule(number=NUMBERS)
    def resend(self, number: int) -> None:
        self.world.resend(number)

    # --- what must hold -------------------------------------------------------------------------

    @invariant()
    def all_promises_hold(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        """Let everything be well again: now everybody must come to an end."""
        if not hasattr(self, "world"):
            return
        try:
            self.come_to_an_end()
        finally:
            self.world.close()

    def come_to_an_end(self) -> None:
        """Nobody may be lost, whatever happened before."""
        world = self.world
        world.recover_from_everything()
        for _ in range(LAST_ROUNDS):
            if world.process is None:
                world.start(timedelta(minutes=5))
            if world.process is None and (world.has_ended() or world.waits_for_a_person()):
                break
            world.answer_all(200)
            world.advance(30 if world.process else 600)
        world.check_the_end()


def _one_of(connections: list[Connection], which: int) -> Connection:
    return connections[which % len(connections)]


def _nothing(_session: Session) -> None:
    pass


def _all(session: Session) -> None:
    list(everything(session))


def machine_of(parts: Parts) -> type[EngineMachine]:
    """Return the machine with other parts."""
    return type("OtherMachine", (EngineMachine,), {"parts": parts})
