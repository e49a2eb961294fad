"""The outbox: one entry a recipient, and every move that an entry makes.

What must stay true: an entry makes only the moves of `digest.model.mailing.MOVES`, so that planned
is always the sum over the states. How it becomes `sending`, and what a reply does to it, is in
`exchange`; reading ahead is in `reserving`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Connection,
    and_,
    case,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from digest.model.mailing import (
    MOVES,
    EntryState,
    MailingState,
    Tally,
    Verdict,
)
from digest.store.tables import attempt, mailing, outbox_entry, said, subscriber

entry = outbox_entry

#: From where an entry may be claimed; from the same states it may be skipped.
_WAITING = tuple(state for state in EntryState if EntryState.SENDING in MOVES[state])
_DIED = "the process ended before the reply was known"


def recover(connection: Connection, at: datetime) -> int:
    """Turn what a dead process left in `sending` into `in_doubt`; return how many."""
    under_way = select(mailing.c.id).where(mailing.c.state != said(MailingState.COMPLETE))
    lost = and_(entry.c.mailing_id.in_(under_way), entry.c.state == said(EntryState.SENDING))
    tried = select(
        entry.c.id,
        _next_number(),
        func.coalesce(entry.c.claimed_at, literal(at, entry.c.claimed_at.type)),
        said(Verdict.IN_DOUBT),
        literal(0),
        literal(""),
        literal(_DIED),
    ).where(lost)
    columns = ["entry_id", "number", "tried_at", "verdict", "code", "enhanced", "text"]
    connection.execute(insert(attempt).from_select(columns, tried))
    moved = connection.execute(
        update(entry)
        .where(lost)
        .values(state=EntryState.IN_DOUBT.value, doubts=entry.c.doubts + 1, reason=_DIED)
    )
    _skip_cancelled(connection, at)
    return moved.rowcount


def _skip_cancelled(connection: Connection, at: datetime) -> None:
    """Skip what was on its way when its mailing was cancelled, and did not arrive."""
    cancelled = select(mailing.c.id).where(mailing.c.state == said(MailingState.CANCELLED))
    for mailing_id in connection.scalars(cancelled).all():
        skip_rest(connection, mailing_id, "cancelled", at)


def _next_number() -> ColumnElement[int]:
    """Return which try of its entry the next one is."""
    last = select(func.max(attempt.c.number)).where(attempt.c.entry_id == entry.c.id)
    return 1 + func.coalesce(last.scalar_subquery(), 0)


def settle_doubts(connection: Connection, mailing_id: int, *, resend: bool, at: datetime) -> int:
    """Hold the entries in doubt that are not to be sent again; return how many.

    With `resend` those in doubt for the second time, otherwise all.
    """
    reason = "in doubt twice" if resend else "in doubt"
    held = connection.execute(
        update(entry)
        .where(
            entry.c.mailing_id == mailing_id,
            entry.c.state == said(EntryState.IN_DOUBT),
            entry.c.doubts >= (2 if resend else 0),
        )
        .values(
            state=EntryState.HELD.value,
            reason=f"{reason}: the server may have taken it",
            finished_at=at,
        )
    )
    return held.rowcount


def skip_rest(connection: Connection, mailing_id: int, reason: str, at: datetime) -> int:
    """Skip what waits to leave; return how many. What is held waits for a person, and stays."""
    doubtful = entry.c.state == said(EntryState.IN_DOUBT)
    skipped = connection.execute(
        update(entry)
        .where(
            entry.c.mailing_id == mailing_id,
            entry.c.state.in_([said(state) for state in _WAITING]),
        )
        .values(
            state=EntryState.SKIPPED.value,
            reason=case((doubtful, f"{reason}; the server may have taken it"), else_=reason),
            finished_at=at,
        )
    )
    return skipped.rowcount


def tally(connection: Connection, mailing_id: int) -> Tally:
    """Count a mailing's entries by state, from rows.

    Raises:
        KeyError: there is no such mailing.
    """
    planned = connection.scalar(select(mailing.c.planned).where(mailing.c.id == mailing_id))
    if planned is None:
        raise KeyError(mailing_id)
    states = connection.execute(
        select(entry.c.state, func.count())
        .where(entry.c.mailing_id == mailing_id)
        .group_by(entry.c.state)
    )
    flagged = connection.scalar(
        select(func.count()).where(
            entry.c.mailing_id == mailing_id, entry.c.possible_duplicate == true()
        )
    )
    return Tally(
        planned=planned,
        states={EntryState(state): count for state, count in states},
        possible_duplicates=flagged or 0,
    )


def next_due(
    connection: Connection, mailing_id: int, after: datetime | None = None
) -> datetime | None:
    """Return when the earliest deferred entry (of those due `after`) is due, or None."""
    ours = [entry.c.mailing_id == mailing_id, entry.c.state == said(EntryState.DEFERRED)]
    if after is not None:
        ours.append(entry.c.not_before > after)
    due: datetime | None = connection.scalar(select(func.min(entry.c.not_before)).where(*ours))
    return due


def refusals(connection: Connection, mailing_id: int, limit: int) -> list[tuple[str, str]]:
    """Return (address, reason) of entries refused or held, by id."""
    stuck = [said(EntryState.REFUSED), said(EntryState.HELD)]
    statement = (
        select(subscriber.c.address, entry.c.reason)
        .join(subscriber, subscriber.c.id == entry.c.subscriber_id)
        .where(entry.c.mailing_id == mailing_id, entry.c.state.in_(stuck))
        .order_by(entry.c.id)
        .limit(limit)
    )
    return [(address, reason) for address, reason in connection.execute(statement)]
