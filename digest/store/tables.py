"""The schema: what every statement and every later feature stands on.

What must stay true: ids are never used again (AUTOINCREMENT, identity), for links in old mails name
them; one person has one `address_key`; one issue reaches one subscriber once, over all its
mailings; a slot is taken once; and a state is one of the words that the model knows. Everything
here is what the newest migration leaves behind: a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.sql.elements import ColumnElement

from digest.model.audience import SubscriptionState
from digest.model.invitation import InvitationState
from digest.model.mailing import EntryState, MailingKind, MailingState, PausedBy, Verdict
from digest.store.columns import Pairs, Words
from digest.store.schema import BIG, a_flag, a_link, a_number, a_text, a_time, one_of

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _numbered(name: str, *parts: Any, id_type: Any = BIG) -> Table:
    """Return a table whose rows have ids that are never used again."""
    number = Column("id", id_type, Identity(), primary_key=True)
    return Table(name, metadata, number, *parts, sqlite_autoincrement=True)


def said(state: StrEnum) -> ColumnElement[str]:
    """Return a state as a literal: a partial index is not used where the state is a parameter."""
    return literal_column(f"'{state.value}'")


subscriber = _numbered(
    "subscriber",
    a_text("address"),
    a_text("address_key"),
    Column("address_hash", LargeBinary, nullable=False),
    a_text("domain"),
    a_text("name", ""),
    a_text("language", ""),
    a_text("timezone", ""),
    Column("roles", Words, nullable=False, server_default="[]"),
    Column("fields", Words, nullable=False, server_default="[]"),
    Column("verified", Words, nullable=False, server_default="[]"),
    Column("attributes", Pairs, nullable=False, server_default="{}"),
    a_time("created_at"),
    a_time("updated_at"),
    a_time("erased_at", nullable=True),
    UniqueConstraint("address_key"),
    # No index of the hashes: each of a million lies at a random place of it, which was a third of
    # what an import let the database do. Who comes back after an erasure is a new subscriber with
    # the same hash.
)

profile = _numbered(
    "profile",
    a_text("key"),
    a_text("language"),
    Column("roles", Words, nullable=False),
    Column("fields", Words, nullable=False),
    Column("verified", Words, nullable=False),
    Column("topics", Words, nullable=False),
    a_text("rhythm"),
    UniqueConstraint("key"),
)

subscription = _numbered(
    "subscription",
    a_link("subscriber_id", "subscriber.id"),
    a_text("newsletter"),
    a_link("profile_id", "profile.id"),
    Column("handle", LargeBinary, nullable=False),
    a_text("state"),
    a_time("paused_until", nullable=True),
    Column("topics", Words, nullable=False, server_default="[]"),
    a_text("rhythm", ""),
    a_text("consent", ""),
    a_time("consent_at", nullable=True),
    a_time("subscribed_at", nullable=True),
    a_time("left_at", nullable=True),
    UniqueConstraint("subscriber_id", "newsletter"),
    UniqueConstraint("handle"),
    Index(None, "newsletter", "state", "profile_id"),
    one_of("state", SubscriptionState),
)

import_batch = _numbered(
    "import_batch",
    a_text("newsletter"),
    a_text("source"),
    a_time("at"),
    a_number("added", default="0"),
    a_number("updated", default="0"),
    a_number("rejected", default="0"),
    a_time("undone_at", nullable=True),
)

import_change = Table(
    "import_change",
    metadata,
    a_link("batch_id", "import_batch.id"),
    # No foreign keys to people: a change outlives what its undoing removed.
    a_number("subscription_id", BIG),
    a_number("subscriber_id", BIG),
    a_flag("added"),
    # JSON of what was there; NULL where the batch brought the person in.
    Column("before", Text, nullable=True),
    PrimaryKeyConstraint("batch_id", "subscription_id"),
    sqlite_with_rowid=False,
)

suppression = _numbered(
    "suppression",
    Column("address_hash", LargeBinary, nullable=False),
    # Empty: everywhere. Not NULL, for NULLs are never equal and the pair has to be unique.
    a_text("newsletter", ""),
    a_text("reason"),
    a_time("suppressed_at"),
    UniqueConstraint("address_hash", "newsletter"),
)

issue = _numbered(
    "issue",
    a_text("newsletter"),
    a_number("number"),
    UniqueConstraint("newsletter", "number"),
    # 32 bits: four bytes of a link name it. So do those of an invitation.
    id_type=Integer,
)

issue_revision = Table(
    "issue_revision",
    metadata,
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False),
    a_number("revision"),
    a_time("cutoff_at"),
    a_time("frozen_at"),
    a_text("content_hash"),
    a_text("note_hash", ""),
    a_number("format"),
    a_text("snapshot"),
    PrimaryKeyConstraint("issue_id", "revision"),
)

issue_item = Table(
    "issue_item",
    metadata,
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False),
    a_number("revision"),
    a_text("item"),
    a_text("content_hash"),
    PrimaryKeyConstraint("issue_id", "revision", "item"),
)

edition = _numbered(
    "edition",
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=True),
    a_number("revision"),
    a_text("key"),
    a_text("language"),
    a_text("audience"),
    Column("question", Text, nullable=True),
    a_text("subject"),
    a_text("preheader"),
    a_text("html"),
    a_text("text"),
    a_text("markers"),
    a_text("greeting_named"),
    a_text("greeting_plain"),
    # JSON: the pictures that its HTML shows, by hash, in their order.
    a_text("assets", "[]"),
    UniqueConstraint("issue_id", "revision", "key"),
)

edition_item = Table(
    "edition_item",
    metadata,
    a_link("edition_id", "edition.id"),
    a_text("item"),
    a_number("position"),
    PrimaryKeyConstraint("edition_id", "position"),
    Index(None, "item"),
)

asset = Table(
    "asset",
    metadata,
    # Of the content, in hexadecimal: the same picture is there once, whoever shows it.
    a_text("sha256"),
    a_text("media_type"),
    a_number("width"),
    a_number("height"),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256"),
)

mailing = _numbered(
    "mailing",
    a_text("kind"),
    a_text("newsletter"),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=True),
    a_number("revision", default="1"),
    a_text("state"),
    a_text("reason", ""),
    a_number("planned", default="0"),
    a_time("frozen_at"),
    a_time("completed_at", nullable=True),
    Column("slot", Text, nullable=True),
    a_flag("captured"),
    # JSON of what its messages say of the newsletter: names, From, Reply-To.
    a_text("letterhead", "{}"),
    # Who paused it; empty while it is not paused.
    Column("paused_by", Text, one_of("paused_by", PausedBy, ""), nullable=False, server_default=""),
    a_time("retry_at", nullable=True),
    a_number("probes", default="0"),
    # JSON of how far a staged rollout is; empty where there is none.
    a_text("rollout", ""),
    Index(None, "newsletter"),
    one_of("kind", MailingKind),
    one_of("state", MailingState),
)

mailing_profile = Table(
    "mailing_profile",
    metadata,
    a_link("mailing_id", "mailing.id"),
    a_link("profile_id", "profile.id"),
    a_link("edition_id", "edition.id"),
    PrimaryKeyConstraint("mailing_id", "profile_id"),
)

invitation = _numbered(
    "invitation",
    a_link("mailing_id", "mailing.id"),
    a_text("newsletter"),
    a_text("question"),
    a_text("field"),
    a_link("subscription_id", "subscription.id"),
    a_link("edition_id", "edition.id"),
    a_text("state"),
    a_time("deadline_at", nullable=True),
    a_time("issued_at", nullable=True),
    a_time("answered_at", nullable=True),
    # At most one invitation per creator and issue.
    UniqueConstraint("subscription_id", "mailing_id"),
    Index(None, "newsletter", "question"),
    Index(None, "mailing_id"),
    one_of("state", InvitationState),
    id_type=Integer,
)

outbox_entry = _numbered(
    "outbox_entry",
    a_link("mailing_id", "mailing.id"),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=True),
    a_link("subscriber_id", "subscriber.id"),
    # No foreign key: it would want an index of its own. A subscription with entries is never
    # deleted, and an entry whose subscription were gone would be skipped by the claim.
    a_number("subscription_id", BIG),
    a_link("edition_id", "edition.id"),
    Column("invitation_id", Integer, ForeignKey("invitation.id"), nullable=True),
    Column("address_hash", LargeBinary, nullable=False),
    a_text("domain"),
    a_text("state"),
    a_time("due_at"),
    a_time("not_before"),
    a_number("attempts", default="0"),
    a_number("doubts", default="0"),
    a_flag("possible_duplicate"),
    a_text("reason", ""),
    a_number("shard", default="0"),
    a_number("epoch", BIG, default="0"),
    a_time("claimed_at", nullable=True),
    a_time("finished_at", nullable=True),
    # One issue reaches one subscriber once. The subscriber stands first, so that the same index
    # finds all that one person has had.
    UniqueConstraint("subscriber_id", "issue_id"),
    # One index for reserve (state, then id onwards) and tally (counted without the table).
    Index(None, "mailing_id", "state", "id"),
    Index(
        "ix_outbox_entry_deferred",
        "mailing_id",
        "not_before",
        sqlite_where=text("state = 'deferred'"),
        postgresql_where=text("state = 'deferred'"),
    ),
    Index(
        "ix_outbox_entry_invited",
        "invitation_id",
        sqlite_where=text("invitation_id IS NOT NULL"),
        postgresql_where=text("invitation_id IS NOT NULL"),
    ),
    Index(
        "ix_outbox_entry_flagged",
        "mailing_id",
        sqlite_where=text("possible_duplicate = 1"),
        postgresql_where=text("possible_duplicate = true"),
    ),
    one_of("state", EntryState),
)

attempt = Table(
    "attempt",
    metadata,
    a_link("entry_id", "outbox_entry.id"),
    # The first, the second ... of its entry. No id of its own: every message that is sent writes
    # here, and this is one tree instead of a table, its index and a counter.
    a_number("number"),
    a_time("tried_at"),
    a_text("verdict"),
    a_number("code", SmallInteger),
    a_text("enhanced"),
    a_text("text"),
    PrimaryKeyConstraint("entry_id", "number"),
    one_of("verdict", Verdict),
    sqlite_with_rowid=False,
)

sender = Table(
    "sender",
    metadata,
    # How often somebody began to send: one row. Whoever comes back to it after a broken
    # connection sees whether another has sent meanwhile.
    Column("epoch", BigInteger, nullable=False, autoincrement=False),
    PrimaryKeyConstraint("epoch"),
    sqlite_with_rowid=False,
)

pace = Table(
    "pace",
    metadata,
    # Empty: all mail. Otherwise a recipient domain.
    a_text("scope"),
    # The whole second in which so many were claimed.
    a_time("at"),
    a_number("count"),
    PrimaryKeyConstraint("scope", "at"),
    sqlite_with_rowid=False,
)

domain_pause = Table(
    "domain_pause",
    metadata,
    a_text("domain"),
    a_time("until_at"),
    # How often in a row it asked us to wait.
    a_number("steps"),
    a_text("reason"),
    PrimaryKeyConstraint("domain"),
    sqlite_with_rowid=False,
)

slot = Table(
    "slot",
    metadata,
    a_text("newsletter"),
    # Nominal wall-clock time, `YYYY-MM-DDTHH:MM`: a clock change cannot make it twice.
    a_text("wall_time"),
    a_time("claimed_at"),
    a_text("outcome", ""),
    a_link("mailing_id", "mailing.id", nullable=True),
    PrimaryKeyConstraint("newsletter", "wall_time"),
)

key_fingerprint = Table(
    "key_fingerprint",
    metadata,
    a_text("name"),
    a_text("fingerprint"),
    PrimaryKeyConstraint("name"),
)
