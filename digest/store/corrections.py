"""Corrections: a new revision of an issue that was frozen, for those who have not had it yet.

What must stay true: who has had a revision, or may have, keeps it and gets no other in full. So an
entry moves to the new revision only if it is not on its way, was never in doubt and is not flagged.
The caller holds the sender lock: nothing is on its way.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    Connection,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from digest.model.audience import SubscriptionState
from digest.model.freeze import AudienceChanged, Freeze, Standing
from digest.model.mailing import EntryState
from digest.store import dialect
from digest.store.columns import UtcDateTime
from digest.store.freezing import (
    count_planned,
    store_editions,
    store_issue,
    store_mailing,
    store_map,
)
from digest.store.profiles import profile_of
from digest.store.tables import (
    edition,
    invitation,
    mailing,
    mailing_profile,
    outbox_entry,
    profile,
    said,
    subscription,
)

entry = outbox_entry

_WAITING = (EntryState.QUEUED, EntryState.DEFERRED)
#: These wait for nothing, and would go out in the newest revision if a person said: once more.
_SHELVED = (EntryState.REFUSED, EntryState.SKIPPED)
_HAD_IT = (EntryState.SENT, EntryState.IN_DOUBT, EntryState.HELD)


def standing(connection: Connection, mailing_id: int) -> Standing:
    """Return whom a new revision would reach, and who has had an earlier one."""
    reader = subscription.c.id == entry.c.subscription_id
    counted = (
        select(subscription.c.profile_id, func.count().label("readers"))
        .select_from(entry.join(subscription, reader))
        .where(_untouched(mailing_id), _in(_WAITING))
        .group_by(subscription.c.profile_id)
        .subquery()
    )
    rows = connection.execute(
        select(profile, counted.c.readers).join(counted, counted.c.profile_id == profile.c.id)
    ).mappings()
    asked = connection.execute(
        select(subscription.c.id, subscription.c.profile_id, invitation.c.question)
        .select_from(
            entry.join(subscription, reader).join(
                invitation, invitation.c.id == entry.c.invitation_id
            )
        )
        .where(_untouched(mailing_id), _in(_WAITING))
        .order_by(subscription.c.id)
    )
    had = connection.execute(
        select(edition.c.language, func.count())
        .select_from(entry.join(edition, edition.c.id == entry.c.edition_id))
        .where(_had(mailing_id))
        .group_by(edition.c.language)
    )
    return Standing(
        waiting={row["id"]: (profile_of(row), row["readers"]) for row in rows},
        invited=tuple((number, profile_id, question) for number, profile_id, question in asked),
        had=dict(had.all()),
    )


def correct(connection: Connection, mailing_id: int, plan: Freeze) -> int:
    """Store a revision and give it to those who have had nothing yet; return how many.

    Raises:
        AudienceChanged: a reader who waits has a profile that was not planned for; nothing is
            stored.
    """
    dialect.take_turns(connection)
    issue_id = store_issue(connection, plan)
    editions = store_editions(connection, plan, issue_id)
    connection.execute(delete(mailing_profile).where(mailing_profile.c.mailing_id == mailing_id))
    store_map(connection, plan, mailing_id, editions)
    connection.execute(
        update(mailing).where(mailing.c.id == mailing_id).values(revision=plan.revision)
    )
    _move(connection, mailing_id)
    _move_invited(connection, mailing_id, plan, editions)
    _skip_empty(connection, mailing_id, plan)
    _refuse_unknown(connection, mailing_id, plan)
    moved = select(func.count()).where(
        _untouched(mailing_id),
        _in(_WAITING),
        entry.c.edition_id.in_(list(editions.values())),
    )
    return connection.scalar(moved) or 0


def notify(connection: Connection, mailing_id: int, plan: Freeze, keys: Mapping[str, str]) -> int:
    """Store a notice to all who have had an earlier revision; return its mailing's id.

    `keys` is language -> key of the notice's edition.
    """
    issue_id = store_issue(connection, plan)
    editions = store_editions(connection, plan, issue_id)
    notice_id = store_mailing(connection, plan, issue_id)
    at = literal(plan.due_at, UtcDateTime)
    chosen = case(
        {language: editions[key] for language, key in keys.items()}, value=edition.c.language
    )
    readers = (
        select(
            literal(notice_id),
            null(),
            entry.c.subscriber_id,
            entry.c.subscription_id,
            chosen,
            entry.c.address_hash,
            entry.c.domain,
            said(EntryState.QUEUED),
            at,
            at,
        )
        .select_from(entry.join(edition, edition.c.id == entry.c.edition_id))
        .where(_had(mailing_id), edition.c.revision < plan.revision)
        .order_by(entry.c.id)
    )
    columns = ["mailing_id", "issue_id", "subscriber_id", "subscription_id", "edition_id"]
    columns += ["address_hash", "domain", "state", "due_at", "not_before"]
    connection.execute(insert(entry).from_select(columns, readers))
    count_planned(connection, notice_id)
    return notice_id


def _move(connection: Connection, mailing_id: int) -> None:
    mapped = (
        select(mailing_profile.c.edition_id)
        .join(subscription, subscription.c.profile_id == mailing_profile.c.profile_id)
        .where(
            mailing_profile.c.mailing_id == mailing_id,
            subscription.c.id == entry.c.subscription_id,
        )
        .correlate(entry)
    )
    connection.execute(
        update(entry)
        .where(_untouched(mailing_id), _in(_WAITING + _SHELVED), exists(mapped))
        .values(edition_id=mapped.scalar_subquery())
    )


def _move_invited(
    connection: Connection, mailing_id: int, plan: Freeze, editions: Mapping[str, int]
) -> None:
    for planned in plan.invitations:
        chosen = editions[planned.edition_key]
        theirs = and_(
            _untouched(mailing_id),
            _in(_WAITING + _SHELVED),
            entry.c.subscription_id == planned.subscription_id,
            entry.c.invitation_id.is_not(None),
        )
        moved = (
            update(entry).where(theirs).values(edition_id=chosen).returning(entry.c.invitation_id)
        )
        for invitation_id in connection.scalars(moved).all():
            connection.execute(
                update(invitation)
                .where(invitation.c.id == invitation_id)
                .values(edition_id=chosen, deadline_at=planned.deadline_at)
            )


def _skip_empty(connection: Connection, mailing_id: int, plan: Freeze) -> None:
    empty = exists().where(
        subscription.c.id == entry.c.subscription_id,
        dialect.is_one_of(connection, subscription.c.profile_id, sorted(plan.empty_profiles)),
    )
    connection.execute(
        update(entry)
        .where(_untouched(mailing_id), _in(_WAITING), entry.c.invitation_id.is_(None), empty)
        .values(
            state=EntryState.SKIPPED.value,
            reason=f"nothing of revision {plan.revision} is for this reader",
            finished_at=plan.frozen_at,
        )
    )


def _refuse_unknown(connection: Connection, mailing_id: int, plan: Freeze) -> None:
    mapped = exists().where(
        mailing_profile.c.mailing_id == mailing_id,
        mailing_profile.c.profile_id == subscription.c.profile_id,
    )
    empty = dialect.is_one_of(connection, subscription.c.profile_id, sorted(plan.empty_profiles))
    unknown = (
        select(entry.c.id)
        .join(subscription, subscription.c.id == entry.c.subscription_id)
        .where(
            _untouched(mailing_id),
            _in(_WAITING),
            subscription.c.state == said(SubscriptionState.ACTIVE),
            ~mapped,
            ~empty,
        )
        .limit(1)
    )
    if connection.execute(unknown).first() is not None:
        raise AudienceChanged(f"{plan.newsletter}: a reader has a profile that was not planned for")


def _untouched(mailing_id: int) -> ColumnElement[bool]:
    """Return the condition that an entry's reader cannot have had anything of a mailing."""
    return and_(
        entry.c.mailing_id == mailing_id,
        entry.c.doubts == 0,
        ~entry.c.possible_duplicate,
    )


def _had(mailing_id: int) -> ColumnElement[bool]:
    """Return the condition that an entry's reader has had a revision, or may have."""
    return and_(
        entry.c.mailing_id == mailing_id,
        or_(_in(_HAD_IT), entry.c.doubts > 0, entry.c.possible_duplicate == true()),
    )


def _in(states: tuple[EntryState, ...]) -> ColumnElement[bool]:
    return entry.c.state.in_([said(state) for state in states])


def is_newest(connection: Connection, mailing_id: int, revision: int) -> bool:
    """Return whether a mailing still sends a revision (two people may correct at once)."""
    return (
        connection.scalar(select(mailing.c.revision).where(mailing.c.id == mailing_id)) == revision
    )
