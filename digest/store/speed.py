"""How fast a mailing leaves, read from what was sent last; for whoever watches from outside.

Entries leave by id but for the few that are tried again, so the last ones by id are the last ones
by time, near enough, and an index finds them however many there are.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from digest.model.limits import EVERYTHING
from digest.model.mailing import UNSETTLED, EntryState
from digest.store import dialect
from digest.store.tables import outbox_entry, said

#: So many entries are looked at, and none that was sent before this.
_LAST = 5000
_RECENT = timedelta(minutes=1)


def recent_rate(connection: Connection, mailing_id: int, at: datetime) -> float:
    """Return how many messages a second were sent lately; 0.0 when it stands still."""
    newest = (
        select(outbox_entry.c.finished_at)
        .where(
            outbox_entry.c.mailing_id == mailing_id,
            outbox_entry.c.state == said(EntryState.SENT),
        )
        .order_by(outbox_entry.c.id.desc())
        .limit(_LAST)
        .subquery()
    )
    count, oldest = connection.execute(
        select(func.count(), func.min(newest.c.finished_at)).where(
            newest.c.finished_at > at - _RECENT
        )
    ).one()
    if count < 2:
        return 0.0
    seconds: float = max((at - oldest).total_seconds(), 0.001)
    return float(count) / seconds


def waiting(connection: Connection, mailing_id: int, domains: Collection[str]) -> dict[str, int]:
    """Return how many messages wait: under "" all of them, and those to each of some domains."""
    ours = (
        outbox_entry.c.mailing_id == mailing_id,
        outbox_entry.c.state.in_([said(state) for state in UNSETTLED]),
    )
    total = connection.scalar(select(func.count()).select_from(outbox_entry).where(*ours)) or 0
    counts = {EVERYTHING: total}
    if domains:
        column = outbox_entry.c.domain
        theirs = (
            select(column, func.count())
            .where(*ours, dialect.is_one_of(connection, column, domains))
            .group_by(column)
        )
        counts |= dict(connection.execute(theirs).all())
    return counts
