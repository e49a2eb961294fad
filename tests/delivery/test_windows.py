"""Rolling windows: never more than the limit, however the span is laid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.windows import SECOND, Ramp, Scope, Window, microseconds, moment_of
from digest.model.limits import Handed, Limit, WarmUp, parse_limit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT_NOON = microseconds(NOON)


def busiest(times: list[int], span: int) -> int:
    """Return how many of the sorted times lie in the fullest half-open span."""
    most = begin = 0
    for end, at in enumerate(times):
        while at - times[begin] >= span:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def test_a_moment_is_counted_to_the_microsecond() -> None:
    odd = datetime(2031, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

    assert moment_of(microseconds(odd)) == odd


def test_the_limit_is_used_up_and_comes_back_when_the_first_is_a_span_old() -> None:
    window = Window(2, 10 * SECOND)

    window.add(AT_NOON)
    window.add(AT_NOON + 4 * SECOND)

    assert window.room(AT_NOON + 9 * SECOND) == 0
    assert window.opens_at(AT_NOON + 9 * SECOND) == AT_NOON + 10 * SECOND
    assert window.room(AT_NOON + 10 * SECOND) == 1


def test_a_window_that_was_overfull_opens_only_when_enough_has_expired() -> None:
    window = Window(2, 10 * SECOND)

    for second in range(4):
        window.add(AT_NOON + second * SECOND)

    assert window.opens_at(AT_NOON + 5 * SECOND) == AT_NOON + 12 * SECOND


@given(
    count=st.integers(1, 20),
    span=st.integers(1, 60).map(lambda seconds: seconds * SECOND),
    steps=st.lists(st.integers(0, 3 * SECOND), max_size=300),
)
def test_no_span_holds_more_than_the_limit(count: int, span: int, steps: list[int]) -> None:
    window, now, given_at = Window(count, span), AT_NOON, []

    for step in steps:
        now += step
        if window.room(now) > 0:
            window.add(now)
            given_at.append(now)

    assert busiest(given_at, span) <= count


@given(
    count=st.integers(1, 30),
    span=st.integers(1, 60).map(lambda seconds: seconds * SECOND),
    wanted=st.integers(1, 200),
)
def test_whoever_comes_when_it_opens_is_let_through(count: int, span: int, wanted: int) -> None:
    window, now = Window(count, span), AT_NOON

    for _ in range(wanted):
        now = window.opens_at(now)
        assert window.room(now) > 0
        window.add(now)

    whole = (wanted - 1) // count
    assert now - AT_NOON <= whole * (span + span // 4096 + 1)


def test_a_permit_taken_back_leaves_room_and_one_that_may_have_expired_changes_nothing() -> None:
    window = Window(1, SECOND)

    window.add(AT_NOON)
    window.take_back(AT_NOON, AT_NOON)

    assert window.room(AT_NOON) == 1
    window.add(AT_NOON + 2 * SECOND)
    window.take_back(AT_NOON, AT_NOON + 2 * SECOND)
    assert window.room(AT_NOON + 2 * SECOND) == 0


def test_a_million_permits_take_a_bounded_number_of_buckets() -> None:
    window = Window(10_000_000, 86400 * SECOND)

    for number in range(100_000):
        window.add(AT_NOON + number * 864_000)

    assert window.used == 100_000
    assert len(window._buckets) <= 4097


def test_a_limit_a_second_is_spread_over_its_tenths() -> None:
    scope = Scope("", [parse_limit("20/s")])

    let_through = 0
    while scope.is_open(AT_NOON):
        scope.add(AT_NOON)
        let_through += 1

    assert let_through == 2
    assert scope.opens_at(AT_NOON) == AT_NOON + SECOND // 10


def test_what_the_database_counted_expires_as_if_it_had_left_at_its_seconds_end() -> None:
    scope = Scope("", [Limit(count=5, per=timedelta(minutes=1))])

    scope.restore([Handed(scope="", at=NOON, count=5)], AT_NOON + 10 * SECOND)

    assert not scope.is_open(AT_NOON + 60 * SECOND)
    assert scope.opens_at(AT_NOON + 60 * SECOND) == AT_NOON + 61 * SECOND - 1


def test_rows_from_the_future_do_not_stop_mail_for_longer_than_the_window() -> None:
    scope = Scope("", [parse_limit("5/min")])

    scope.restore([Handed(scope="", at=NOON + timedelta(days=9), count=5)], AT_NOON)

    assert AT_NOON < scope.opens_at(AT_NOON) <= AT_NOON + 61 * SECOND


def test_only_rows_of_the_same_scope_are_counted() -> None:
    scope = Scope("gmail.com", [parse_limit("1/min")])

    scope.restore([Handed(scope="", at=NOON, count=1)], AT_NOON)

    assert scope.is_open(AT_NOON)


class TestWarmUp:
    WARM_UP = WarmUp(first_day=date(2026, 3, 1), allowances=(2, 5))

    def test_each_day_allows_what_was_written_in_any_24_hours(self) -> None:
        ramp = Ramp(self.WARM_UP)

        ramp.add(AT_NOON, 2)

        assert ramp.room(AT_NOON + 11 * 3600 * SECOND) == 0
        assert ramp.room(AT_NOON + 12 * 3600 * SECOND) == 3
        assert ramp.room(AT_NOON + 24 * 3600 * SECOND) == 5

    def test_it_opens_at_midnight_when_the_allowance_grows(self) -> None:
        ramp = Ramp(self.WARM_UP)

        ramp.add(AT_NOON, 2)

        assert moment_of(ramp.opens_at(AT_NOON)) == datetime(2026, 3, 2, tzinfo=UTC)

    def test_after_the_last_day_there_is_no_limit(self) -> None:
        ramp = Ramp(self.WARM_UP)

        ramp.add(AT_NOON, 2)

        assert ramp.room(AT_NOON + 36 * 3600 * SECOND) > 10**9

    def test_before_the_first_day_its_allowance_holds(self) -> None:
        early = AT_NOON - 9 * 86400 * SECOND

        assert Ramp(self.WARM_UP).room(early) == 2


@pytest.mark.parametrize(
    "text", ["", "14", "14/", "/s", "0/s", "-1/s", "1.5/s", "14/w", "14 per s", "14/s extra", "١/s"]
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="limit"):
        parse_limit(text)


@pytest.mark.parametrize("text", ["14/s", "60/min", "500/h", "10000/d"])
def test_a_limit_is_shown_as_it_was_written(text: str) -> None:
    assert str(parse_limit(text)) == text
