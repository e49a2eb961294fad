"""How far a delivery is: a bar that is redrawn on a terminal, a line now and then elsewhere.

The time left admits what holds mail up: a limit is named, and a mailing that stands still has no
time left to tell.
"""

from __future__ import annotations

import shutil
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import click

from digest.bootstrap import App
from digest.cli.output import cells, shortened, warn
from digest.delivery.forecast import Forecast
from digest.errors import DigestError
from digest.model.mailing import EntryState, Tally

#: On a terminal a line is drawn so often, elsewhere it is printed so often, in seconds.
REDRAW = 0.2
PLAIN = 5.0
#: The speed is that of the last seconds.
SPEED_OVER = 10.0
_BAR = 24

#: States worth a word beside the bar, in order.
_NEWS = {
    EntryState.DEFERRED: "deferred",
    EntryState.IN_DOUBT: "in doubt",
    EntryState.REFUSED: "refused",
    EntryState.SKIPPED: "skipped",
    EntryState.HELD: "held",
}

Foretell = Callable[[], Forecast | None]
"""Says when the limits let the last one out."""


class Speed:
    """How many a second, over the last seconds."""

    def __init__(self, over: float = SPEED_OVER) -> None:
        """Begin without a speed."""
        self._over = over
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, done: int, at: float) -> None:
        """Note how many are done at a time in seconds."""
        seen = self._seen
        seen.append((at, done))
        while len(seen) > 2 and seen[1][0] <= at - self._over:
            seen.popleft()

    @property
    def rate(self) -> float:
        """Return how many a second; 0.0 while that is not known, or nothing moves."""
        if len(self._seen) < 2:
            return 0.0
        (begin, before), (end, now) = self._seen[0], self._seen[-1]
        return (now - before) / (end - begin) if end > begin else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """What is still to come."""

    ends_at: datetime | None
    """None: nobody knows."""
    limit: str = ""
    """What holds it up, if it is a limit."""


def settled_count(tally: Tally) -> int:
    """Return for how many recipients nothing more will happen."""
    final = (EntryState.SENT, EntryState.REFUSED, EntryState.SKIPPED, EntryState.HELD)
    return sum(tally[state] for state in final)


def look_ahead(left: int, rate: float, foretold: Forecast | None, now: datetime) -> Ahead:
    """Return when the rest will have left: by its speed, or by the limits if these say later."""
    by_speed = now + timedelta(seconds=left / rate) if rate > 0 and left else None
    if foretold and (by_speed is None or foretold.ends_at >= by_speed - (by_speed - now) / 10):
        ends_at = max(foretold.ends_at, by_speed) if by_speed else foretold.ends_at
        return Ahead(ends_at=ends_at, limit=foretold.limit)
    return Ahead(ends_at=by_speed)


def describe(tally: Tally, rate: float, ahead: Ahead, now: datetime) -> str:
    """Return how far it is in words: counts, speed, time left, and what went otherwise."""
    done = settled_count(tally)
    parts = [f"{done:,} of {tally.planned:,}"]
    if rate > 0:
        parts.append(f"{per_second(rate)}")
    if ahead.ends_at and not tally.settled:
        parts.append(time_left(ahead, now))
    news = [f"{tally[state]:,} {word}" for state, word in _NEWS.items() if tally[state]]
    return ", ".join([*parts, *news])


def per_second(rate: float) -> str:
    """Return a speed as `1,203/s`, or by the minute where it is slow."""
    if rate >= 10:
        return f"{rate:,.0f}/s"
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.0f}/min"


def time_left(ahead: Ahead, now: datetime) -> str:
    """Return when it will be over, and which limit says so."""
    assert ahead.ends_at is not None
    seconds = (ahead.ends_at - now).total_seconds()
    done = f"done at {clock_time(ahead.ends_at, now)}"
    if ahead.limit:
        return f"{ahead.limit} is the limit: {done}"
    return f"{seconds:.0f} s left" if seconds < 60 else done


def clock_time(at: datetime, now: datetime) -> str:
    """Return a moment as this machine's clock will show it; with the day, if it is another."""
    local, today = at.astimezone(), now.astimezone().date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def bar(share: float, width: int = _BAR, *, plain: bool = False) -> str:
    """Return a bar of so many columns."""
    full = round(max(0.0, min(1.0, share)) * width)
    return ("#" * full + "-" * (width - full)) if plain else "█" * full + "░" * (width - full)


@contextmanager
def shown_progress(app: App, newsletter: str) -> Iterator[ShowProgress]:
    """Show what the delivery of a newsletter's mailing tells; leave a clean line at the end."""

    def foretell() -> Forecast | None:
        return app.foretell(app.find_mailing().run(newsletter))

    show = ShowProgress(foretell, now=app.clock.now)
    try:
        yield show
    finally:
        show.end()


class ShowProgress:
    """Shows each tally that a delivery tells."""

    def __init__(
        self,
        foretell: Foretell = lambda: None,
        *,
        now: Callable[[], datetime],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        """`foretell` may cost a look into the database; it is asked only now and then."""
        self._foretell = foretell
        self._now = now
        self._seconds = seconds
        self._terminal = sys.stderr.isatty()
        self._speed = Speed()
        self._began_at = self._shown_at = seconds()
        self._foretold: Forecast | None = None
        self._foretold_at = float("-inf")
        self._open = False

    def __call__(self, tally: Tally) -> None:
        """Show a tally, unless one was shown just now."""
        at = self._seconds()
        self._speed.note(settled_count(tally), at)
        if at - self._shown_at < (REDRAW if self._terminal else PLAIN) and not tally.settled:
            return
        self._shown_at = at
        if self._terminal:
            self._draw(tally)
        elif at - self._began_at >= PLAIN:
            click.echo(f"  {self._words(tally, at)}", err=True)

    def notice(self, text: str) -> None:
        """Tell what is in the way, on a line of its own."""
        self.end()
        warn(text)

    def end(self) -> None:
        """Leave the line that was drawn."""
        if self._open:
            click.echo(err=True)
            self._open = False

    def _draw(self, tally: Tally) -> None:
        share = settled_count(tally) / tally.planned if tally.planned else 1.0
        plain = "utf" not in (sys.stderr.encoding or "").lower()
        words = self._words(tally, self._shown_at)
        width = max(20, shutil.get_terminal_size().columns - 1)
        line = f"  {bar(share, plain=plain)} {share:4.0%}  {words}"
        if cells(line) > width:
            line = f"  {share:.0%}  {words}"
        click.echo(f"\r\x1b[K{shortened(line, width)}", nl=False, err=True)
        self._open = True

    def _words(self, tally: Tally, at: float) -> str:
        left = tally.planned - settled_count(tally)
        if at - self._foretold_at >= PLAIN:
            self._foretold_at = at
            # A database that cannot be used just then is said by whoever sends: no reason to stop.
            with suppress(DigestError):
                self._foretold = self._foretell()
        now, rate = self._now(), self._speed.rate
        return describe(tally, rate, look_ahead(left, rate, self._foretold, now), now)
