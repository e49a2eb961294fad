"""The words that `tables` is written in: a text, a number, a time, a link to another table.

What must stay true: nothing is NULL that is not said to be, and a state is one of its words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Text,
    text,
)

from digest.store.columns import UtcDateTime

#: SQLite gives AUTOINCREMENT to INTEGER only; its INTEGER has 64 bits all the same.
BIG = BigInteger().with_variant(Integer, "sqlite")


def a_text(name: str, default: str | None = None) -> Column[str]:
    """Return a text; with a default it may be left out."""
    return Column(name, Text, nullable=False, server_default=default)


def a_number(name: str, type_: Any = Integer, default: str | None = None) -> Column[int]:
    """Return a number; with a default it may be left out."""
    return Column(name, type_, nullable=False, server_default=default)


def a_flag(name: str) -> Column[bool]:
    """Return a yes or no; no where it is left out."""
    return Column(name, Boolean, nullable=False, server_default=text("false"))


def a_time(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a time, in UTC."""
    return Column(name, UtcDateTime, nullable=nullable)


def a_link(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    """Return the id of a row of another table."""
    return Column(name, BIG, ForeignKey(target), nullable=nullable)


def one_of(column: str, states: type[StrEnum], *others: str) -> CheckConstraint:
    """Hold a column to the words of its states, and `others`."""
    words = ", ".join(f"'{state}'" for state in (*others, *states))
    return CheckConstraint(f"{column} IN ({words})", name=column)
