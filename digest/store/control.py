"""What a person does to a mailing: cancel, try again, settle, send once more.

What must stay true: each is one transaction, made whatever another process sends meanwhile; an
entry makes only legal moves; what the server may have taken already is flagged when it goes back to
the queue; a mailing with something to do is never `complete`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from digest.model.control import Again, Resent
from digest.model.mailing import MOVES, EntryState, MailingState
from digest.store import dialect
from digest.store.addresses import address_key
from digest.store.invitations import issue_invitations
from digest.store.tables import (
    attempt,
    edition,
    invitation,
    issue,
    issue_item,
    issue_revision,
    mailing,
    outbox_entry,
    said,
    slot,
    subscriber,
)
from digest.store.willing import is_subscribed, is_suppressed

entry = outbox_entry


class HasBegun(Exception):  # noqa: N818  it is news, not a fault
    """Something of the mailing has left."""


#: What may still be skipped: it waits, or it is held.
_OPEN = tuple(state for state in EntryState if EntryState.SKIPPED in MOVES[state])
_MAYBE_TAKEN = (EntryState.IN_DOUBT, EntryState.HELD)


def has_begun(connection: Connection, mailing_id: int) -> bool:
    """Return whether a byte of a mailing may have left."""
    ours = entry.c.mailing_id == mailing_id
    untouched = [said(EntryState.QUEUED), said(EntryState.SKIPPED)]
    moved = exists().where(ours, entry.c.state.not_in(untouched))
    tried = exists(
        select(attempt.c.entry_id).join(entry, entry.c.id == attempt.c.entry_id).where(ours)
    )
    return bool(connection.scalar(select(or_(moved, tried))))


def cancel(connection: Connection, mailing_id: int, at: datetime) -> int:
    """Cancel a mailing that is under way and skip what has not left; return how many."""
    _close(connection, mailing_id, "cancelled", at)
    doubtful = entry.c.state.in_([said(state) for state in _MAYBE_TAKEN])
    skipped = connection.execute(
        update(entry)
        .where(entry.c.mailing_id == mailing_id, _in(_OPEN))
        .values(
            state=EntryState.SKIPPED.value,
            reason=case((doubtful, "cancelled; the server may have taken it"), else_="cancelled"),
            finished_at=at,
        )
    )
    return skipped.rowcount


def withdraw(connection: Connection, mailing_id: int, at: datetime) -> None:
    """Cancel a mailing of which nothing has left, as if its issue had never been frozen.

    The issue goes, with its number and its invitations: its items wait for the next plan. The
    mailing, its editions and its entries stay as an account of what was planned.

    Raises:
        HasBegun: the first byte was quicker; the transaction is to be undone.
    """
    number = connection.scalar(
        select(issue.c.number)
        .join(mailing, mailing.c.issue_id == issue.c.id)
        .where(mailing.c.id == mailing_id)
    )
    reason = f"issue {number} was cancelled before anything left; its items wait for the next"
    issue_id = connection.scalar(select(mailing.c.issue_id).where(mailing.c.id == mailing_id))
    cancel(connection, mailing_id, at)
    if has_begun(connection, mailing_id):  # after the entries are locked: a claim may be quicker
        raise HasBegun
    ours = mailing.c.id == mailing_id
    connection.execute(update(mailing).where(ours).values(reason=reason, issue_id=None))
    connection.execute(
        update(entry)
        .where(entry.c.mailing_id == mailing_id)
        .values(issue_id=None, invitation_id=None)
    )
    connection.execute(delete(invitation).where(invitation.c.mailing_id == mailing_id))
    connection.execute(
        update(slot).where(slot.c.mailing_id == mailing_id).values(outcome="cancelled")
    )
    shared = exists().where(mailing.c.issue_id == issue_id)
    if issue_id is not None and not connection.scalar(select(shared)):
        _forget_issue(connection, issue_id)


def _forget_issue(connection: Connection, issue_id: int) -> None:
    connection.execute(update(edition).where(edition.c.issue_id == issue_id).values(issue_id=None))
    for table, column in (
        (issue_item, issue_item.c.issue_id),
        (issue_revision, issue_revision.c.issue_id),
        (issue, issue.c.id),
    ):
        connection.execute(delete(table).where(column == issue_id))


def try_again(
    connection: Connection,
    mailing_id: int,
    states: Collection[EntryState],
    addresses: Sequence[str],
    at: datetime,
) -> Again:
    """Queue what was refused or is held once more; no address: all of them.

    Whoever is suppressed or has left is passed over, and counted.
    """
    wanted = and_(entry.c.mailing_id == mailing_id, _in(states), *_to(connection, addresses))
    queued = connection.execute(
        update(entry).where(wanted, is_subscribed(), ~is_suppressed()).values(_queued(at))
    ).rowcount
    left = connection.scalar(select(func.count()).select_from(entry).where(wanted)) or 0
    if queued:
        _reopen(connection, mailing_id)
    return Again(queued=queued, unwilling=left)


def settle(
    connection: Connection,
    mailing_id: int,
    state: EntryState,
    addresses: Sequence[str],
    at: datetime,
) -> int:
    """Call what is held sent, or skipped; no address: all of it. Return how many."""
    reason = "settled by hand"
    settled = connection.execute(
        update(entry)
        .where(
            entry.c.mailing_id == mailing_id,
            _in([EntryState.HELD]),
            *_to(connection, addresses),
        )
        .values(state=state.value, reason=reason, finished_at=at)
        .returning(entry.c.id)
    )
    numbers = list(settled.scalars())
    if state is EntryState.SENT and numbers:
        issue_invitations(connection, dict.fromkeys(numbers, at))
    return len(numbers)


def resend(connection: Connection, mailing_id: int, address: str, at: datetime) -> Resent:
    """Queue one reader's entry once more, whatever became of it; flagged where it may have left."""
    wanted = and_(entry.c.mailing_id == mailing_id, *_to(connection, [address]))
    willing = and_(is_subscribed(), ~is_suppressed())
    row = connection.execute(select(entry.c.state, willing.label("willing")).where(wanted)).first()
    if row is None:
        return Resent.NO_READER
    state = EntryState(row.state)
    if EntryState.QUEUED not in MOVES[state] or state is EntryState.SENDING:
        return Resent.ON_ITS_WAY
    if not row.willing:
        return Resent.UNWILLING
    connection.execute(
        update(entry).where(wanted, entry.c.state == said(state)).values(_queued(at))
    )
    _reopen(connection, mailing_id)
    return Resent.QUEUED


def _queued(at: datetime) -> dict[str, Any]:
    """Return what an entry becomes that goes out once more. Its waits begin anew: attempts before
    `finished_at`, which stays, are not counted towards giving up."""
    taken = [said(state) for state in (EntryState.SENT, EntryState.HELD)]
    # What was in doubt and then skipped (settled so, or its reader said no) may have arrived, too.
    maybe_taken = or_(entry.c.state.in_(taken), entry.c.doubts > 0)
    return {
        "state": EntryState.QUEUED.value,
        "reason": "",
        "attempts": 0,
        "not_before": at,
        "possible_duplicate": case((maybe_taken, true()), else_=entry.c.possible_duplicate),
    }


def _reopen(connection: Connection, mailing_id: int) -> None:
    connection.execute(
        update(mailing)
        .where(mailing.c.id == mailing_id, mailing.c.state == said(MailingState.COMPLETE))
        .values(state=MailingState.SENDING.value, completed_at=None)
    )


def _close(connection: Connection, mailing_id: int, reason: str, at: datetime) -> None:
    connection.execute(
        update(mailing)
        .where(mailing.c.id == mailing_id)
        .values(
            state=MailingState.CANCELLED.value,
            reason=reason,
            completed_at=at,
            paused_by="",
            retry_at=None,
            probes=0,
        )
    )


def _in(states: Collection[EntryState]) -> ColumnElement[bool]:
    return entry.c.state.in_([said(state) for state in states])


def _to(connection: Connection, addresses: Sequence[str]) -> list[ColumnElement[bool]]:
    if not addresses:
        return []
    keys = [address_key(address) for address in addresses]
    people = select(subscriber.c.id).where(
        dialect.is_one_of(connection, subscriber.c.address_key, keys)
    )
    return [entry.c.subscriber_id.in_(people)]
