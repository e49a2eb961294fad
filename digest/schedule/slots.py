"""The nominal times of a schedule.

A slot is computed and named in wall-clock time where the newsletter is at home. A time that a
clock change skips is read with the offset before the change; one that comes twice happens the
first time only. So no day is lost and none is doubled (APScheduler's own cron does both).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from digest.errors import ConfigurationError

#: How far back missed slots are looked for when nothing is known of earlier ones.
LOOK_BACK = timedelta(days=40)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One nominal time: its name in wall-clock time, and the moment it stands for."""

    wall_time: str
    """`YYYY-MM-DDTHH:MM` where the newsletter is at home: the slot's key."""
    at: datetime
    """In UTC."""


def slot_at(wall: datetime, zone: ZoneInfo) -> Slot:
    """Return the slot of a naive wall-clock time (PEP 495: fold=0 is the rule we want)."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return Slot(wall_time=wall.strftime("%Y-%m-%dT%H:%M"), at=moment)


def check_schedule(schedule: str) -> None:
    """Refuse a cron line that cannot be read.

    Raises:
        ConfigurationError: it is not five fields of minute, hour, day, month, weekday.
    """
    _walk(schedule, datetime(2023, 1, 1))  # noqa: DTZ001  wall-clock time is naive


def _walk(schedule: str, after: datetime) -> Iterator[datetime]:
    if len(schedule.split()) != 5:
        raise ConfigurationError(
            "schedule", f"'{schedule}' is not a cron line of five fields", 'Write "0 9 * * 5".'
        )
    try:
        return iter(CronSim(schedule, after))
    except CronSimError as error:
        raise ConfigurationError(
            "schedule", f"'{schedule}': {error}", 'Write "0 9 * * 5".'
        ) from error


def slots_after(schedule: str, zone: ZoneInfo, after: datetime) -> Iterator[Slot]:
    """Yield the slots whose moment is later than `after` (aware), in order.

    Raises:
        ConfigurationError: the cron line cannot be read.
    """
    # A day earlier, because the wall clock of `after` may be ahead of a slot that a gap moved.
    start = after.astimezone(zone).replace(tzinfo=None) - timedelta(days=1)
    for wall in _walk(schedule, start):
        slot = slot_at(wall, zone)
        if slot.at > after:
            yield slot


def slots_between(schedule: str, zone: ZoneInfo, after: datetime, until: datetime) -> list[Slot]:
    """Return the slots later than `after` and not later than `until`."""
    return list(takewhile(lambda slot: slot.at <= until, slots_after(schedule, zone, after)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """What a schedule asks for now."""

    slot: Slot | None
    """The one slot to send for."""
    missed: tuple[Slot, ...]
    """Slots that are too old to be sent, or were overtaken by a later one: to be reported."""


def due_slot(
    schedule: str,
    zone: ZoneInfo,
    *,
    last_known: str | None,
    now: datetime,
    catch_up: timedelta,
) -> Due:
    """Return which slot is due: the latest one not after `now` that is younger than `catch_up`.

    `last_known` is the wall-clock name of the latest slot that was dealt with. Without one nothing
    was promised before `now - catch_up`, so nothing older is called missed.
    """
    after = _moment_of(last_known, zone) if last_known else now - catch_up
    passed = slots_between(schedule, zone, max(after, now - LOOK_BACK), now)
    passed = [slot for slot in passed if last_known is None or slot.wall_time > last_known]
    if passed and now - passed[-1].at <= catch_up:
        return Due(slot=passed[-1], missed=tuple(passed[:-1]))
    return Due(slot=None, missed=tuple(passed))


def _moment_of(wall_time: str, zone: ZoneInfo) -> datetime:
    wall = datetime.strptime(wall_time, "%Y-%m-%dT%H:%M")  # noqa: DTZ007  wall-clock time is naive
    return slot_at(wall, zone).at
