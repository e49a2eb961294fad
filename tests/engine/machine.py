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
FEW = st.integers(0, 9)
ODDITIES = st.sampled_from(sorted(ODD))
STAGES = st.sampled_from(["MAIL", "RCPT", "DATA", "DOT", "BDAT"])
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
        self.minutes = 0

    @initialize(setting=SETTINGS, minutes=st.sampled_from([0, 5]))
    def set_up(self, setting: Setting, minutes: int) -> None:
        """`minutes`: how long each process waits for what is due later."""
        self.minutes = minutes
        self.world = World(setting, self.parts)
        self.world.start(timedelta(minutes=minutes))

    # --- the server and the process -------------------------------------------------------------

    @rule(count=FEW)
    def answer(self, count: int) -> None:
        """As usual."""
        self.reach(count)

    @rule(count=st.integers(8, 40))
    def answer_many(self, count: int) -> None:
        """As usual, for longer."""
        self.reach(count)

    @rule(count=FEW, which=WHICH, odd=ODDITIES)
    def answer_oddly(self, count: int, which: int, odd: str) -> None:
        """Some as usual, one otherwise."""
        self.reach(count)
        if waiting := self.world.answerable():
            self.world.answer(_one_of(waiting, which), odd)

    @rule(stage=STAGES, odd=ODDITIES)
    def answer_oddly_at(self, stage: str, odd: str) -> None:
        """As usual until a stage comes, and that otherwise."""
        self.reach(0)
        for each in self.world.reach(stage)[:1]:
            self.world.answer(each, odd)

    @rule(count=FEW, which=WHICH, seen=st.booleans())
    def lose_a_line(self, count: int, which: int, seen: bool) -> None:
        """The server has read what was written, and has perhaps taken a message, or nothing."""
        self.reach(count)
        if lines := self.world.open():
            each = _one_of(lines, which)
            if seen:
                _all(each.line.session)
            self.world.hang_up(each)

    @rule(seen=st.booleans())
    def lose_a_line_after_the_end(self, seen: bool) -> None:
        """A message's end was written, and its answer never comes."""
        self.reach(0)
        for each in self.world.reach("DOT")[:1]:
            if seen:
                _all(each.line.session)
            self.world.hang_up(each)

    @rule(count=FEW, commits=st.integers(0, 2), seen=st.booleans(), ended=st.booleans())
    def kill(self, count: int, commits: int, seen: bool, ended: bool) -> None:
        """Anywhere, or right after the end of a message was written."""
        self.reach(count)
        if ended:
            self.world.reach("DOT")
        if self.world.process is not None:
            self.world.kill(commits=commits, deliver=_all if seen else _nothing)

    @rule(count=FEW)
    def ask_to_end(self, count: int) -> None:
        self.reach(count)
        if self.world.process is not None:
            self.world.store_free = True
            self.world.stop()

    def reach(self, count: int) -> None:
        """Let a process run, for cron starts one soon, and the server answer some commands."""
        if self.world.process is None:
            self.world.start(timedelta(minutes=self.minutes))
        self.world.answer_all(count)

    @rule(greeting=st.sampled_from(["well", "well", "away", "login"]))
    def greet(self, greeting: str) -> None:
        self.world.greet(greeting)

    # --- the network, the database and the clock ------------------------------------------------

    @precondition(lambda self: self.world.open())
    @rule(which=WHICH)
    def hold_up_a_line(self, which: int) -> None:
        _one_of(self.world.open(), which).line.slow = True

    @precondition(lambda self: any(each.line.slow for each in self.world.open()))
    @rule()
    def let_all_lines_go_on(self) -> None:
        self.world.flow()

    @precondition(lambda self: self.world.process is not None and self.world.store_free)
    @rule(count=FEW)
    def hold_the_store(self, count: int) -> None:
        """Its jobs are done only when that is said, while the server goes on answering."""
        self.world.store_free = False
        self.reach(count)

    @precondition(lambda self: not self.world.store_free)
    @rule(count=st.integers(1, 3), free=st.booleans())
    def let_the_store_work(self, count: int, free: bool) -> None:
        self.world.work(count)
        self.world.store_free = free
        self.world.settle()

    @precondition(lambda self: self.world.process is not None)
    @rule(comes_about=st.booleans(), count=FEW)
    def fail_the_next_commit(self, comes_about: bool, count: int) -> None:
        if comes_about:
            self.world.faults.lose_answer = True
        else:
            self.world.faults.fail = True
        self.reach(count)

    @rule(seconds=SPANS)
    def let_time_pass(self, seconds: float) -> None:
        self.world.advance(seconds)

    # --- people ---------------------------------------------------------------------------------

    @rule(number=NUMBERS, suppressed=st.booleans())
    def say_no(self, number: int, suppressed: bool) -> None:
        self.world.say_no(number, suppressed=suppressed)

    @rule(really=st.integers(0, 9))
    def stop_it(self, really: int) -> None:
        """Paused often, cancelled seldom."""
        if really:
            self.world.pause()
        else:
            self.world.cancel()

    @precondition(lambda self: self.world.process is None)
    @rule()
    def correct(self) -> None:
        """A new revision."""
        self.world.correct()

    @rule(
        number=st.sampled_from([0, *READERS]), state=st.sampled_from(["sent", "skipped", "again"])
    )
    def let_it_go_on(self, number: int, state: str) -> None:
        """Resumed; what is held or refused is decided, or one reader gets it once more."""
        self.world.resume()
        if number:
            self.world.resend(number)
        elif state == "again":
            self.world.retry()
        else:
            self.world.settle_held(EntryState(state))

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
