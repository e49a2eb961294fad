"""Stand-ins for the parts that reach outside: the clock and the SMTP server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from digest.errors import DigestError
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict

ACCEPTED = Reply(verdict=Verdict.ACCEPTED, code=250, text="ok")
DEFERRED = Reply(verdict=Verdict.DEFERRED, code=451, text="come again")
REFUSED = Reply(verdict=Verdict.REFUSED, code=550, text="no such user", enhanced="5.1.1")
BLOCKED = Reply(verdict=Verdict.BLOCKED, code=554, text="policy", enhanced="5.7.1")
IN_DOUBT = Reply(verdict=Verdict.IN_DOUBT, code=0, text="the line was lost after the last byte")
LOST = Reply(verdict=Verdict.DEFERRED, code=0, text="the line was lost")


class FakeClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime = datetime(2023, 3, 31, 12, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, span: timedelta) -> None:
        self.at += span

    async def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))


class ScriptedTransport:
    """Answers as told, by recipient and attempt, and keeps what it took."""

    def __init__(self) -> None:
        self.script: dict[str, list[Reply]] = {}
        self.opening: list[DigestError | None] = []
        self.taken: list[Envelope] = []
        self.tried: list[str] = []
        self.opened = 0
        self.before: Callable[[Envelope], None] = lambda _envelope: None

    def answer(self, recipient: str, *replies: Reply) -> None:
        self.script[recipient] = list(replies)

    def refuse_to_open(self, *errors: DigestError | None) -> None:
        self.opening = list(errors)

    async def open(self) -> None:
        self.opened += 1
        error = self.opening.pop(0) if self.opening else None
        if error:
            raise error

    async def deliver(self, envelope: Envelope) -> Reply:
        self.before(envelope)
        self.tried.append(envelope.recipient)
        replies = self.script.get(envelope.recipient, [])
        reply = replies.pop(0) if replies else ACCEPTED
        if reply.verdict in {Verdict.ACCEPTED, Verdict.IN_DOUBT}:
            self.taken.append(envelope)
        return reply

    async def close(self) -> None:
        pass

    @property
    def recipients(self) -> Sequence[str]:
        return [envelope.recipient for envelope in self.taken]
