"""How our values stand in a column: times, lists of words, free attributes.

A time is whole microseconds since 1970 in UTC, so that no database drops its zone; a naive time is
refused. A list is canonical JSON (sorted, no doubles, no spaces), so that equal lists are equal
texts. The functions are what bulk statements use, which do without SQLAlchemy's processing of each
value; the types are the same functions for everything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Text, type_coerce
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys and without spaces: equal values are equal texts."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def microseconds(moment: datetime) -> int:
    """Return a time as microseconds since 1970.

    Raises:
        ValueError: the time is naive.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; the store takes aware times only")
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """Return the time that `microseconds` stored, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


@lru_cache(maxsize=4096)
def words_text(words: tuple[str, ...]) -> str:
    """Return a list of words as canonical JSON: sorted and without doubles."""
    return canonical_json(sorted(set(words)))


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Return the words that `words_text` stored."""
    return tuple(json.loads(text))


def pairs_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Return free attributes as a canonical JSON object; a later pair of the same name wins."""
    found = dict(pairs)
    return canonical_json(found) if found else "{}"


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs that `pairs_text` stored, by name."""
    return () if text == "{}" else tuple(json.loads(text).items())


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in, an aware time in UTC out; a naive one is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Store microseconds."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """Read microseconds."""
        return None if value is None else moment(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A list of words, such as roles."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: Dialect) -> str | None:
        """Store canonical JSON."""
        return None if value is None else words_text(tuple(value))

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> tuple[str, ...] | None:
        """Read a sorted tuple."""
        return None if value is None else words(value)


class Pairs(TypeDecorator[tuple[tuple[str, str], ...]]):
    """Free attributes by name."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[tuple[str, str], ...] | None, _dialect: Dialect
    ) -> str | None:
        """Store a canonical JSON object."""
        return None if value is None else pairs_text(value)

    def process_result_value(
        self, value: Any | None, _dialect: Dialect
    ) -> tuple[tuple[str, str], ...] | None:
        """Read pairs by name."""
        return None if value is None else pairs(value)


def stored(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column whose values are handed out as they are stored: texts and microseconds."""
    if isinstance(column.type, UtcDateTime):
        return type_coerce(column, BigInteger).label(column.name)
    return type_coerce(column, Text).label(column.name)
