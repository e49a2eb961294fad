"""The freeze: an issue, its editions and its outbox, stored as one.

The number of statements does not depend on how many readers there are: the audience is one
INSERT ... SELECT that joins the map from profile to edition. An invitation's edition goes before
the map's. Whoever has had the issue by an earlier mailing is passed over.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from digest.errors import StoreError
from digest.model.edition import FrozenEdition
from digest.model.freeze import SNAPSHOT_FORMAT, AudienceChanged, Freeze
from digest.model.invitation import InvitationState
from digest.model.mailing import EntryState, MailingState
from digest.store import dialect
from digest.store.assets import store_pictures
from digest.store.audience import reachable
from digest.store.columns import UtcDateTime, canonical_json
from digest.store.letterheads import letterhead_text
from digest.store.tables import (
    edition,
    edition_item,
    invitation,
    issue,
    issue_item,
    issue_revision,
    mailing,
    mailing_profile,
    outbox_entry,
    profile,
    said,
    slot,
    subscriber,
    subscription,
)


def freeze(connection: Connection, plan: Freeze) -> int:
    """Store what is to be sent and to whom; return the mailing's id.

    Raises:
        AudienceChanged: somebody's profile is neither mapped nor known to get nothing.
        StoreError: this revision of the issue was frozen before, with other content.
    """
    dialect.take_turns(connection)
    issue_id = store_issue(connection, plan)
    editions = store_editions(connection, plan, issue_id)
    mailing_id = store_mailing(connection, plan, issue_id)
    store_map(connection, plan, mailing_id, editions)
    _store_invitations(connection, plan, mailing_id, editions)
    _fill_outbox(connection, plan, mailing_id, issue_id)
    _refuse_unknown_profiles(connection, plan, mailing_id)
    _forget_unused_invitations(connection, mailing_id)
    count_planned(connection, mailing_id)
    _tie_slot(connection, plan, mailing_id)
    return mailing_id


def store_issue(connection: Connection, plan: Freeze) -> int:
    """Store a revision of an issue, and the issue with its first one; return the issue's id."""
    connection.execute(
        dialect.insert_new(connection, issue, ["newsletter", "number"]).values(
            newsletter=plan.newsletter, number=plan.number
        )
    )
    issue_id = connection.execute(
        select(issue.c.id).where(
            issue.c.newsletter == plan.newsletter, issue.c.number == plan.number
        )
    ).scalar_one()
    known = connection.scalar(
        select(issue_revision.c.content_hash).where(
            issue_revision.c.issue_id == issue_id, issue_revision.c.revision == plan.revision
        )
    )
    if known is None:
        _store_revision(connection, plan, issue_id)
    elif known != plan.content_hash:
        raise StoreError(
            f"{plan.newsletter}, issue {plan.number}",
            "it was frozen before, with other content",
            "Run `digest status`: what was frozen is what is sent.",
        )
    return int(issue_id)


def _store_revision(connection: Connection, plan: Freeze, issue_id: int) -> None:
    connection.execute(
        insert(issue_revision).values(
            issue_id=issue_id,
            revision=plan.revision,
            cutoff_at=plan.cutoff_at,
            frozen_at=plan.frozen_at,
            content_hash=plan.content_hash,
            note_hash=plan.note_hash,
            format=SNAPSHOT_FORMAT,
            snapshot=plan.snapshot,
        )
    )
    items = [
        {"issue_id": issue_id, "revision": plan.revision, "item": item, "content_hash": found}
        for item, found in plan.items.items()
    ]
    if items:
        connection.execute(insert(issue_item), items)


def store_editions(connection: Connection, plan: Freeze, issue_id: int) -> dict[str, int]:
    """Store the editions and return key -> id; one that is frozen already stays as it is."""
    of_revision = and_(edition.c.issue_id == issue_id, edition.c.revision == plan.revision)
    ids = select(edition.c.key, edition.c.id).where(of_revision)
    known = dict(connection.execute(ids).all())
    new = [frozen for frozen in plan.editions if frozen.edition.key not in known]
    if not new:
        return known
    store_pictures(connection, (each for frozen in new for each in frozen.rendered.pictures))
    connection.execute(
        insert(edition), [_edition_row(frozen, issue_id, plan.revision) for frozen in new]
    )
    stored = dict(connection.execute(ids).all())
    items = [
        {"edition_id": stored[frozen.edition.key], "item": item, "position": position}
        for frozen in new
        for position, item in enumerate(frozen.edition.items, start=1)
    ]
    if items:
        connection.execute(insert(edition_item), items)
    return stored


def _edition_row(frozen: FrozenEdition, issue_id: int, revision: int) -> dict[str, Any]:
    found, rendered = frozen.edition, frozen.rendered
    return {
        "issue_id": issue_id,
        "revision": revision,
        "key": found.key,
        "language": found.language,
        "audience": found.audience,
        "question": found.question,
        "subject": rendered.subject,
        "preheader": rendered.preheader,
        "html": rendered.html,
        "text": rendered.text,
        "markers": canonical_json({mark: name.value for mark, name in rendered.markers.items()}),
        "greeting_named": rendered.greeting_named,
        "greeting_plain": rendered.greeting_plain,
        "assets": canonical_json([picture.sha256 for picture in rendered.pictures]),
    }


def store_mailing(connection: Connection, plan: Freeze, issue_id: int) -> int:
    """Store a mailing without entries; return its id."""
    statement = (
        insert(mailing)
        .values(
            kind=plan.kind.value,
            newsletter=plan.newsletter,
            issue_id=issue_id,
            revision=plan.revision,
            state=MailingState.SENDING.value,
            frozen_at=plan.frozen_at,
            slot=plan.slot,
            captured=plan.captured,
            letterhead=letterhead_text(plan.letterhead),
        )
        .returning(mailing.c.id)
    )
    return int(connection.execute(statement).scalar_one())


def store_map(
    connection: Connection, plan: Freeze, mailing_id: int, editions: dict[str, int]
) -> None:
    """Store which profile gets which edition of a mailing."""
    rows = [
        {"mailing_id": mailing_id, "profile_id": profile_id, "edition_id": editions[key]}
        for profile_id, key in plan.profile_editions.items()
    ]
    if rows:
        connection.execute(insert(mailing_profile), rows)


def _store_invitations(
    connection: Connection, plan: Freeze, mailing_id: int, editions: dict[str, int]
) -> None:
    rows = [
        {
            "mailing_id": mailing_id,
            "newsletter": plan.newsletter,
            "question": planned.question,
            "field": planned.field,
            "subscription_id": planned.subscription_id,
            "edition_id": editions[planned.edition_key],
            "state": InvitationState.PLANNED.value,
            "deadline_at": planned.deadline_at,
        }
        for planned in plan.invitations
    ]
    if rows:
        connection.execute(insert(invitation), rows)


def _fill_outbox(connection: Connection, plan: Freeze, mailing_id: int, issue_id: int) -> None:
    """Plan one entry for each reader: the one statement that is as long as the audience."""
    at = literal(plan.due_at, UtcDateTime)
    chosen = func.coalesce(invitation.c.edition_id, mailing_profile.c.edition_id)
    mapped = and_(
        mailing_profile.c.mailing_id == mailing_id,
        mailing_profile.c.profile_id == subscription.c.profile_id,
    )
    invited = and_(
        invitation.c.mailing_id == mailing_id,
        invitation.c.subscription_id == subscription.c.id,
    )
    readers = (
        select(
            literal(mailing_id, Integer).label("mailing_id"),
            literal(issue_id, Integer).label("issue_id"),
            subscriber.c.id,
            subscription.c.id,
            chosen,
            invitation.c.id,
            subscriber.c.address_hash,
            subscriber.c.domain,
            said(EntryState.QUEUED),
            at,
            at,
        )
        .select_from(
            subscription.join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
            .outerjoin(mailing_profile, mapped)
            .outerjoin(invitation, invited)
        )
        .where(reachable(plan.newsletter, plan.due_at, walked=connection), chosen.is_not(None))
        .order_by(subscription.c.id)
    )
    columns = ["mailing_id", "issue_id", "subscriber_id", "subscription_id", "edition_id"]
    columns += ["invitation_id", "address_hash", "domain", "state", "due_at", "not_before"]
    once = dialect.insert_new(connection, outbox_entry, ["subscriber_id", "issue_id"])
    connection.execute(dialect.in_one_go(connection, once.from_select(columns, readers)))


def _refuse_unknown_profiles(connection: Connection, plan: Freeze, mailing_id: int) -> None:
    """Look after the outbox is filled: who came before that with a new profile is noticed.

    Asked of the profiles, which are few, and not of the readers.
    """
    mapped = exists().where(
        mailing_profile.c.mailing_id == mailing_id, mailing_profile.c.profile_id == profile.c.id
    )
    empty = dialect.is_one_of(connection, profile.c.id, sorted(plan.empty_profiles))
    somebody = (
        select(subscription.c.id)
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(subscription.c.profile_id == profile.c.id, reachable(plan.newsletter, plan.due_at))
        .correlate(profile)
    )
    statement = select(profile.c.id).where(~mapped, ~empty, somebody.exists()).limit(1)
    if connection.execute(statement).first() is not None:
        raise AudienceChanged(f"{plan.newsletter}: a reader has a profile that was not planned for")


def _forget_unused_invitations(connection: Connection, mailing_id: int) -> None:
    """Take back the invitations of creators who are not mailed (they paused meanwhile, say)."""
    connection.execute(
        delete(invitation).where(
            invitation.c.mailing_id == mailing_id,
            ~exists().where(outbox_entry.c.invitation_id == invitation.c.id),
        )
    )


def count_planned(connection: Connection, mailing_id: int) -> None:
    """Count a mailing's entries: what was planned for it."""
    entries = select(func.count()).where(outbox_entry.c.mailing_id == mailing_id)
    connection.execute(
        update(mailing).where(mailing.c.id == mailing_id).values(planned=entries.scalar_subquery())
    )


def _tie_slot(connection: Connection, plan: Freeze, mailing_id: int) -> None:
    if plan.slot is not None:
        connection.execute(
            update(slot)
            .where(slot.c.newsletter == plan.newsletter, slot.c.wall_time == plan.slot)
            .values(mailing_id=mailing_id)
        )
