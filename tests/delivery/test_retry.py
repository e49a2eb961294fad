"""The waits between attempts, and giving up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.retry import RetryPolicy, next_attempt
from digest.errors import ConfigurationError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = RetryPolicy()
MINUTE = timedelta(minutes=1)


def test_waits_double_and_stay_below_the_longest() -> None:
    waits = [POLICY.wait(attempts) for attempts in range(1, 10)]

    assert waits[:7] == [MINUTE * n for n in (1, 2, 4, 8, 16, 32, 60)]
    assert set(waits[6:]) == {timedelta(hours=1)}


def test_the_next_attempt_is_counted_from_now() -> None:
    due = next_attempt(
        first_tried_at=NOON - timedelta(hours=1), attempts=3, now=NOON, policy=POLICY
    )

    assert due == NOON + 4 * MINUTE


def test_gives_up_before_the_digest_is_stale() -> None:
    late = NOON + POLICY.give_up_after - timedelta(seconds=1)

    assert next_attempt(first_tried_at=NOON, attempts=1, now=late, policy=POLICY) is None


def test_tries_at_the_very_last_moment() -> None:
    late = NOON + POLICY.give_up_after - MINUTE

    due = next_attempt(first_tried_at=NOON, attempts=1, now=late, policy=POLICY)

    assert due == NOON + POLICY.give_up_after


@given(st.integers(-3, 10**9), st.floats(1, 100), st.integers(1, 10**6), st.integers(0, 10**6))
def test_no_number_of_attempts_overflows(
    attempts: int, factor: float, first: int, more: int
) -> None:
    shortest = timedelta(seconds=first)
    policy = RetryPolicy(
        first_wait=shortest, factor=factor, longest_wait=shortest + timedelta(seconds=more)
    )

    assert policy.first_wait <= policy.wait(attempts) <= policy.longest_wait
    assert policy.wait(attempts) <= policy.wait(attempts + 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_wait": timedelta(0)},
        {"longest_wait": timedelta(seconds=1)},
        {"give_up_after": timedelta(seconds=-1)},
        {"factor": 0.5},
        {"factor": float("nan")},
    ],
)
def test_a_policy_that_would_hammer_the_server_is_refused(wrong: dict[str, timedelta]) -> None:
    with pytest.raises(ConfigurationError, match="delivery"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]
