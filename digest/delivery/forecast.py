"""When a mailing would end under its limits, if nothing else held it up. Pure.

An estimate: what a window lets through at once is counted in a few parts over the time that it
takes, so it errs a little on the late side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.delivery.pacing import PaceRules
from digest.delivery.windows import SECOND, Ramp, Scope, Window, microseconds, moment_of
from digest.model.limits import EVERYTHING, Handed, newsletter_scope

#: Windows shorter than this are taken as a steady rate.
_SHORT = 60 * SECOND
#: So many steps are walked; beyond them the last pace goes on.
_STEPS = 20_000
_PARTS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """When the last message may leave, and what holds it up."""

    ends_at: datetime
    limit: str
    """Such as `500/h`, `5/s to gmail.com` or `the warm-up`."""


def forecast(
    rules: PaceRules,
    waiting: Mapping[str, int],
    *,
    now: datetime,
    restored: Iterable[Handed] = (),
) -> Forecast | None:
    """Return when the last of these messages may leave; None where nothing is limited.

    `waiting` counts messages: under "" all of them, under a domain those to it.
    """
    rows = list(restored)
    total = waiting.get(EVERYTHING, 0)
    found = [
        _ends(Scope(EVERYTHING, rules.limits, rules.warm_up), total, rows, now),
        _ends(Scope(newsletter_scope(rules.newsletter), rules.newsletter_limits), total, rows, now),
        *(
            _ends(Scope(domain, each.limits), waiting.get(domain, 0), rows, now)
            for domain, each in rules.domains.items()
        ),
    ]
    return max((one for one in found if one), key=lambda one: one.ends_at, default=None)


def _ends(scope: Scope, count: int, rows: list[Handed], now: datetime) -> Forecast | None:
    if not count or not scope.windows:
        return None
    at = microseconds(now)
    scope.restore(rows, at)
    fast = [window for window in scope.windows if window.span < _SHORT]
    rate = min(map(_rate, fast), default=None)
    slow = [
        window
        for window in scope.windows
        # One that allows more than the steady rate holds nothing up; a ramp's count changes.
        if window not in fast and (rate is None or isinstance(window, Ramp) or _rate(window) < rate)
    ]
    end = moment_of(_walk(slow, rate, count, at))
    return Forecast(ends_at=end, limit=_decisive(scope, count, end - now))


def _walk(windows: list[Window], rate: float | None, count: int, begin: int) -> int:
    """Return when the last message has left."""
    at, left = begin, count
    for _ in range(_STEPS):
        room = min((window.room(at) for window in windows), default=left)
        if room <= 0:
            at = max(window.opens_at(at) for window in windows)
            continue
        batch = min(room, left)
        took = round(batch / rate * SECOND) if rate else 0
        _count(windows, batch, at, took)
        at, left = at + took, left - batch
        if not left:
            return at
    return at + (at - begin) * left // max(1, count - left)


def _count(windows: list[Window], batch: int, at: int, took: int) -> None:
    parts = min(batch, _PARTS) if took else 1
    for part in range(parts):
        share = batch * (part + 1) // parts - batch * part // parts
        for window in windows:
            window.add(at + took * part // parts, share)


def _rate(window: Window) -> float:
    return window.count * SECOND / window.span


def _decisive(scope: Scope, count: int, length: timedelta) -> str:
    """Name the limit that takes the longest by itself."""
    slowest = max(scope.limits, key=lambda limit: count / limit.rate, default=None)
    # What takes longer than any limit by itself is held up by something else: the warm-up.
    if slowest is None or count / slowest.rate + 2 * 86400 < length.total_seconds():
        return "the warm-up"
    to = f" to {scope.name}" if scope.name and "/" not in scope.name else ""
    return f"{slowest}{to}"
