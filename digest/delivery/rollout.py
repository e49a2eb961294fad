"""A staged rollout: a few first, and the rest only if these were not refused. Pure.

The stages of a mailing: the seeds (`workflow/rollout.py`), its first readers (`first` of them,
maybe none), a wait, the rest. A pace that knows them stands before the one that knows the limits,
so that the pump need not know of either. What must stay true: beyond the first nobody is let
through before the wait is over and their answers were judged, over any number of restarts; `state`
says all that has to be known for that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from digest.delivery.pacing import Pacing
from digest.model.mailing import EntryState, Reply, Tally, Verdict

#: These were handed over at least once.
_TRIED = (
    EntryState.SENDING,
    EntryState.SENT,
    EntryState.DEFERRED,
    EntryState.IN_DOUBT,
    EntryState.REFUSED,
    EntryState.HELD,
)


#: Whoever is stopped looks again so soon, and hears by then that the mailing is paused.
_SOON = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutPolicy:
    """How many come first, how long the others wait, and what stops them."""

    share: float
    wait: timedelta
    stop_above: float

    def first_of(self, planned: int) -> int:
        """Return how many readers come first; with a share, at least one."""
        return min(planned, ceil(self.share * planned))

    def objection(self, sent: int, refused: int) -> str:
        """Return why the rest must not follow, or ""."""
        tried = sent + refused
        if not tried or refused / tried <= self.stop_above:
            return ""
        return (
            f"{refused} of the first {tried} readers were refused, "
            f"more than {self.stop_above:.0%} ([delivery.rollout] stop_above)"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutState:
    """How far a mailing's rollout is."""

    first: int
    until_at: datetime | None = None
    """When the rest may follow; None while the first are not all answered."""
    over: bool = False
    seeded: bool = False
    """The seeds have had it."""

    @classmethod
    def of(cls, text: str) -> RolloutState | None:
        """Read what `text()` wrote; "" is a mailing without a rollout."""
        if not text:
            return None
        said = json.loads(text)
        until = said.get("until_at")
        return cls(
            first=said["first"],
            until_at=datetime.fromisoformat(until) if until else None,
            over=said["over"],
            seeded=said["seeded"],
        )

    def text(self) -> str:
        """Return it as JSON."""
        until = self.until_at.isoformat() if self.until_at else None
        said = {"first": self.first, "until_at": until, "over": self.over, "seeded": self.seeded}
        return json.dumps(said)


class StagedPace:
    """Lets the first through, and the rest when their time has come. Serves the port `Pace`."""

    def __init__(
        self,
        pace: Pacing,
        *,
        policy: RolloutPolicy,
        state: RolloutState,
        tally: Tally,
        keep: Callable[[RolloutState], object],
        stop: Callable[[str], object],
    ) -> None:
        """`keep` stores the state; `stop` pauses the mailing, saying why."""
        self._pace = pace
        self._policy = policy
        self._state = state
        self._keep = keep
        self._stop = stop
        self._sent, self._refused = tally[EntryState.SENT], tally[EntryState.REFUSED]
        self._left = max(0, state.first - sum(tally[each] for each in _TRIED))
        self._under_way = 0
        self._seen_at = datetime.min.replace(tzinfo=UTC)
        self._stopped = False
        # A process that died between the last answer and the judgement left this to us.
        self._unjudged = self._left == 0 and not (state.over or state.until_at)

    def permit(self, domain: str, now: datetime) -> bool:
        """Return whether a message to this domain may leave now; if so, it is counted."""
        self._seen_at = now
        if self._state.over and not self._stopped:
            return self._pace.permit(domain, now)
        if not self._is_open(now) or not self._pace.permit(domain, now):
            return False
        self._left -= 1
        self._under_way += 1
        return True

    def give_back(self, domain: str, permitted_at: datetime) -> None:
        """Take back a permit: its message did not leave after all."""
        self._pace.give_back(domain, permitted_at)
        if not self._state.over:
            self._left += 1
            self._under_way -= 1

    def taken(self, domain: str) -> None:
        """Heed that a message to a domain was accepted."""
        self._pace.taken(domain)
        self._sent += 1
        self._answered(self._seen_at)

    def learn(self, domain: str, reply: Reply, now: datetime) -> None:
        """Heed a reply that was not a yes."""
        self._pace.learn(domain, reply, now)
        self._refused += reply.verdict is Verdict.REFUSED
        self._answered(now)

    def next_at(self, domain: str, now: datetime) -> datetime | None:
        """Return when the next message to this domain may leave; None: now, or not to be said."""
        if self._stopped:
            return now + _SOON
        due = self._pace.next_at(domain, now)
        until = None if self._state.over else self._state.until_at
        moments = [at for at in (due, until) if at is not None and at > now]
        return max(moments, default=None)

    def opens_at(self, now: datetime) -> datetime | None:
        """Return when what is closed opens: a domain, or the way for the rest."""
        until = None if self._state.over else self._state.until_at
        moments = [self._pace.opens_at(now), until if until and until > now else None]
        return min((at for at in moments if at is not None), default=None)

    def closed(self, now: datetime) -> frozenset[str]:
        """Return the domains that may not be sent to now, others may."""
        return self._pace.closed(now)

    def handed(self) -> dict[str, int]:
        """Return scope -> permits since the last call, to be kept with the next commit."""
        return self._pace.handed()

    def _is_open(self, now: datetime) -> bool:
        """Return whether one more may be let through, having looked whether a stage is over."""
        state = self._state
        if self._stopped:
            return False
        if self._unjudged:
            self._unjudged = False
            self._judge(now)
            return False
        if state.until_at is None:
            return self._left > 0
        if now < state.until_at:
            return False
        return self._let_the_rest_follow()

    def _let_the_rest_follow(self) -> bool:
        if why := self._policy.objection(self._sent, self._refused):
            self._object(why)
            return False
        self._move(replace(self._state, over=True))
        return True

    def _answered(self, now: datetime) -> None:
        if self._state.over or self._under_way == 0:
            return
        self._under_way -= 1
        if self._under_way == 0 and self._left <= 0 and self._state.until_at is None:
            self._judge(now)

    def _judge(self, now: datetime) -> None:
        """All of the first are answered: stop, or let the others wait."""
        if why := self._policy.objection(self._sent, self._refused):
            self._object(why)
        else:
            self._move(replace(self._state, until_at=now + self._policy.wait))

    def _object(self, why: str) -> None:
        self._stopped = True
        # The pause first: a process that dies in between must not leave the way open.
        self._stop(why)
        # Over, so that whoever resumes it all the same is not stopped again for the same reason.
        self._move(replace(self._state, over=True))

    def _move(self, state: RolloutState) -> None:
        self._state = state
        self._keep(state)
