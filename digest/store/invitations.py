"""Invitations to answer questions.

An invitation counts as issued when its entry is sent. One that was planned and whose entry was
skipped or refused never reached anybody: it takes up no place and is not held against its creator.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from digest.model.invitation import Invitation, InvitationState, QuestionStanding
from digest.model.mailing import EntryState
from digest.store import dialect
from digest.store.columns import UtcDateTime
from digest.store.tables import invitation, mailing, outbox_entry, said, subscription

_ANSWERS = {InvitationState.ACCEPTED, InvitationState.DECLINED}


def find_invitation(connection: Connection, invitation_id: int, handle: bytes) -> Invitation | None:
    """Return an invitation if it belongs to the subscription that a link names, else None."""
    statement = (
        select(invitation)
        .join(subscription, subscription.c.id == invitation.c.subscription_id)
        .where(invitation.c.id == invitation_id, subscription.c.handle == handle)
    )
    row = connection.execute(statement).first()
    return None if row is None else _invitation_of(row)


def answer(
    connection: Connection, invitation_id: int, state: InvitationState, at: datetime
) -> Invitation | None:
    """Accept or decline until the deadline; the last answer counts. None: too late, or no such.

    Raises:
        ValueError: the state is no answer.
    """
    if state not in _ANSWERS:
        raise ValueError(f"{state.value} is no answer to an invitation")
    statement = (
        update(invitation)
        .where(invitation.c.id == invitation_id, _open_at(at))
        .values(state=state.value, answered_at=at)
        .returning(*invitation.c)
    )
    row = connection.execute(statement).first()
    return None if row is None else _invitation_of(row)


def issue_invitations(connection: Connection, sent: dict[int, datetime]) -> None:
    """Count as issued what stood in entries that were sent (entry id -> when).

    An answer may be there already: the mail of an entry in doubt had arrived after all.
    """
    statement = select(outbox_entry.c.invitation_id, outbox_entry.c.id).where(
        dialect.is_one_of(connection, outbox_entry.c.id, sent),
        outbox_entry.c.invitation_id.is_not(None),
    )
    for number, entry_id in connection.execute(statement).all():
        planned = invitation.c.state == said(InvitationState.PLANNED)
        connection.execute(
            update(invitation)
            .where(invitation.c.id == number)
            .values(
                state=case((planned, said(InvitationState.ISSUED)), else_=invitation.c.state),
                issued_at=func.coalesce(
                    invitation.c.issued_at, literal(sent[entry_id], UtcDateTime())
                ),
            )
        )


def standings(connection: Connection, newsletter: str, at: datetime) -> dict[str, QuestionStanding]:
    """Return question id -> how many invitations are out, and how many are accepted."""
    out = and_(
        or_(
            invitation.c.state == said(InvitationState.ISSUED),
            and_(invitation.c.state == said(InvitationState.PLANNED), ~_came_to_nothing()),
        ),
        _open_at(at),
    )
    accepted = invitation.c.state == said(InvitationState.ACCEPTED)
    statement = (
        select(
            invitation.c.question,
            func.sum(case((out, 1), else_=0)).label("outstanding"),
            func.sum(case((accepted, 1), else_=0)).label("accepted"),
        )
        .where(invitation.c.newsletter == newsletter)
        .group_by(invitation.c.question)
        .order_by(invitation.c.question)
    )
    return {
        row.question: QuestionStanding(
            question=row.question, outstanding=int(row.outstanding), accepted=int(row.accepted)
        )
        for row in connection.execute(statement)
    }


def asked_before(
    connection: Connection, newsletter: str, subscription_ids: ColumnElement[int]
) -> dict[int, list[tuple[str, datetime]]]:
    """Return subscription id -> (question, when), newest first, of a column of subscriptions."""
    when = func.coalesce(invitation.c.issued_at, mailing.c.frozen_at)
    statement = (
        select(invitation.c.subscription_id, invitation.c.question, when)
        .join(mailing, mailing.c.id == invitation.c.mailing_id)
        .where(
            invitation.c.newsletter == newsletter,
            invitation.c.subscription_id.in_(select(subscription_ids)),
            ~and_(invitation.c.state == said(InvitationState.PLANNED), _came_to_nothing()),
        )
        .order_by(when.desc(), invitation.c.id.desc())
    )
    past: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for number, question, at in connection.execute(statement):
        past[number].append((question, at))
    return past


def _open_at(at: datetime) -> ColumnElement[bool]:
    return or_(invitation.c.deadline_at.is_(None), invitation.c.deadline_at >= at)


def _came_to_nothing() -> ColumnElement[bool]:
    over = [said(EntryState.SKIPPED), said(EntryState.REFUSED)]
    return exists().where(
        outbox_entry.c.invitation_id == invitation.c.id, outbox_entry.c.state.in_(over)
    )


def _invitation_of(row: Row[*tuple[Any, ...]]) -> Invitation:
    return Invitation(
        id=row.id,
        newsletter=row.newsletter,
        question=row.question,
        field=row.field,
        subscription_id=row.subscription_id,
        state=InvitationState(row.state),
        deadline_at=row.deadline_at,
        issued_at=row.issued_at,
        answered_at=row.answered_at,
    )
