"""How our values stand in a column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from digest.store.columns import microseconds, moment, pairs, pairs_text, words, words_text
from digest.store.tables import slot

AWARE = st.datetimes(
    min_value=datetime(1900, 1, 1), timezones=st.timezones(), allow_imaginary=False
)


@given(AWARE)
def test_a_time_comes_back_as_the_same_instant_in_utc(at):
    back = moment(microseconds(at))

    assert back == at.astimezone(UTC)
    assert back.tzinfo is UTC


def test_a_naive_time_is_refused(database):
    naive = datetime(2024, 1, 1)

    with pytest.raises(ValueError, match="no time zone"):
        microseconds(naive)
    with pytest.raises(StatementError, match="no time zone"), database.write() as connection:
        connection.execute(
            insert(slot).values(newsletter="n", wall_time="2024-01-01T09:00", claimed_at=naive)
        )


def test_a_time_with_another_offset_is_stored_as_its_instant(database):
    tokyo = datetime(2024, 1, 1, 9, 0, 0, 1, tzinfo=timezone(timedelta(hours=9)))

    with database.write() as connection:
        connection.execute(
            insert(slot).values(newsletter="n", wall_time="2024-01-01T09:00", claimed_at=tokyo)
        )

    with database.read() as connection:
        stored = connection.scalar(select(slot.c.claimed_at))
    assert stored == tokyo
    assert stored.utcoffset() == timedelta(0)


@given(st.lists(st.text()))
def test_equal_lists_are_equal_texts(values):
    text = words_text(tuple(values))

    assert words_text(tuple(reversed(values))) == text
    assert words(text) == tuple(sorted(set(values)))


@given(st.dictionaries(st.text(), st.text()))
def test_free_attributes_come_back_by_name(values):
    assert pairs(pairs_text(values.items())) == tuple(sorted(values.items()))
