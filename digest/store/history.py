"""Each issue from one reader's point of view: why it came, or why it did not.

What is told is what is stored: the entry and its attempts where there is one, and otherwise what is
known of the reader beside the moment of the freeze.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from digest.model.audience import Subscription, SubscriptionState
from digest.model.freeze import History
from digest.model.mailing import MailingKind
from digest.store import dialect
from digest.store.addresses import address_key
from digest.store.profiles import describe
from digest.store.subscriptions import find_subscription
from digest.store.suppressions import EVERYWHERE
from digest.store.tables import (
    attempt,
    edition,
    issue,
    mailing,
    mailing_profile,
    outbox_entry,
    subscriber,
    subscription,
    suppression,
)

Attempts = tuple[tuple[datetime, str, int, str], ...]


def history(connection: Connection, newsletter: str, address: str) -> list[History]:
    """Return each frozen issue from one reader's point of view, newest first.

    An address that nobody has: an empty list.
    """
    key = address_key(address)
    person = connection.execute(
        select(subscriber.c.id, subscriber.c.address_hash).where(subscriber.c.address_key == key)
    ).first()
    if person is None:
        return []
    rows = connection.execute(_issues(newsletter, person.id)).all()
    chosen = _one_a_number(rows)
    tries = _attempts(connection, [row.entry_id for row in chosen if row.entry_id is not None])
    silence = _Silence(connection, newsletter, address, person.address_hash)
    return [
        _selected(row, newsletter, tries[row.entry_id])
        if row.entry_id is not None
        else History(
            number=row.number, newsletter=newsletter, selected=False, reason=silence.reason(row)
        )
        for row in chosen
    ]


def _issues(newsletter: str, subscriber_id: int) -> Select[*tuple[Any, ...]]:
    """Return the mailings of issues, each with the reader's entry and edition, if any."""
    theirs = and_(
        outbox_entry.c.mailing_id == mailing.c.id,
        outbox_entry.c.subscriber_id == subscriber_id,
    )
    return (
        select(
            issue.c.number,
            mailing.c.id.label("mailing_id"),
            mailing.c.frozen_at,
            mailing.c.kind,
            outbox_entry.c.id.label("entry_id"),
            outbox_entry.c.state,
            outbox_entry.c.reason,
            outbox_entry.c.possible_duplicate,
            edition.c.key,
            edition.c.language,
            edition.c.audience,
            edition.c.question,
            edition.c.revision,
        )
        .select_from(
            mailing.join(issue, issue.c.id == mailing.c.issue_id)
            .outerjoin(outbox_entry, theirs)
            .outerjoin(edition, edition.c.id == outbox_entry.c.edition_id)
        )
        .where(mailing.c.newsletter == newsletter)
        .order_by(issue.c.number.desc(), mailing.c.id.desc())
    )


def _one_a_number(rows: Any) -> list[Row[*tuple[Any, ...]]]:
    """Return one row an issue: of several mailings the one that reached the reader.

    The notice of a correction stands beside it, for who got one.
    """
    chosen: dict[tuple[int, int], Row[*tuple[Any, ...]]] = {}
    for row in rows:
        is_notice = row.kind != MailingKind.ISSUE.value
        if is_notice and row.entry_id is None:
            continue
        key = (row.number, row.mailing_id if is_notice else 0)
        if key not in chosen or row.entry_id is not None:
            chosen[key] = row
    return list(chosen.values())


def _attempts(connection: Connection, entry_ids: list[int]) -> dict[int, Attempts]:
    tries: dict[int, Attempts] = defaultdict(tuple)
    statement = (
        select(attempt)
        .where(dialect.is_one_of(connection, attempt.c.entry_id, entry_ids))
        .order_by(attempt.c.entry_id, attempt.c.number)
    )
    for row in connection.execute(statement):
        tries[row.entry_id] += ((row.tried_at, row.verdict, row.code, row.text),)
    return tries


def _selected(row: Row[*tuple[Any, ...]], newsletter: str, tries: Attempts) -> History:
    return History(
        number=row.number,
        newsletter=newsletter,
        selected=True,
        reason=row.reason or f"selected by: {row.audience}",
        state=row.state,
        edition_key=row.key,
        language=row.language,
        audience=row.audience,
        question=row.question or "",
        possible_duplicate=row.possible_duplicate,
        mailing_id=row.mailing_id,
        entry_id=row.entry_id,
        kind=MailingKind(row.kind),
        revision=row.revision,
        attempts=tries,
    )


class _Silence:
    """Why issues did not come: what is known of a reader, read once."""

    def __init__(
        self, connection: Connection, newsletter: str, address: str, address_hash: bytes
    ) -> None:
        self._reader = find_subscription(connection, newsletter, address)
        self._since = _since(connection, self._reader)
        self._mapped = _mapped(connection, self._reader)
        self._suppressions = connection.execute(
            select(suppression.c.reason, suppression.c.suppressed_at)
            .where(
                suppression.c.address_hash == address_hash,
                suppression.c.newsletter.in_([EVERYWHERE, newsletter]),
            )
            .order_by(suppression.c.suppressed_at)
        ).all()

    def reason(self, mailing_row: Row[*tuple[Any, ...]]) -> str:
        """Return why the reader was not selected when a mailing was frozen."""
        frozen_at: datetime = mailing_row.frozen_at
        reader = self._reader
        if reader is None or (self._since is not None and self._since > frozen_at):
            return "not subscribed then"
        if reader.left_at is not None and reader.left_at <= frozen_at:
            return f"left on {reader.left_at:%Y-%m-%d}"
        if reader.state is SubscriptionState.PENDING:
            return "has not confirmed the subscription"
        for reason, suppressed_at in self._suppressions:
            if suppressed_at <= frozen_at:
                return f"suppressed: {reason}"
        if reader.paused_until is not None and reader.paused_until > frozen_at:
            return f"paused until {reader.paused_until:%Y-%m-%d}"
        if mailing_row.mailing_id not in self._mapped:
            return f"no edition: nothing in this issue is for {describe(reader.profile)}"
        return "was not in the audience when the issue was frozen, and has changed since"


def _since(connection: Connection, reader: Subscription | None) -> datetime | None:
    """Return when the reader's yes came to us; a roster may date it long before that."""
    if reader is None:
        return None
    return connection.scalar(
        select(subscription.c.consent_at).where(subscription.c.id == reader.id)
    )


def _mapped(connection: Connection, reader: Subscription | None) -> set[int]:
    """Return the mailings that had an edition for the reader's profile."""
    if reader is None:
        return set()
    profile_id = select(subscription.c.profile_id).where(subscription.c.id == reader.id)
    return set(
        connection.scalars(
            select(mailing_profile.c.mailing_id).where(
                mailing_profile.c.profile_id == profile_id.scalar_subquery()
            )
        )
    )
