"""Domains that ask us to wait: a pause with growing steps, and one try at the end of each. Pure.

Which domain means a reply? Between us and the readers stands a relay, and every reply is the
relay's; only some are an echo of the reader's server. So one 4xx says nothing about a domain, but
several in a row for one domain, with nothing accepted for it in between, do. The rule:

- Heeded are 421, 450, 451, 452 and 454 that defer. One that speaks of greylisting is not: there a
  second try is the cure, and a pause would only be in its way.
- What is plainly the server's own state (4.3.x: full disk, load, shutting down) counts for all
  mail: after `SERVER_STREAK` in a row, whatever the domains, everything waits.
- Otherwise it counts for the domain: one that speaks of rates or reputation pauses it after
  `THROTTLED_STREAK` in a row, any other after `STREAK`.
- A pause that one of its first `SOON` tries ends was not worth it (greylisting without the word):
  the next one needs a streak `PATIENCE` times as long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.delivery.retry import RetryPolicy
from digest.model.limits import EVERYTHING, DomainPause
from digest.model.mailing import Reply, Verdict

CODES = frozenset({421, 450, 451, 452, 454})
STREAK = 5
THROTTLED_STREAK = 2
SERVER_STREAK = 10
SOON = 3
PATIENCE = 4
#: Of so many domains that are not paused a streak is remembered.
MOST_KNOWN = 10_000
#: The waits: half a minute, doubled up to an hour.
STEPS = RetryPolicy(first_wait=timedelta(seconds=30), longest_wait=timedelta(hours=1))

_GREYLISTING = re.compile(r"gr[ae]y-?\s?list", re.IGNORECASE)
_THROTTLED = re.compile(
    r"too many|too (fast|quickly|much)|\brate|throttl|slow down|reputation|complaints"
    r"|unusual|limit|quota|temporarily (blocked|deferred|rejected)|\[(TSS|TS)0",
    re.IGNORECASE,
)

Keep = Callable[[DomainPause], object]


@dataclass(slots=True)
class _Standing:
    """What is known of one domain (or, under "", of the server)."""

    streak: int = 0
    patience: int = 1
    pause: DomainPause | None = None
    trying: bool = False
    """True while the answer to the one try of a step is awaited."""


class DomainPauses:
    """Which domains wait, and until when."""

    def __init__(
        self,
        restored: Iterable[DomainPause] = (),
        *,
        steps: RetryPolicy = STEPS,
        keep: Keep = lambda _pause: None,
        lift: Callable[[str], object] = lambda _domain: None,
    ) -> None:
        """Begin with pauses of before; `keep` and `lift` are told of each change, to store it."""
        self._steps = steps
        self._keep = keep
        self._lift = lift
        self._standings = {pause.domain: _Standing(pause=pause) for pause in restored}
        self.paused = set(self._standings)
        """The domains that are paused. While there is none, nobody need ask."""

    @property
    def wary(self) -> bool:
        """Return whether a yes could change anything: else nobody need tell."""
        return bool(self._standings)

    def lets(self, domain: str, now: datetime) -> bool:
        """Return whether a message to a domain may leave now. Changes nothing."""
        return all(_lets(self._standings.get(scope), now) for scope in (EVERYTHING, domain))

    def begin(self, domain: str, now: datetime) -> None:
        """Note that one leaves: at the end of a step it is the one try."""
        for scope in (EVERYTHING, domain):
            standing = self._standings.get(scope)
            if standing and standing.pause and standing.pause.until_at <= now:
                standing.trying = True

    def give_back(self, domain: str) -> None:
        """Note that the one that was let through brought no answer: another may try."""
        for scope in (EVERYTHING, domain):
            if standing := self._standings.get(scope):
                standing.trying = False

    def until(self, domain: str) -> datetime | None:
        """Return until when a domain waits; None: it does not."""
        pauses = [self._pause(scope) for scope in (EVERYTHING, domain)]
        return max((pause.until_at for pause in pauses if pause), default=None)

    def closed(self, now: datetime) -> list[str]:
        """Return the paused domains that may not be sent to now."""
        return [
            scope
            for scope in self.paused
            if scope != EVERYTHING and not _lets(self._standings[scope], now)
        ]

    def pauses(self) -> list[DomainPause]:
        """Return all pauses, for a person."""
        return [pause for scope in sorted(self.paused) if (pause := self._pause(scope))]

    def taken(self, domain: str) -> None:
        """Heed that a message to a domain was accepted; was it the try, the pause is over."""
        for scope in (EVERYTHING, domain):
            standing = self._standings.get(scope)
            if standing is None:
                continue
            standing.streak = 0
            if standing.pause and standing.trying:
                if standing.pause.steps <= SOON:
                    standing.patience *= PATIENCE
                standing.pause, standing.trying = None, False
                self.paused.discard(scope)
                self._lift(scope)
            if standing.pause is None and standing.patience == 1:
                del self._standings[scope]

    def learn(self, domain: str, reply: Reply, now: datetime) -> None:
        """Heed a reply that was not a yes; it may pause the domain, or make its pause longer."""
        deferred = reply.verdict is Verdict.DEFERRED and reply.code in CODES
        scope = EVERYTHING if is_about_the_server(reply) else domain
        tried = bool((known := self._standings.get(scope)) and known.trying)
        self.give_back(domain)
        if not deferred or (known is None and _GREYLISTING.search(reply.text)):
            return
        standing = self._standings.setdefault(scope, _Standing())
        if standing.pause:
            # Others were under way when it began: only the try of this step makes it longer.
            if tried:
                self._wait(scope, standing, standing.pause.steps + 1, reply, now)
        elif not _GREYLISTING.search(reply.text):
            standing.streak += 1
            if standing.streak >= _needed(scope, reply) * standing.patience:
                self._wait(scope, standing, 1, reply, now)
        self._forget_some()

    def _wait(
        self, scope: str, standing: _Standing, steps: int, reply: Reply, now: datetime
    ) -> None:
        standing.streak = 0
        standing.pause = DomainPause(
            domain=scope,
            until_at=now + self._steps.wait(steps),
            steps=steps,
            reason=f"{reply.code} {reply.text}",
        )
        self.paused.add(scope)
        self._keep(standing.pause)

    def _pause(self, scope: str) -> DomainPause | None:
        standing = self._standings.get(scope)
        return standing.pause if standing else None

    def _forget_some(self) -> None:
        """Keep the memory flat in a storm over many domains: the oldest short streak goes."""
        if len(self._standings) > MOST_KNOWN + len(self.paused):
            oldest = next(scope for scope, each in self._standings.items() if each.pause is None)
            del self._standings[oldest]


def is_about_the_server(reply: Reply) -> bool:
    """Return whether a deferral is plainly the state of the server that we speak to."""
    return reply.enhanced.startswith("4.3.")


def _needed(scope: str, reply: Reply) -> int:
    if scope == EVERYTHING:
        return SERVER_STREAK
    return THROTTLED_STREAK if _THROTTLED.search(reply.text) else STREAK


def _lets(standing: _Standing | None, now: datetime) -> bool:
    if standing is None or standing.pause is None:
        return True
    return not standing.trying and standing.pause.until_at <= now
