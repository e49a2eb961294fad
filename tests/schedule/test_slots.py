"""The slots of a schedule, above all on the days when clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest

from digest.errors import ConfigurationError
from digest.schedule.slots import (
    Slot,
    check_schedule,
    due_slot,
    slot_at,
    slots_after,
    slots_between,
)

NEW_YORK = ZoneInfo("America/New_York")
HOURS_6 = timedelta(hours=6)


def test_a_weekly_slot_is_named_by_its_wall_clock_time() -> None:
    after = datetime(2023, 3, 29, tzinfo=UTC)

    slot = next(slots_after("0 9 * * 5", ZoneInfo("Asia/Shanghai"), after))

    assert slot == Slot(wall_time="2023-03-31T09:00", at=datetime(2023, 3, 31, 1, tzinfo=UTC))


def test_a_time_that_spring_skips_is_read_with_the_offset_before() -> None:
    gap = slot_at(datetime(2023, 3, 12, 2, 30), NEW_YORK)

    assert gap.at == datetime(2023, 3, 12, 7, 30, tzinfo=UTC)


def test_a_time_that_autumn_repeats_happens_the_first_time_only() -> None:
    slots = slots_between(
        "30 1 * * *",
        NEW_YORK,
        datetime(2023, 11, 5, 0, tzinfo=UTC),
        datetime(2023, 11, 6, 0, tzinfo=UTC),
    )

    assert slots == [
        Slot(wall_time="2023-11-05T01:30", at=datetime(2023, 11, 5, 5, 30, tzinfo=UTC))
    ]


@pytest.mark.parametrize("cron", ["0 0 * * *", "30 0 * * *", "30 1 * * *", "30 2 * * *"])
def test_no_zone_loses_or_doubles_a_day_in_a_year(cron: str) -> None:
    start = datetime(2023, 1, 1, tzinfo=UTC)

    for name in sorted(available_timezones())[::7]:
        slots = list(islice(slots_after(cron, ZoneInfo(name), start), 365))
        days = [slot.wall_time[:10] for slot in slots]
        assert len(set(days)) == 365, name
        assert slots[-1].at - slots[0].at < timedelta(days=365), name


def test_sunday_is_day_0_as_cron_has_it() -> None:
    slot = next(slots_after("0 9 * * 0", ZoneInfo("UTC"), datetime(2023, 3, 29, tzinfo=UTC)))

    assert slot.wall_time == "2023-04-02T09:00"


def test_a_slot_that_has_just_passed_is_due() -> None:
    now = datetime(2023, 3, 31, 1, 0, 5, tzinfo=UTC)

    due = due_slot(
        "0 9 * * 5", ZoneInfo("Asia/Shanghai"), last_known=None, now=now, catch_up=HOURS_6
    )

    assert due.slot is not None
    assert due.slot.wall_time == "2023-03-31T09:00"
    assert not due.missed


def test_a_slot_that_was_dealt_with_is_not_due_again() -> None:
    now = datetime(2023, 3, 31, 1, 0, 5, tzinfo=UTC)

    due = due_slot(
        "0 9 * * 5",
        ZoneInfo("Asia/Shanghai"),
        last_known="2023-03-31T09:00",
        now=now,
        catch_up=HOURS_6,
    )

    assert due.slot is None
    assert not due.missed


def test_a_slot_missed_for_longer_than_catch_up_is_reported_and_not_sent() -> None:
    now = datetime(2023, 4, 1, 12, tzinfo=UTC)

    due = due_slot(
        "0 9 * * 5",
        ZoneInfo("Asia/Shanghai"),
        last_known="2023-03-24T09:00",
        now=now,
        catch_up=HOURS_6,
    )

    assert due.slot is None
    assert [slot.wall_time for slot in due.missed] == ["2023-03-31T09:00"]


def test_of_several_missed_slots_only_the_latest_is_sent() -> None:
    now = datetime(2023, 4, 3, 3, tzinfo=UTC)

    due = due_slot(
        "0 2 * * *", ZoneInfo("UTC"), last_known="2023-03-31T02:00", now=now, catch_up=HOURS_6
    )

    assert due.slot is not None
    assert due.slot.wall_time == "2023-04-03T02:00"
    assert [slot.wall_time for slot in due.missed] == ["2023-04-01T02:00", "2023-04-02T02:00"]


@pytest.mark.parametrize("cron", ["", "0 9 * *", "61 * * * *", "0 0 30 2 *", "a b c d e", "* " * 6])
def test_a_cron_line_that_cannot_be_read_is_refused(cron: str) -> None:
    with pytest.raises(ConfigurationError):
        check_schedule(cron)
