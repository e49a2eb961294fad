"""The world around the engine: its process, the server, the network, the clock.

Each thing that may happen is one method. The model (`account`) is told what was seen on the wire,
and `check` holds the database against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from digest.bootstrap.pace import MakePace, pace_rules, retry_policy
from digest.delivery.commands import Offers
from digest.errors import DigestError, TryAgainLater
from digest.model.mailing import MailingState
from digest.workflow.deliver import DeliverMailing
from tests.contracts.material import HASH_KEY, NEWSLETTER
from tests.engine.account import GRACE, WAITING, LineAccount, Message
from tests.engine.line import Line, Session
from tests.engine.people import People
from tests.engine.process import CONFIG, Gate, MemoryLanes, PlainComposer, Process
from tests.engine.replies import BACK, LOST, ODD, OK
from tests.engine.setting import ON_ITS_WAY, Parts, Setting
from tests.engine.watching import Connection


class World(People):
    """All of it."""

    def __init__(self, setting: Setting, parts: Parts) -> None:
        super().__init__(setting)
        self._parts = parts
        config = replace(CONFIG, messages_per_connection=setting.most)
        offers = Offers(pipelining=setting.pipelining, chunking=setting.chunking)
        self.gate = Gate(offers=offers, config=config)
        self.store_free = True
        self._login_failed = False

    def close(self) -> None:
        """Take it down."""
        if self.process is not None:
            self.process.kill()
        self._watch.close()
        self._database.close()
        self._temporary.cleanup()

    # --- the process ----------------------------------------------------------------------------

    def start(self, wait: timedelta) -> None:
        """Begin a life: what cron, a hand or the service does."""
        assert self.process is None
        ledger = self._parts.ledger(self._database, HASH_KEY)
        ledger.store = self.faults
        if self.has_ended():
            with ledger.sender_lock():  # whatever is sent next begins with this
                ledger.recover(self.clock.now())
            self.check()
            return
        self.faults.fired = self._person_meddled = self.account.blocked = False
        self._login_failed = self.gate.greeting == "login"
        self.connections = []
        self.process = Process(self.clock, ledger, self._make, self.mailing_id, wait)
        self.settle()

    def _make(self, process: Process) -> DeliverMailing:
        said = self.setting.delivery
        loop = process.loop
        rules = pace_rules(said, NEWSLETTER)
        pace = MakePace(ledger=process.ledger, said=said, rules=rules)
        case = DeliverMailing(
            outbox=process.ledger,
            compose=lambda _mailing: PlainComposer(),
            lanes=MemoryLanes(self.gate, lambda: self._connect(process)),
            clock=self.clock,
            retry=lambda _mailing: retry_policy(said),
            connections=said.connections,
            pace=lambda _mailing, _later: pace.run(self.clock.now(), loop.later),
            resend_in_doubt=self.setting.resend,
            stop=process.stop,
        )
        return self._parts.remake(case)

    def _connect(self, process: Process) -> Line:
        account = LineAccount()
        line = Line(
            process.loop,
            Session(self._taken),
            began=lambda line, number: self._began(account, number),
            ended=lambda line: self._ended(account),
            gone=lambda line: self.account.line_gone(account),
        )
        self.connections.append(Connection(line, account))
        process.lines.append(line)
        return line

    def settle(self) -> None:
        """Let the process do what it can do now, and look at how it ended if it did."""
        process = self.process
        if process is None:
            return
        process.loop.settle(jobs=self.store_free)
        assert not process.loop.faults, process.loop.faults
        if process.ended:
            self._buried(process)

    def _buried(self, process: Process) -> None:
        self.process = None
        self.store_free = True
        assert not any(each.line.up for each in self.connections), "a line was left open"
        process.loop.settle(jobs=True)
        process.bury()
        try:
            delivered = process.result()
        except DigestError:
            assert self.faults.fired or self._login_failed, "it ended with an error"
            self._account_for_a_death()
            return
        assert delivered.tally.adds_up
        states = {row.number: row.state for row in self.rows()}
        assert "sending" not in states.values(), "it ended, and something is on its way"
        mailing = self.mailing()
        if not self._person_meddled:
            assert delivered.complete == (mailing.state is MailingState.COMPLETE)
        if self.account.blocked and not self._person_meddled:
            assert not delivered.complete
            assert delivered.paused or delivered.cancelled, (
                "our mail is refused, and nobody says so"
            )
            assert mailing.state in {MailingState.PAUSED, MailingState.CANCELLED}
        self.check()
        if mailing.state is MailingState.CANCELLED:
            assert not WAITING & set(states.values()), "it was cancelled, and something waits"

    def kill(self, *, commits: int, deliver: Callable[[Session], None]) -> None:
        """Kill the process: of what it asked of the database the first `commits` come about, and
        the server sees of what was written as much as `deliver` does."""
        process = self.process
        assert process is not None
        for _ in range(min(commits, len(process.loop.jobs))):
            with suppress(TryAgainLater):
                process.loop.run_job(heard=False)
        for each in self.connections:
            if each.line.up and not each.hung_up:
                deliver(each.line.session)
        process.kill()
        self._database.close()
        self.process = None
        self._account_for_a_death()

    def _account_for_a_death(self) -> None:
        self.store_free = True
        sending = {row.number for row in self.rows() if row.state == "sending"}
        claimed = {number: at for at, number in self.faults.claims}
        self.account.killed(sending, [each.account for each in self.connections], claimed)
        self.connections = []
        self.check()

    def stop(self) -> None:
        """Ask the process to end, as SIGTERM does: after ten seconds it is gone."""
        process = self.process
        assert process is not None
        process.loop.call_soon(process.stop.set)
        self.advance(10.0)
        assert self.process is not process, "it was asked to end ten seconds ago"

    def work(self, count: int) -> None:
        """Let some jobs of the database be done."""
        for _ in range(count):
            if self.process is not None and self.process.loop.jobs:
                self.process.loop.run_job()
                self.settle()

    def greet(self, greeting: str) -> None:
        """Greet whoever connects from now on like this."""
        self.gate.greeting = greeting
        self._login_failed = self._login_failed or greeting == "login"

    def recover_from_everything(self) -> None:
        """Let all be well from now on."""
        self.faults.fail = self.faults.lose_answer = False
        self.store_free = True
        self.greet("well")
        self.settle()
        self.flow()
        self.resume()

    def advance(self, seconds: float) -> None:
        """Let time pass; every timer goes in its turn."""
        until = self.clock.seconds + seconds
        while self.process is not None:
            due = self.process.loop.next_deadline
            if due is None or due > until:
                break
            self.clock.seconds = max(due, self.clock.seconds)
            self.settle()
        self.clock.seconds = until
        self.settle()
        self.check()

    # --- the wire -------------------------------------------------------------------------------

    def _taken(self, number: int, content: bytes) -> None:
        reader = self.account.readers[number]
        if reader.taken:
            assert content == reader.taken[0], "another message under the same name"
        edition = int(content.split()[-1])
        found = self._watch.execute("SELECT revision FROM edition WHERE id = ?", (edition,))
        assert found.fetchone() == (reader.revision,), f"{number} was sent the wrong revision"
        reader.taken.append(content)

    def _began(self, line: LineAccount, number: int) -> None:
        now = self.clock.now()
        reader = self.account.readers[number]
        row = next(row for row in self.rows() if row.number == number)
        assert row.state == "sending", f"{number} is {row.state}, and its MAIL was written"
        if reader.no_at is not None:
            since = self.clock.seconds - reader.no_at
            assert since <= GRACE, f"{number} said no {since} s ago, and is mailed"
        if self.paused or self.account.cancelled:
            assert number in self._under_way, f"{number} is begun, and a person stopped it"
        self._begun.append((now, self.account.begin(line, number, now)))
        # One whose MAIL nobody answered before the line was lost was not handed over.
        handed = [(at, each.reader.domain) for at, each in self._begun if each.fate != BACK]
        self._check_speed(handed, slack=ON_ITS_WAY)

    def _ended(self, line: LineAccount) -> None:
        message = line.current
        assert message is not None, "the end of nothing was written"
        # Where the next one was begun in the same write, it is the one before that ends now.
        assert not message.ended
        if message.fate is not None:
            return  # the end of nothing, which the server asked for (RFC 2920 section 3.1)
        message.ended = True
        states = {row.number: row.state for row in self.rows()}
        for before in line.messages[:-1]:
            if before.fate is not None and not before.reader.told and before.reader.message is None:
                number = before.reader.number
                assert states[number] != "sending", f"{number} is not recorded, and the next ends"

    def flow(self) -> None:
        """Let what a network holds up go on."""
        for each in self.open():
            each.line.flow()
        self.settle()

    def answer_all(self, count: int) -> None:
        """Let the server answer up to so many commands as usual, a line after the other."""
        while count and (waiting := self.answerable()):
            for each in waiting[:count]:
                if each.line.up and not each.hung_up and each.line.session.stage:
                    self.answer(each)
                    count -= 1

    def reach(self, stage: str) -> list[Connection]:
        """Let the server answer as usual until a stage comes; return the lines that are there.

        A stage may never come: not every server is asked for every one, nor at any time.
        """
        for _ in range(20):
            there = [each for each in self.answerable() if each.line.session.stage == stage]
            if there or not self.answerable():
                return there
            self.answer(self.answerable()[0])
        return []

    def open(self) -> list[Connection]:
        """Return the connections over which something can still be said."""
        return [each for each in self.connections if each.line.up and not each.hung_up]

    def answerable(self) -> list[Connection]:
        """Return those whose client waits for an answer."""
        return [each for each in self.open() if each.line.session.stage is not None]

    def answer(self, each: Connection, odd: str = "") -> None:
        """Let the server answer one command, as usual or otherwise."""
        session = each.line.session
        reply = ODD.get(odd)
        said = reply.said if reply else session.usual()
        fate_by_order = self._awaited(each.account)
        stage, number = session.answer(said)
        message = fate_by_order if stage == "DOT" else self._current(each.account, number)
        usual = OK if said[:1] in {b"2", b"3"} else "refused"
        meaning = reply.at(stage) if reply else usual
        if odd and stage in {"RSET", "QUIT"}:
            meaning = LOST
        if stage == "MAIL" and odd == "closing" and message and not message.first:
            meaning = LOST  # it may wait there since the line was idle
        self.account.answered(message, stage, meaning)
        each.line.say(said)
        if (reply and reply.closes) or stage == "QUIT":
            self.hang_up(each)
        self.settle()

    def _awaited(self, account: LineAccount) -> Message | None:
        return next((each for each in account.messages if each.ended and not each.fate), None)

    def _current(self, account: LineAccount, number: int) -> Message | None:
        own = [each for each in account.messages if each.reader.number == number]
        return own[-1] if own else None

    def hang_up(self, each: Connection) -> None:
        """Let the server close a line."""
        each.hung_up = True
        each.line.hang_up()
        self.settle()


def everything(session: Session) -> Iterator[str]:
    """Let a server answer all that has come, as usual, though nobody hears it."""
    while session.stage is not None:
        stage, _ = session.answer(session.usual())
        yield stage
