"""The model: what must have become of every reader, kept by hand from what was seen on the wire.

It knows nothing of the engine: it sees what the client writes, what the server answers, and what
people do, and says in which states an entry may be. What the database says is held against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.engine.replies import BACK, BLOCKED, DEAD, DEFERRED, DOUBT, LOST, OK, REFUSED

WAITING = frozenset({"queued", "deferred", "in_doubt"})
STATES = WAITING | {"sending", "sent", "refused", "skipped", "held"}
#: PRODUCT.md, promise 5, and how far a lane's clock ticks.
GRACE = 1.0


@dataclass
class Message:
    """One try of a reader's message, on one line."""

    reader: Reader
    first: bool
    """The first message of its line."""
    accepted: bool = False
    """Whether the server has said yes to something of it."""
    ended: bool = False
    """Whether its end was written: from then on the server may have it."""
    fate: str | None = None


@dataclass
class Reader:
    """One reader, and where the entry must be."""

    number: int
    domain: str
    state: str = "queued"
    doubts: int = 0
    sure_doubts: int = 0
    """How many of them were on disk when the try under way began."""
    may_be_flagged: bool = False
    """Whether the server may have taken it before, or a person sent it once more."""
    taken: list[bytes] = field(default_factory=list)
    """What the server has really taken."""
    revision: int = 1
    """Which revision of the issue has to reach this reader."""
    no_at: float | None = None
    """When this reader's no was committed."""
    message: Message | None = None
    """What is under way, as far as the wire shows."""
    dead: bool = False
    """Whether the server has said that there is nobody: it must be suppressed once that is told."""
    told: bool = True
    """Whether what became of the last try must be on disk by now."""
    settled: bool = False
    """Whether a person decided what became of it."""
    first_tried: datetime | None = None
    tries: int = 0
    resent: int = 0
    """How often a person had it sent once more although it was sent."""


class Row(NamedTuple):
    """What the database says of an entry."""

    number: int
    state: str
    flagged: bool
    doubts: int
    not_before: datetime


@dataclass
class LineAccount:
    """What one connection has carried."""

    messages: list[Message] = field(default_factory=list)
    up: bool = True
    over: bool = False
    """Whether all that it had is known to be on disk."""

    @property
    def current(self) -> Message | None:
        return self.messages[-1] if self.messages else None


class Account:
    """All readers of a mailing."""

    def __init__(self, domains: dict[int, str], *, resend: bool, give_up_after: timedelta) -> None:
        self.readers = {number: Reader(number, domain) for number, domain in domains.items()}
        self.resend = resend
        self.give_up_after = give_up_after
        self.blocked = False
        """Whether the server has refused our mail in this life of the process."""
        self.kills = 0
        self.doubts = 0
        self.cancelled = False

    # --- the wire -------------------------------------------------------------------------------

    def begin(self, line: LineAccount, number: int, now: datetime) -> Message:
        """A client has written MAIL."""
        reader = self.readers[number]
        assert reader.message is None, f"{number} is on two lines at once"
        assert reader.state in WAITING, f"{number} was {reader.state}, and is sent"
        message = Message(reader, first=not line.messages)
        line.messages.append(message)
        reader.message = message
        reader.told = False
        reader.sure_doubts = reader.doubts
        reader.first_tried = reader.first_tried or now
        reader.tries += 1
        return message

    def answered(self, message: Message | None, stage: str, meaning: str) -> None:
        """The client has heard an answer about a message."""
        if message is None or message.fate is not None:
            return
        if stage == "DOT":
            if message.ended:
                self.decide(message, {OK: "sent", LOST: DOUBT}.get(meaning, meaning))
        elif meaning == OK:
            message.accepted = True
        elif meaning != LOST:
            self.decide(message, meaning)

    def line_gone(self, line: LineAccount) -> None:
        """A line is gone: what no answer has decided is decided by how far it was."""
        line.up = False
        for message in line.messages:
            if message.fate is None:
                if message.ended:
                    self.decide(message, DOUBT)
                elif message.first or message.accepted:
                    self.decide(message, DEFERRED)
                else:
                    self.decide(message, BACK)

    def decide(self, message: Message, fate: str) -> None:
        """Note what became of a try."""
        message.fate = fate
        reader = message.reader
        reader.message = None
        if fate == DOUBT:
            self.doubt(reader)
        elif fate == BACK:
            reader.state = "in_doubt" if reader.state == "in_doubt" else "queued"
        elif fate == BLOCKED:
            reader.state, self.blocked = "queued", True
        elif fate == DEAD:
            reader.state, reader.dead = "refused", True
        else:
            assert fate in {"sent", DEFERRED, REFUSED}, fate
            reader.state = fate

    def doubt(self, reader: Reader) -> None:
        """The server may have taken a message and nobody knows."""
        reader.doubts += 1
        reader.may_be_flagged = True
        self.doubts += 1
        reader.state = "in_doubt" if self.resend and reader.doubts < 2 else "held"

    # --- a kill ---------------------------------------------------------------------------------

    def check_lanes(self, sending: int, lines: list[LineAccount]) -> None:
        """No more is `sending` than two entries a lane, those just lost among them."""
        up = sum(line.up for line in lines)
        if sending <= 2 * up:
            for line in lines:
                line.over = not line.up
        open_lanes = up + sum(not (line.up or line.over) for line in lines)
        assert sending <= 2 * open_lanes, "more is claimed than two a lane"

    def killed(
        self, sending: set[int], lines: list[LineAccount], claimed: dict[int, datetime]
    ) -> None:
        """The process died: what the database has in `sending` is in doubt from now on.

        `claimed`: when each was claimed last; for a try that never began that is when it was made.
        """
        self.kills += 1
        carrying = [line for line in lines if line.messages and self._open(line, sending)]
        for line in carrying:
            open_here = self._open(line, sending)
            ended = [message for message in open_here if message.ended]
            assert len(open_here) <= 2, "more than two entries of one lane are open"
            assert len(ended) <= 1, "a lane has two messages that may have been taken twice"
        self.check_lanes(len(sending), lines)
        for reader in self.readers.values():
            reader.message = None
            if reader.number in sending:
                if reader.first_tried is None:
                    reader.first_tried, reader.tries = claimed.get(reader.number), 1
                if not reader.told:
                    reader.doubts, reader.dead = reader.sure_doubts, False
                self.doubt(reader)
                reader.told = True  # as far as it can be: the next life looks at it first
                if self.cancelled:
                    reader.state = "skipped"

    def _open(self, line: LineAccount, sending: set[int]) -> list[Message]:
        last = {message.reader.number: message for message in line.messages}
        return [
            message
            for number, message in last.items()
            if number in sending and not message.reader.told
        ]

    # --- what people do -------------------------------------------------------------------------

    def cancel(self, under_way: set[int]) -> None:
        """A person cancelled the mailing: what is not on its way will not leave any more."""
        self.cancelled = True
        for reader in self.readers.values():
            if reader.number not in under_way and reader.state in WAITING | {"held"}:
                reader.state = "skipped"

    def correct(self, revision: int) -> None:
        """A new revision goes to all who cannot have had anything; the others keep theirs."""
        for reader in self.readers.values():
            had_nothing = not (reader.doubts or reader.may_be_flagged)
            if had_nothing and reader.state in {"queued", "deferred", "refused", "skipped"}:
                reader.revision = revision

    def once_more(self, reader: Reader) -> None:
        """A person has an entry sent once more; its waits begin anew."""
        if reader.state in {"held", "sent"}:
            reader.may_be_flagged = True
        reader.resent += reader.state == "sent"
        reader.state, reader.first_tried, reader.tries = "queued", None, 0

    # --- what the database says -----------------------------------------------------------------

    def check(self, row: Row, now: datetime) -> None:
        """Hold what the database says of a reader against what must be, when all is on disk."""
        reader = self.readers[row.number]
        if row.state != reader.state and not self._may_be(reader, row, now):
            raise AssertionError(
                f"reader {row.number} is {row.state}, and must be {reader.state}"
                f" ({reader.doubts} doubts, {reader.tries} tries)"
            )
        assert not row.flagged or reader.may_be_flagged, f"{row.number} is flagged for nothing"
        assert row.doubts == reader.doubts, f"{row}: it was in doubt {reader.doubts} times"
        reader.state = row.state
        reader.told = True
        if reader.dead:
            reader.no_at = float("-inf") if reader.no_at is None else reader.no_at

    def _may_be(self, reader: Reader, row: Row, now: datetime) -> bool:
        if reader.state not in WAITING:
            return False
        if row.state == "skipped":
            return self.cancelled or reader.no_at is not None
        if reader.state != "deferred":
            return False
        if row.state == "refused":
            return self._may_give_up(reader, now)
        # Claimed when it was due, and given back before it began.
        return row.state == "queued" and row.not_before <= now

    def _may_give_up(self, reader: Reader, now: datetime) -> bool:
        assert reader.first_tried is not None
        longest_wait = timedelta(minutes=2 ** max(0, reader.tries - 1))
        return now + longest_wait - reader.first_tried > self.give_up_after
