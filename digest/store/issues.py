"""Issues and editions as they were frozen. Nothing here changes them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, select

from digest.model.edition import Edition, FrozenEdition, Placeholder, Rendered
from digest.model.issue import SentIssue
from digest.model.picture import Picture
from digest.store.assets import pictures
from digest.store.tables import (
    edition,
    edition_item,
    issue,
    issue_item,
    issue_revision,
    mailing,
    mailing_profile,
    outbox_entry,
)


def sent_issues(connection: Connection, newsletter: str) -> list[SentIssue]:
    """Return every frozen issue as its newest revision has it, oldest first.

    Its items are those of all its revisions: what a correction dropped has been sent all the same.
    """
    items: dict[int, dict[str, str]] = defaultdict(dict)
    for number, item, content_hash in connection.execute(
        select(issue_item.c.issue_id, issue_item.c.item, issue_item.c.content_hash)
        .join(issue, issue.c.id == issue_item.c.issue_id)
        .where(issue.c.newsletter == newsletter)
        .order_by(issue_item.c.issue_id, issue_item.c.revision, issue_item.c.item)
    ):
        items[number][item] = content_hash
    revisions = connection.execute(
        select(
            issue.c.id,
            issue.c.number,
            issue_revision.c.cutoff_at,
            issue_revision.c.content_hash,
            issue_revision.c.note_hash,
            issue_revision.c.revision,
        )
        .join(issue, issue.c.id == issue_revision.c.issue_id)
        .where(issue.c.newsletter == newsletter)
        .order_by(issue.c.number, issue_revision.c.revision)
    )
    newest = {row.number: row for row in revisions}
    return [
        SentIssue(
            number=row.number,
            cutoff_at=row.cutoff_at,
            items=items[row.id],
            content_hash=row.content_hash,
            note_hash=row.note_hash,
            revision=row.revision,
        )
        for row in newest.values()
    ]


def frozen_editions(connection: Connection, mailing_id: int) -> list[FrozenEdition]:
    """Return what was frozen for a mailing, ordered by id; of a corrected one all revisions."""
    statement = (
        select(edition)
        .join(
            mailing,
            (mailing.c.issue_id == edition.c.issue_id) & (edition.c.revision <= mailing.c.revision),
        )
        .where(mailing.c.id == mailing_id)
        .order_by(edition.c.id)
    )
    rows = connection.execute(statement).all()
    items = _items(connection, mailing_id)
    hashes = {row.id: json.loads(row.assets) for row in rows}
    shown = pictures(connection, (each for listed in hashes.values() for each in listed))
    return [_edition_of(row, tuple(items[row.id]), hashes[row.id], shown) for row in rows]


def edition_counts(connection: Connection, mailing_id: int) -> dict[str, int]:
    """Return how many entries each edition of a mailing has, by edition key."""
    counted = (
        select(outbox_entry.c.edition_id, func.count().label("entries"))
        .where(outbox_entry.c.mailing_id == mailing_id)
        .group_by(outbox_entry.c.edition_id)
        .subquery()
    )
    statement = (
        select(edition.c.key, counted.c.entries)
        .join(counted, counted.c.edition_id == edition.c.id)
        .order_by(edition.c.id)
    )
    return dict(connection.execute(statement).all())


def profile_editions(connection: Connection, mailing_id: int) -> dict[int, str]:
    """Return profile id -> the key of the edition that it got of a mailing, invitations aside."""
    statement = (
        select(mailing_profile.c.profile_id, edition.c.key)
        .join(edition, edition.c.id == mailing_profile.c.edition_id)
        .where(mailing_profile.c.mailing_id == mailing_id)
        .order_by(mailing_profile.c.profile_id)
    )
    return dict(connection.execute(statement).all())


def _items(connection: Connection, mailing_id: int) -> dict[int, list[str]]:
    statement = (
        select(edition_item.c.edition_id, edition_item.c.item)
        .join(edition, edition.c.id == edition_item.c.edition_id)
        .join(
            mailing,
            (mailing.c.issue_id == edition.c.issue_id) & (edition.c.revision <= mailing.c.revision),
        )
        .where(mailing.c.id == mailing_id)
        .order_by(edition_item.c.edition_id, edition_item.c.position)
    )
    items: dict[int, list[str]] = defaultdict(list)
    for number, item in connection.execute(statement):
        items[number].append(item)
    return items


def _edition_of(
    row: Row[*tuple[Any, ...]],
    items: tuple[str, ...],
    hashes: list[str],
    shown: Mapping[str, Picture],
) -> FrozenEdition:
    return FrozenEdition(
        id=row.id,
        edition=Edition(
            key=row.key,
            language=row.language,
            items=items,
            question=row.question,
            audience=row.audience,
        ),
        rendered=Rendered(
            subject=row.subject,
            preheader=row.preheader,
            html=row.html,
            text=row.text,
            markers={marker: Placeholder(name) for marker, name in json.loads(row.markers).items()},
            greeting_named=row.greeting_named,
            greeting_plain=row.greeting_plain,
            pictures=tuple(shown[each] for each in hashes),
        ),
    )
