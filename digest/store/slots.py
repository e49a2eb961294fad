"""The nominal times of schedules: each is taken once, by whoever stores it first.

A slot is dealt with when it has an outcome or a mailing. One that was taken and has neither is that
of a process that died before anything was frozen: it is taken again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from digest.store import dialect
from digest.store.tables import slot

_DEALT_WITH = or_(slot.c.outcome != "", slot.c.mailing_id.is_not(None))


def last_slot(connection: Connection, newsletter: str) -> str | None:
    """Return the latest slot that was dealt with, as wall-clock time, or None."""
    latest: str | None = connection.scalar(
        select(func.max(slot.c.wall_time)).where(slot.c.newsletter == newsletter, _DEALT_WITH)
    )
    return latest


def claim_slot(connection: Connection, newsletter: str, wall_time: str, at: datetime) -> bool:
    """Take a slot; False when it was dealt with already."""
    new = (
        dialect.insert_new(connection, slot, ["newsletter", "wall_time"])
        .values(newsletter=newsletter, wall_time=wall_time, claimed_at=at)
        .returning(slot.c.wall_time)
    )
    if connection.execute(new).first() is not None:
        return True
    again = (
        update(slot)
        .where(slot.c.newsletter == newsletter, slot.c.wall_time == wall_time, ~_DEALT_WITH)
        .values(claimed_at=at)
    )
    return connection.execute(again).rowcount > 0


def close_slot(connection: Connection, newsletter: str, wall_time: str, outcome: str) -> None:
    """Say what came of a slot."""
    connection.execute(
        update(slot)
        .where(slot.c.newsletter == newsletter, slot.c.wall_time == wall_time)
        .values(outcome=outcome)
    )


def slots(connection: Connection, newsletter: str, limit: int) -> list[tuple[str, str]]:
    """Return (wall-clock time, outcome), newest first."""
    statement = (
        select(slot.c.wall_time, slot.c.outcome)
        .where(slot.c.newsletter == newsletter)
        .order_by(slot.c.wall_time.desc())
        .limit(limit)
    )
    return [(wall_time, outcome) for wall_time, outcome in connection.execute(statement)]
