"""What is shown while mail is sent: how far, how fast, and what holds it up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.cli.progress import (
    Ahead,
    ShowProgress,
    Speed,
    bar,
    clock_time,
    describe,
    look_ahead,
    per_second,
)
from digest.delivery.forecast import Forecast
from digest.model.mailing import EntryState, Tally

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def tally(sent: int, planned: int = 1000, **others: int) -> Tally:
    states = {EntryState[name.upper()]: count for name, count in others.items()}
    rest = planned - sent - sum(others.values())
    return Tally(planned=planned, states={EntryState.SENT: sent, EntryState.QUEUED: rest, **states})


def test_the_speed_is_that_of_the_last_seconds() -> None:
    speed = Speed(over=10)

    for second in range(30):
        speed.note(second * (100 if second < 15 else 0) + max(0, second - 15) * 5, second)
    for second in range(30, 50):
        speed.note(2000 + second * 50, second)

    assert speed.rate == pytest.approx(50)


def test_a_speed_needs_two_looks() -> None:
    speed = Speed()

    assert speed.rate == 0
    speed.note(5, 1.0)
    assert speed.rate == 0
    speed.note(5, 1.0)
    assert speed.rate == 0


@pytest.mark.parametrize(
    ("rate", "said"), [(1203.4, "1,203/s"), (14, "14/s"), (1.25, "1.2/s"), (0.1, "6/min")]
)
def test_a_speed_is_said_in_a_fitting_unit(rate: float, said: str) -> None:
    assert per_second(rate) == said


def test_without_limits_the_speed_tells_the_end() -> None:
    ahead = look_ahead(600, 10, None, NOON)

    assert ahead == Ahead(ends_at=NOON + timedelta(minutes=1))


def test_a_limit_that_takes_longer_is_admitted() -> None:
    foretold = Forecast(ends_at=NOON + HOUR, limit="14/s")

    ahead = look_ahead(50_400, 500, foretold, NOON)

    assert ahead == Ahead(ends_at=NOON + HOUR, limit="14/s")
    shown = describe(tally(100, planned=50_500), 500, ahead, NOON)
    assert "14/s is the limit: done at " in shown


def test_a_server_slower_than_the_limit_is_what_holds_it_up() -> None:
    foretold = Forecast(ends_at=NOON + timedelta(seconds=10), limit="500/s")

    assert look_ahead(5000, 5, foretold, NOON) == Ahead(ends_at=NOON + timedelta(seconds=1000))


def test_what_stands_still_has_no_time_left() -> None:
    shown = describe(tally(10), 0.0, look_ahead(990, 0.0, None, NOON), NOON)

    assert shown == "10 of 1,000"


def test_what_went_otherwise_is_said() -> None:
    shown = describe(tally(10, refused=2, deferred=3), 0.0, Ahead(ends_at=None), NOON)

    assert shown == "12 of 1,000, 3 deferred, 2 refused"


def test_another_day_is_named() -> None:
    tomorrow = clock_time(NOON + timedelta(days=1), NOON)

    assert len(tomorrow) == len("2026-03-02 12:00")
    assert len(clock_time(NOON, NOON)) == len("12:00")


@pytest.mark.parametrize(("share", "full"), [(-1, 0), (0, 0), (0.5, 5), (1, 10), (7, 10)])
def test_the_bar_is_never_too_long(share: float, full: int) -> None:
    assert bar(share, 10, plain=True) == "#" * full + "-" * (10 - full)
    assert len(bar(share, 10)) == 10


def test_not_on_a_terminal_a_line_comes_every_few_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = [0.0]
    show = ShowProgress(now=lambda: NOON, seconds=lambda: seconds[0])

    for second in range(21):
        seconds[0] = float(second)
        show(tally(second * 10))
    show.end()

    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "  50 of 1,000, 10/s, done at " + clock_time(
        NOON + timedelta(seconds=95), NOON
    )
    assert len(lines) == 4


def test_a_short_send_prints_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    show = ShowProgress(now=lambda: NOON, seconds=lambda: 1.0)

    show(tally(1000))

    assert capsys.readouterr().err == ""
