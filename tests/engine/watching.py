"""Watching: what the database holds as it was committed, held against the promises and the model.

The database is looked at over a connection of its own, which sees no transaction that is open.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.model.mailing import Mailing
from digest.store.database import Database
from digest.store.ledger import Ledger
from tests.contracts.material import HASH_KEY
from tests.engine.account import STATES, WAITING, Account, LineAccount, Message, Row
from tests.engine.line import Line
from tests.engine.loop import Timepiece
from tests.engine.process import Process
from tests.engine.process import Store as StoreFaults
from tests.engine.setting import GIVE_UP_AFTER, READERS, Setting, folder_in_memory, template

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Connection:
    """A line with both its accounts."""

    line: Line
    account: LineAccount = field(default_factory=LineAccount)
    hung_up: bool = False


class Watching:
    """A database with its watcher and the model."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._temporary = folder_in_memory()
        self.path = Path(self._temporary.name, "digest.db")
        self.path.write_bytes(template())
        self.clock = Timepiece()
        # One for all lives, closed at each death: it spares compiling the same statements anew.
        self._database = Database(f"sqlite:///{self.path}")
        self._person = Ledger(self._database, HASH_KEY)
        self._watch = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, isolation_level=None)
        self.mailing_id = 1
        self.account = Account(READERS, resend=setting.resend, give_up_after=GIVE_UP_AFTER)
        self.process: Process | None = None
        self.connections: list[Connection] = []
        self.faults = StoreFaults(claimed=self._check_claims)
        self._begun: list[tuple[datetime, Message]] = []

    def mailing(self) -> Mailing:
        return self._person.mailing(self.mailing_id)

    def rows(self) -> list[Row]:
        """Return the entries as they were committed."""
        found = self._watch.execute(
            "SELECT id, state, possible_duplicate, doubts, not_before FROM outbox_entry ORDER BY id"
        )
        return [
            Row(number, state, bool(flagged), doubts, _EPOCH + timedelta(microseconds=at))
            for number, state, flagged, doubts, at in found
        ]

    def has_ended(self) -> bool:
        """Return whether nothing more leaves."""
        (state,) = self._watch.execute("SELECT state FROM mailing").fetchone()
        return state in {"complete", "cancelled"}

    def waits_for_a_person(self) -> bool:
        """Return whether nothing moves until a person decides about what is held."""
        states = {row.state for row in self.rows()}
        return "held" in states and not states & (WAITING | {"sending"})

    def check(self) -> None:
        """Hold the database against the promises, and, when nothing is on its way there, against
        the model."""
        rows = self.rows()
        state, planned = self._watch.execute("SELECT state, planned FROM mailing").fetchone()
        states = {row.number: row.state for row in rows}
        assert list(states) == list(READERS)
        assert set(states.values()) <= STATES
        assert planned == len(rows), "planned is not the sum over the states"
        if state == "complete":
            assert set(states.values()) <= {"sent", "refused", "skipped"}, "it is not complete"
        for row in rows:
            taken = len(self.account.readers[row.number].taken)
            assert taken < 2 or row.flagged or row.state == "sending", f"{row} was taken twice"
        if self.process is None or not (self.process.loop.jobs or self.process.loop.has_work):
            self._check_against_the_model(rows)

    def _check_against_the_model(self, rows: list[Row]) -> None:
        now = self.clock.now()
        sending = [row for row in rows if row.state == "sending"]
        if self.process is not None:
            self.account.check_lanes(len(sending), [each.account for each in self.connections])
        else:
            for row in sending:  # the next life finds it in doubt
                assert self.account.readers[row.number].state in {"in_doubt", "held", "skipped"}
        for row in rows:
            if row.state != "sending":
                assert self.account.readers[row.number].message is None, f"{row} is under way"
                self.account.check(row, now)

    def _check_claims(self) -> None:
        moments = [(at, READERS[number]) for at, number in self.faults.claims]
        for domain in sorted({domain for _, domain in moments}):
            own = [n for n, each in enumerate(moments) if each[1] == domain]
            self._check_speed(moments[: own[-1] + 1], slack=timedelta(0))

    def _check_speed(self, moments: list[tuple[datetime, str]], slack: timedelta) -> None:
        delivery = self.setting.delivery
        last = max(at for at, _ in moments)
        domain = moments[-1][1]
        domains = delivery.domains["one.example"].limits if domain == "one.example" else ()
        for limits, counted in (
            (delivery.limits, moments),
            (domains, [each for each in moments if each[1] == domain]),
        ):
            for limit in limits:
                recent = [at for at, _ in counted if at > last - limit.per + slack]
                assert len(recent) <= limit.count, f"{len(recent)} within {limit.per}"

    def check_the_end(self) -> None:
        """Everybody who was neither refused nor said no has the message, or waits for a person."""
        self.check()
        assert self.process is None, "it does not come to an end"
        for row in self.rows():
            reader = self.account.readers[row.number]
            assert row.state in {"sent", "refused", "skipped", "held"}, (
                f"{row} never came to an end"
            )
            if row.state == "sent":
                assert reader.taken or reader.settled, f"{row} has nothing"

    def _sending(self) -> set[int]:
        return {row.number for row in self.rows() if row.state == "sending"}
