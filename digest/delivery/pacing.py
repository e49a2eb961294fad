"""How fast mail may leave: for all, for each recipient domain, for one newsletter. Pure.

Serves the port `Pace`. A permit is counted in memory when it is given, and stored by the second
with the commit that claims the entry (`handed`); after a restart the windows are filled from there.
Nothing here sleeps: whoever is refused asks `next_at`, and stays free to hear a pause or a stop.
Where nothing is limited a permit costs next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.delivery.domain_pauses import DomainPauses
from digest.delivery.windows import Scope, microseconds, moment_of
from digest.model.limits import EVERYTHING, Handed, Limit, WarmUp, newsletter_scope
from digest.model.mailing import Reply


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainRules:
    """What holds for mail to one recipient domain."""

    limits: tuple[Limit, ...] = ()
    connections: int = 0
    """How many messages to it may be under way at once; 0: as many as there are lanes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PaceRules:
    """What an operator wrote about the speed of mail."""

    limits: tuple[Limit, ...] = ()
    warm_up: WarmUp | None = None
    domains: Mapping[str, DomainRules] = field(default_factory=dict)
    """By domain, in ASCII, lower case."""
    newsletter: str = ""
    """Whose mail it is; its own limits hold besides those of the site."""
    newsletter_limits: tuple[Limit, ...] = ()

    @property
    def horizon(self) -> timedelta:
        """Return how far back the windows look: what is older need not be known."""
        limits = [*self.limits, *self.newsletter_limits]
        for rules in self.domains.values():
            limits += rules.limits
        spans = [limit.per for limit in limits]
        return max([*spans, timedelta(days=1) if self.warm_up else timedelta(0)])


class Pacing:
    """Permits, by rolling windows and by domains that asked us to wait."""

    def __init__(
        self,
        rules: PaceRules,
        *,
        pauses: DomainPauses | None = None,
        restored: Iterable[Handed] = (),
        now: datetime | None = None,
    ) -> None:
        """Begin with what the database counted before `now` (needed with `restored`)."""
        self._pauses = pauses or DomainPauses()
        self._paused = self._pauses.paused
        self._everybody = _scopes(rules)
        self._domains = {
            domain: Scope(domain, each.limits)
            for domain, each in rules.domains.items()
            if each.limits
        }
        self._connections = {
            domain: each.connections for domain, each in rules.domains.items() if each.connections
        }
        self._under_way: Counter[str] = Counter()
        self._scopes: list[Scope] = [*self._everybody, *self._domains.values()]
        self._limited = bool(self._scopes)
        self._free = not (self._limited or self._connections)
        self._now = 0
        rows = list(restored)
        if rows and now is not None:
            self._now = microseconds(now)
            for scope in self._scopes:
                scope.restore(rows, self._now)

    # --- asked before each message --------------------------------------------------------------

    def permit(self, domain: str, now: datetime) -> bool:
        """Return whether a message to this domain may leave now; if so, it is counted."""
        if self._free and not self._paused:
            return True
        pauses = self._pauses
        if self._paused and not pauses.lets(domain, now):
            return False
        if not self._has_lane(domain):
            return False
        if self._limited:
            at = self._at(now)
            passed = self._passed_by(domain)
            if not all(scope.is_open(at) for scope in passed):
                return False
            for scope in passed:
                scope.add(at)
        if self._paused:
            pauses.begin(domain, now)
        if domain in self._connections:
            self._under_way[domain] += 1
        return True

    def give_back(self, domain: str, permitted_at: datetime) -> None:
        """Take back a permit: its message did not leave after all."""
        self._end(domain)
        if self._paused:
            self._pauses.give_back(domain)
        if self._limited:
            at = microseconds(permitted_at)
            for scope in self._passed_by(domain):
                scope.take_back(at, self._now)

    def next_at(self, domain: str, now: datetime) -> datetime | None:
        """Return when the next message to this domain may leave; None: now, or not to be said."""
        until_at = self._pauses.until(domain)
        due = until_at if until_at and until_at > now else None
        if self._limited:
            at = self._at(now)
            opens = max((scope.opens_at(at) for scope in self._passed_by(domain)), default=at)
            if opens > at:
                due = max(due or now, moment_of(opens))
        return due

    def closed(self, now: datetime) -> frozenset[str]:
        """Return the domains that may not be sent to now, others may."""
        closed = set(self._pauses.closed(now)) if self._paused else set()
        if self._domains:
            at = self._at(now)
            closed.update(name for name, scope in self._domains.items() if not scope.is_open(at))
        closed.update(name for name in self._connections if not self._has_lane(name))
        return frozenset(closed)

    def opens_at(self, now: datetime) -> datetime | None:
        """Return when the first closed domain opens again; None: none is closed, or when an answer
        that is awaited comes."""
        opening = [
            due for domain in self.closed(now) if (due := self.next_at(domain, now)) is not None
        ]
        return min(opening, default=None)

    def handed(self) -> dict[str, int]:
        """Return scope -> permits since the last call, to be kept with the next commit."""
        counts = {}
        for scope in self._scopes:
            if scope.pending:
                counts[scope.name] = scope.pending
                scope.pending = 0
        return counts

    # --- told after each message ----------------------------------------------------------------

    def taken(self, domain: str) -> None:
        """Heed that a message to a domain was accepted."""
        if self._connections:
            self._end(domain)
        if self._pauses.wary:
            self._pauses.taken(domain)

    def learn(self, domain: str, reply: Reply, now: datetime) -> None:
        """Heed a reply that was not a yes."""
        self._end(domain)
        self._pauses.learn(domain, reply, now)

    # --- for a person ---------------------------------------------------------------------------

    def room(self, now: datetime) -> int | None:
        """Return how many messages may leave at once, by what holds for all; None: any number."""
        at = self._at(now)
        return min((scope.room(at) for scope in self._everybody), default=None)

    def _passed_by(self, domain: str) -> Sequence[Scope]:
        own = self._domains.get(domain)
        return self._everybody if own is None else [*self._everybody, own]

    def _has_lane(self, domain: str) -> bool:
        most = self._connections.get(domain)
        return most is None or self._under_way[domain] < most

    def _end(self, domain: str) -> None:
        if self._under_way.get(domain, 0) > 0:
            self._under_way[domain] -= 1

    def _at(self, now: datetime) -> int:
        """Return the time to count by. A clock that is set back takes what was counted along."""
        at = microseconds(now)
        if at < self._now:
            for scope in self._scopes:
                scope.shift(at - self._now)
        self._now = at
        return at


def _scopes(rules: PaceRules) -> list[Scope]:
    """Return what every message of these rules has to pass."""
    scopes = []
    if rules.limits or rules.warm_up:
        scopes.append(Scope(EVERYTHING, rules.limits, rules.warm_up))
    if rules.newsletter_limits:
        scopes.append(Scope(newsletter_scope(rules.newsletter), rules.newsletter_limits))
    return scopes
