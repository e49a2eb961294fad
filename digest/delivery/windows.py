"""Rolling windows: at most so many in any span of a given length. Pure: time is an argument.

What must stay true: of any half-open span as long as the window, however it is laid, no more than
`count` permits lie in it, also after `restore`. Times are whole microseconds, so that sums are
exact. Permits close together share a bucket that expires with the last of them: late by at most a
4096th of the window, never early.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from digest.model.limits import Handed, Limit, WarmUp

#: Into how many parts a window is divided: so many buckets it holds at most.
PARTS = 4096
SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LIMIT = 1 << 62


def microseconds(moment: datetime) -> int:
    """Return a moment as microseconds since 1970, exactly."""
    since = moment - _EPOCH
    return (since.days * 86400 + since.seconds) * SECOND + since.microseconds


def moment_of(at: int) -> datetime:
    """Return the moment that lies so many microseconds after the beginning of 1970."""
    return _EPOCH + timedelta(microseconds=at)


class Window:
    """At most `count` in any `span`."""

    __slots__ = ("_buckets", "_part", "count", "span", "used")

    def __init__(self, count: int, span: int) -> None:
        """Begin empty; `span` in microseconds."""
        self.count = count
        self.span = span
        self.used = 0
        self._part = span // PARTS
        # Each: when its first permit was given, when its last, how many.
        self._buckets: deque[list[int]] = deque()

    def room(self, now: int) -> int:
        """Return how many more may be let through now."""
        buckets = self._buckets
        while buckets and buckets[0][1] + self.span <= now:
            self.used -= buckets.popleft()[2]
        return self.count - self.used

    def add(self, at: int, count: int = 1) -> None:
        """Count permits."""
        self.used += count
        if self._buckets:
            last = self._buckets[-1]
            # What was restored may lie a little ahead: order is kept by counting later, not before.
            at = max(at, last[1])
            if at - last[0] <= self._part:
                last[1] = at
                last[2] += count
                return
        self._buckets.append([at, at, count])

    def take_back(self, at: int, now: int) -> None:
        """Forget a permit that was given at `at`, unless it has expired, or may have.

        Which one is forgotten does not change the sum; the oldest is, so that what is still
        counted expires later rather than earlier.
        """
        if not (now - self.span < at <= now and self._buckets):
            return
        oldest = self._buckets[0]
        oldest[2] -= 1
        self.used -= 1
        if not oldest[2]:
            self._buckets.popleft()

    def opens_at(self, now: int) -> int:
        """Return when there is room: now, or later."""
        missing = 1 - self.room(now)
        if missing <= 0:
            return now
        for _, last, count in self._buckets:
            missing -= count
            if missing <= 0:
                return last + self.span
        return now  # not reached: a window without permits has room

    def shift(self, by: int) -> None:
        """Move what was counted: the clock was set."""
        for bucket in self._buckets:
            bucket[0] += by
            bucket[1] += by


class Ramp(Window):
    """A window of 24 hours whose count grows from day to day."""

    __slots__ = ("_warm_up",)

    def __init__(self, warm_up: WarmUp) -> None:
        """Begin empty."""
        super().__init__(min(warm_up.allowances), 86400 * SECOND)
        self._warm_up = warm_up

    def room(self, now: int) -> int:
        """Return how many more may be let through now, by today's allowance."""
        allowed = self._warm_up.on(moment_of(now))
        self.count = _NO_LIMIT if allowed is None else allowed
        return super().room(now)

    def opens_at(self, now: int) -> int:
        """Return when there is room: when old permits expire, or another day begins."""
        opens = super().opens_at(now)
        tomorrow = microseconds(self._warm_up.next_day(moment_of(now)))
        return min(opens, tomorrow)


class Scope:
    """All the windows that one kind of mail has to pass: all mail, a domain's, a newsletter's."""

    __slots__ = ("limits", "name", "pending", "windows")

    def __init__(self, name: str, limits: Sequence[Limit], warm_up: WarmUp | None = None) -> None:
        """Make the windows; one a second is also kept in tenths, so that mail leaves evenly."""
        self.name = name
        self.limits = tuple(limits)
        self.windows = [Window(limit.count, _span(limit)) for limit in limits]
        self.windows += [
            Window(-(-limit.count // 10), SECOND // 10)
            for limit in limits
            if _span(limit) == SECOND
        ]
        if warm_up:
            self.windows.append(Ramp(warm_up))
        self.pending = 0
        """Permits that no commit holds yet."""

    @property
    def longest(self) -> int:
        """Return how far back its windows look, in microseconds."""
        return max((window.span for window in self.windows), default=0)

    def room(self, now: int) -> int:
        """Return how many more may be let through now."""
        return min(window.room(now) for window in self.windows)

    def is_open(self, now: int) -> bool:
        """Return whether one more may be let through now."""
        return all(window.room(now) > 0 for window in self.windows)

    def add(self, at: int) -> None:
        """Count a permit."""
        self.pending += 1
        for window in self.windows:
            window.add(at)

    def take_back(self, at: int, now: int) -> None:
        """Forget a permit. One that a commit holds stays counted there: too many is safe."""
        for window in self.windows:
            window.take_back(at, now)

    def opens_at(self, now: int) -> int:
        """Return when all its windows have room."""
        return max(window.opens_at(now) for window in self.windows)

    def shift(self, by: int) -> None:
        """Move what was counted: the clock was set."""
        for window in self.windows:
            window.shift(by)

    def restore(self, rows: Iterable[Handed], now: int) -> None:
        """Count what the database knows, each second's permits as if given at its very end.

        A row from the future was written before the clock was set back: it counts from now on.
        """
        for row in sorted(rows, key=lambda row: row.at):
            if row.scope == self.name:
                at = min(microseconds(row.at), now) + SECOND - 1
                for window in self.windows:
                    window.add(at, row.count)


def _span(limit: Limit) -> int:
    return limit.per // timedelta(microseconds=1)
