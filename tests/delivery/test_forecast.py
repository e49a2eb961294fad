"""When a mailing would end under its limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from digest.delivery.forecast import forecast
from digest.delivery.pacing import DomainRules, PaceRules, Pacing
from digest.model.limits import Handed, WarmUp, parse_limit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ends(*limits: str, count: int, **rules: object) -> timedelta:
    found = forecast(
        PaceRules(limits=tuple(map(parse_limit, limits)), **rules),  # type: ignore[arg-type]
        {"": count},
        now=NOON,
    )
    assert found is not None
    return found.ends_at - NOON


def test_without_limits_nothing_is_foretold() -> None:
    assert forecast(PaceRules(), {"": 1_000_000}, now=NOON) is None


def test_a_limit_a_second_is_a_steady_rate() -> None:
    assert ends("14/s", count=14_000) == pytest.approx(timedelta(seconds=1000), rel=0.02)


def test_what_a_window_lets_through_leaves_at_once_and_the_rest_an_hour_later() -> None:
    assert ends("500/h", count=500) == timedelta(0)
    assert ends("500/h", count=501) == pytest.approx(HOUR, rel=0.01)


def test_several_limits_hold_one_another_up() -> None:
    """After 20 hours the day is used up; the second day begins when the first hour's expire."""
    assert ends("500/h", "10000/d", count=15_000) == pytest.approx(33 * HOUR, rel=0.02)


def test_a_million_under_small_limits_is_foretold_quickly() -> None:
    assert ends("1/s", "60/min", count=1_000_000) == pytest.approx(
        timedelta(seconds=1_000_000), rel=0.02
    )


def test_the_slowest_domain_is_named() -> None:
    rules = PaceRules(
        limits=(parse_limit("100/s"),),
        domains={"gmail.com": DomainRules(limits=(parse_limit("5/s"),))},
    )

    found = forecast(rules, {"": 10_000, "gmail.com": 6_000}, now=NOON)

    assert found is not None
    assert found.limit == "5/s to gmail.com"
    assert found.ends_at - NOON == pytest.approx(timedelta(seconds=1200), rel=0.02)


def test_a_warm_up_grows_from_day_to_day() -> None:
    warm_up = WarmUp(first_day=date(2026, 3, 1), allowances=(500, 1000, 2000))

    end = ends(count=3_000, warm_up=warm_up)

    assert end == timedelta(hours=36), "500 now, 500 more at midnight, 1,000 a day later ..."


def test_what_left_before_counts() -> None:
    rules = PaceRules(limits=(parse_limit("500/h"),))
    before = [Handed(scope="", at=NOON - HOUR / 2, count=500)]

    found = forecast(rules, {"": 10}, now=NOON, restored=before)

    assert found is not None
    assert found.limit == "500/h"
    assert found.ends_at - NOON == pytest.approx(HOUR / 2, rel=0.01)


def test_it_is_close_to_what_pacing_does() -> None:
    rules = PaceRules(limits=(parse_limit("5/s"), parse_limit("100/min"), parse_limit("800/h")))
    pacing, now = Pacing(rules), NOON
    for _ in range(2000):
        while not pacing.permit("example.org", now):
            now = pacing.next_at("example.org", now) or now

    found = forecast(rules, {"": 2000}, now=NOON)

    assert found is not None
    assert found.ends_at - NOON == pytest.approx(now - NOON, rel=0.05)
