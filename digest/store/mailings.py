"""Mailings, and the moves each may make: sending, paused, complete, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, select, update

from digest.model.mailing import EntryState, Mailing, MailingKind, MailingState, PausedBy
from digest.model.newsletter import Letterhead
from digest.store.letterheads import letterhead_of
from digest.store.tables import issue, mailing, outbox_entry, said

#: What keeps a mailing from being complete.
_OPEN = (
    EntryState.QUEUED,
    EntryState.SENDING,
    EntryState.DEFERRED,
    EntryState.IN_DOUBT,
    EntryState.HELD,
)
_UNDER_WAY = (MailingState.SENDING, MailingState.PAUSED)


def mailings(connection: Connection, newsletter: str | None) -> list[Mailing]:
    """Return the mailings, newest first."""
    statement = _every_mailing().order_by(mailing.c.id.desc())
    if newsletter is not None:
        statement = statement.where(mailing.c.newsletter == newsletter)
    return [_mailing_of(row) for row in connection.execute(statement)]


def unfinished(connection: Connection, newsletter: str | None) -> list[Mailing]:
    """Return mailings that are sending or paused, oldest first."""
    statement = _every_mailing().where(mailing.c.state.in_([said(state) for state in _UNDER_WAY]))
    if newsletter is not None:
        statement = statement.where(mailing.c.newsletter == newsletter)
    return [_mailing_of(row) for row in connection.execute(statement.order_by(mailing.c.id))]


def mailing_by_id(connection: Connection, mailing_id: int) -> Mailing:
    """Return one mailing.

    Raises:
        KeyError: there is none.
    """
    row = connection.execute(_every_mailing().where(mailing.c.id == mailing_id)).first()
    if row is None:
        raise KeyError(mailing_id)
    return _mailing_of(row)


def letterhead(connection: Connection, mailing_id: int) -> Letterhead:
    """Return what the messages of a mailing say of their newsletter.

    Raises:
        KeyError: there is no such mailing.
    """
    text = connection.scalar(select(mailing.c.letterhead).where(mailing.c.id == mailing_id))
    if text is None:
        raise KeyError(mailing_id)
    return letterhead_of(text)


def pause(
    connection: Connection,
    mailing_id: int,
    reason: str,
    *,
    by: PausedBy,
    retry_at: datetime | None,
    probes: int,
) -> None:
    """Pause a mailing, saying why; a paused one gets the newer reason.

    What a person or a rollout paused is not the server's to try again: its refusal changes nothing.
    """
    mine = [_under_way()]
    if by is PausedBy.SERVER:
        mine.append(mailing.c.paused_by.in_(["", by.value]))
    connection.execute(
        update(mailing)
        .where(mailing.c.id == mailing_id, *mine)
        .values(
            state=MailingState.PAUSED.value,
            reason=reason,
            paused_by=by.value,
            retry_at=retry_at,
            probes=probes,
        )
    )


def resume(connection: Connection, mailing_id: int, *, probes: int) -> None:
    """Let a paused mailing go on; another is left alone."""
    connection.execute(
        update(mailing)
        .where(mailing.c.id == mailing_id, mailing.c.state == said(MailingState.PAUSED))
        .values(
            state=MailingState.SENDING.value, reason="", paused_by="", retry_at=None, probes=probes
        )
    )


def keep_rollout(connection: Connection, mailing_id: int, rollout: str) -> None:
    """Remember how far a mailing's staged rollout is."""
    connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(rollout=rollout))


def complete_if_settled(connection: Connection, mailing_id: int, at: datetime) -> bool:
    """Mark a mailing complete when nothing of it is open; return whether it is now complete."""
    still_open = [
        exists().where(outbox_entry.c.mailing_id == mailing_id, outbox_entry.c.state == said(state))
        for state in _OPEN
    ]
    connection.execute(
        update(mailing)
        .where(mailing.c.id == mailing_id, _under_way(), *(~found for found in still_open))
        .values(
            state=MailingState.COMPLETE.value,
            reason="",
            completed_at=at,
            paused_by="",
            retry_at=None,
            probes=0,
        )
    )
    state = connection.scalar(select(mailing.c.state).where(mailing.c.id == mailing_id))
    return state == MailingState.COMPLETE.value


def _under_way() -> Any:
    return mailing.c.state.in_([said(state) for state in _UNDER_WAY])


def _every_mailing() -> Select[*tuple[Any, ...]]:
    joined = mailing.outerjoin(issue, issue.c.id == mailing.c.issue_id)
    return select(mailing, issue.c.number).select_from(joined)


def _mailing_of(row: Row[*tuple[Any, ...]]) -> Mailing:
    return Mailing(
        id=row.id,
        kind=MailingKind(row.kind),
        newsletter=row.newsletter,
        number=row.number,
        state=MailingState(row.state),
        reason=row.reason,
        paused_by=PausedBy(row.paused_by) if row.paused_by else None,
        retry_at=row.retry_at,
        probes=row.probes,
        planned=row.planned,
        frozen_at=row.frozen_at,
        completed_at=row.completed_at,
        captured=row.captured,
        revision=row.revision,
        rollout=row.rollout,
    )
