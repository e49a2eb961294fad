"""One life of the sending process: the real pump, lanes, dialogue and store, until it ends or dies.

What must stay true: once it is killed nothing of it reaches the database or a server any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from digest.delivery.commands import Offers
from digest.delivery.config import SmtpConfig
from digest.delivery.lane import SmtpLane
from digest.errors import DeliveryError, TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import Exchange, OutboxEntry, Result
from digest.store.ledger import Ledger
from digest.workflow.deliver import Delivered, DeliverMailing
from tests.engine.line import Line
from tests.engine.loop import SteppedLoop, Timepiece

CONFIG = SmtpConfig(host="smtp.example", security="none", timeout=timedelta(seconds=30))


class PlainComposer:
    """Messages that say by their MAIL whose they are, and by their content of which edition."""

    signs = False

    def compose(self, entry: OutboxEntry) -> Envelope:
        text = f"Subject: {entry.id}\r\n\r\nedition {entry.edition_id}\r\n"
        return Envelope(
            sender=f"n{entry.id}@news.example",
            recipient=entry.recipient,
            content=text.encode(),
            wire_ready=True,
        )

    def personal(self, entry: OutboxEntry) -> Any:
        raise NotImplementedError


@dataclass
class Store:
    """What happens to the commits of a process, and what of them is known to the checker."""

    fail: bool = False
    """The next commit does not come about."""
    lose_answer: bool = False
    """The next commit comes about, and the process hears that it did not."""
    fired: bool = False
    claims: list[tuple[datetime, int]] = field(default_factory=list)
    """When which entry was claimed, but for those that were given back."""
    claimed: Callable[[], None] = lambda: None

    def note(self, exchange: Exchange, returned: Sequence[int], at: datetime) -> None:
        for number in returned:
            last = max((each for each in self.claims if each[1] == number), default=None)
            if last is not None:
                self.claims.remove(last)
        if exchange.claimed:
            self.claims += [(at, number) for number in sorted(exchange.claimed)]
            self.claimed()


class ProcessLedger(Ledger):
    """The ledger of one process: it notes claims, fails as it is told, and can be cut off."""

    store: Store
    dead = False

    def exchange(
        self,
        mailing_id: int,
        *,
        results: Sequence[Result],
        claims: Sequence[int],
        returned: Sequence[int] = (),
        handed: Mapping[str, int] = MappingProxyType({}),
        at: datetime,
    ) -> Exchange:
        assert not self.dead
        store = self.store
        if store.fail:
            store.fail, store.fired = False, True
            raise TryAgainLater("digest.db", "the database is locked", "Wait.")
        exchange = super().exchange(
            mailing_id, results=results, claims=claims, returned=returned, handed=handed, at=at
        )
        store.note(exchange, returned, at)
        if store.lose_answer:
            store.lose_answer, store.fired = False, True
            raise TryAgainLater("digest.db", "the server went away", "Wait.")
        return exchange


@dataclass
class Gate:
    """How the server greets whoever connects."""

    greeting: str = "well"
    """well, away, or login: it refuses our password."""
    offers: Offers = field(default_factory=Offers)
    config: SmtpConfig = CONFIG


class MemoryLanes:
    """Opens lanes to the server of the test (the port `Lanes`)."""

    def __init__(self, gate: Gate, connect: Callable[[], Line]) -> None:
        self._gate = gate
        self._connect = connect
        self.lanes: set[SmtpLane] = set()

    async def open(self, events: Any) -> SmtpLane:
        await asyncio.sleep(0)
        if self._gate.greeting == "away":
            raise TryAgainLater("smtp.example", "the server is away", "Run again later.")
        if self._gate.greeting == "login":
            raise DeliveryError("smtp.example", "the login was refused: 535", "Look at it.")
        lane = SmtpLane(
            self._connect(),
            self._gate.offers,
            self._gate.config,
            events,
            gone=self.lanes.discard,
        )
        self.lanes.add(lane)
        return lane

    async def close(self) -> None:
        for lane in list(self.lanes):
            lane.close()
        await asyncio.sleep(6 if self.lanes else 0)
        for lane in list(self.lanes):
            lane.abort()


class Process:
    """A process that sends one mailing."""

    def __init__(
        self,
        clock: Timepiece,
        ledger: ProcessLedger,
        make: Callable[[Process], DeliverMailing],
        mailing_id: int,
        wait: timedelta,
    ) -> None:
        self.loop = SteppedLoop(clock)
        self.ledger = ledger
        self.lines: list[Line] = []
        self.stop = asyncio.Event()
        self._right = ExitStack()
        self._right.enter_context(ledger.sender_lock())
        self._case = make(self)
        mailing = ledger.mailing(mailing_id)
        self._task = self.loop.create_task(self._case.run(mailing, wait=wait))

    @property
    def ended(self) -> bool:
        return self._task.done()

    def result(self) -> Delivered:
        """Return how it ended, or raise what it raised."""
        return self._task.result()

    def bury(self) -> None:
        """Let go of what is left of it, after it ended or was killed."""
        self._right.close()
        self.loop.close()

    def kill(self) -> None:
        """Die: nothing of it reaches anything any more."""
        self.ledger.dead = True
        self.loop.jobs.clear()
        for line in self.lines:
            line.up = False
        for _ in range(50):
            if self._task.done():
                break
            self._task.cancel()
            self.loop.settle(jobs=False)
            self.loop.jobs.clear()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.settle(jobs=False)
        assert self._task.done()
        if not self._task.cancelled():
            self._task.exception()
        self.bury()
