"""The outbox: one entry a recipient, and every move that an entry makes.

What must stay true: an entry makes only the moves of `digest.model.mailing.MOVES`, so that planned
is always the sum over the states; it becomes `sending` only in the statement that looks at
suppressions and subscriptions, and that is committed before the first byte leaves; only what is
`sending` is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
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
    Result,
    Tally,
    Verdict,
)
from digest.store import dialect
from digest.store.invitations import issue_invitations
from digest.store.tables import attempt, mailing, outbox_entry, said, subscriber
from digest.store.willing import is_subscribed, is_suppressed

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


def claim(connection: Connection, entry_ids: Sequence[int], at: datetime) -> set[int]:
    """Mark as `sending` those that may still be sent, and return them; skip the others."""
    if not entry_ids:
        return set()
    asked = and_(
        dialect.is_one_of(connection, entry.c.id, entry_ids),
        entry.c.state.in_([said(state) for state in _WAITING]),
    )
    doubtful = entry.c.state == said(EntryState.IN_DOUBT)
    claimed = connection.execute(
        update(entry)
        .where(asked, is_subscribed(), ~is_suppressed())
        .values(
            state=EntryState.SENDING.value,
            attempts=entry.c.attempts + 1,
            claimed_at=at,
            possible_duplicate=case((doubtful, true()), else_=entry.c.possible_duplicate),
        )
        .returning(entry.c.id)
    )
    found = set(claimed.scalars())
    if len(found) < len(set(entry_ids)):
        _skip_unwilling(connection, asked, at)
    return found


def put_back(connection: Connection, entry_ids: Sequence[int]) -> None:
    """Undo the claim of entries that were never begun: no attempt is counted."""
    if not entry_ids:
        return
    doubtful = and_(entry.c.possible_duplicate == true(), entry.c.doubts > 0)
    connection.execute(
        update(entry)
        .where(
            dialect.is_one_of(connection, entry.c.id, entry_ids),
            entry.c.state == said(EntryState.SENDING),
        )
        .values(
            state=case((doubtful, EntryState.IN_DOUBT.value), else_=EntryState.QUEUED.value),
            attempts=entry.c.attempts - 1,
        )
    )


def record(connection: Connection, results: Iterable[Result]) -> None:
    """Store attempts and the states they lead to; what is no longer `sending` is left alone.

    Raises:
        ValueError: a result leads where no entry may go from `sending`.
    """
    first: dict[int, Result] = {}
    for result in results:
        if result.state not in MOVES[EntryState.SENDING]:
            raise ValueError(f"an entry cannot go from sending to {result.state.value}")
        first.setdefault(result.entry_id, result)
    sending = connection.execute(
        select(entry.c.id, _next_number()).where(
            dialect.is_one_of(connection, entry.c.id, first),
            entry.c.state == said(EntryState.SENDING),
        )
    ).all()
    kept = [first[number] for number, _ in sending]
    if not kept:
        return
    tries = [_attempt_row(first[number]) | {"number": nth} for number, nth in sending]
    connection.execute(insert(attempt), tries)
    connection.execute(_RECORD, [_record_row(result) for result in kept])
    sent = {r.entry_id: r.tried_at for r in kept if r.state is EntryState.SENT}
    if sent:
        issue_invitations(connection, sent)


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


def next_due(connection: Connection, mailing_id: int) -> datetime | None:
    """Return when the earliest deferred entry is due, or None."""
    due: datetime | None = connection.scalar(
        select(func.min(entry.c.not_before)).where(
            entry.c.mailing_id == mailing_id, entry.c.state == said(EntryState.DEFERRED)
        )
    )
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


def _skip_unwilling(connection: Connection, asked: ColumnElement[bool], at: datetime) -> None:
    """Skip those that said no. What may be sent after all (a no taken back since) stays."""
    has_said_no = is_suppressed()
    connection.execute(
        update(entry)
        .where(asked, ~and_(is_subscribed(), ~has_said_no))
        .values(
            state=EntryState.SKIPPED.value,
            reason=case((has_said_no, "suppressed"), else_="unsubscribed"),
            finished_at=at,
        )
    )


_RECORD = (
    update(entry)
    .where(entry.c.id == bindparam("number"), entry.c.state == said(EntryState.SENDING))
    .values(
        state=bindparam("next_state"),
        reason=bindparam("why"),
        not_before=func.coalesce(
            bindparam("again_at", type_=entry.c.not_before.type), entry.c.not_before
        ),
        doubts=entry.c.doubts + bindparam("doubt"),
        # An end of before stays known: what a person queued once more is counted from there.
        finished_at=func.coalesce(
            bindparam("ended_at", type_=entry.c.finished_at.type), entry.c.finished_at
        ),
    )
)

_ENDS = frozenset({EntryState.SENT, EntryState.REFUSED, EntryState.HELD})
_DOUBTS = frozenset({EntryState.IN_DOUBT, EntryState.HELD})


def _record_row(result: Result) -> dict[str, Any]:
    waits = result.state is EntryState.DEFERRED
    return {
        "number": result.entry_id,
        "next_state": result.state.value,
        "why": result.reason,
        # A deferral without a time may leave at once; other states keep the time they had.
        "again_at": (result.not_before or result.tried_at) if waits else None,
        "doubt": 1 if result.state in _DOUBTS else 0,
        "ended_at": result.tried_at if result.state in _ENDS else None,
    }


def _attempt_row(result: Result) -> dict[str, Any]:
    reply = result.reply
    return {
        "entry_id": result.entry_id,
        "tried_at": result.tried_at,
        "verdict": reply.verdict.value,
        "code": reply.code,
        "enhanced": reply.enhanced,
        "text": reply.text,
    }
