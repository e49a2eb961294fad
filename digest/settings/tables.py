"""What every table of digest.toml has in common, and the values that several hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _parse_span(value: object) -> object:
    """Read "30 seconds", "2 hours"; leave anything else to pydantic."""
    if not isinstance(value, str):
        return value
    count, _, unit = value.strip().partition(" ")
    seconds = _UNITS.get(unit.strip().removesuffix("s"))
    if seconds is None or not count.isdigit():
        raise ValueError('write a span such as "30 seconds" or "2 hours"')
    return timedelta(seconds=int(count) * seconds)


Span = Annotated[timedelta, BeforeValidator(_parse_span)]


class Table(BaseModel):
    """A table: an unknown key is refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _parse_share(value: object) -> object:
    """Read "5 %"; leave anything else to pydantic."""
    if not isinstance(value, str):
        return value
    number, sign, rest = value.partition("%")
    try:
        share = float(number) / 100
    except ValueError:
        sign = ""
    if not sign or rest.strip() or not 0 <= share <= 1:
        raise ValueError('write a share such as "5 %"')
    return share


Share = Annotated[float, BeforeValidator(_parse_share), Field(ge=0, le=1)]
