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
    Boolean,
    CheckConstraint,
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
from digest.store.columns import Pairs, UtcDateTime, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite gives AUTOINCREMENT to INTEGER only; its INTEGER has 64 bits all the same.
_BIG = BigInteger().with_variant(Integer, "sqlite")


def _numbered(name: str, *parts: Any, id_type: Any = _BIG) -> Table:
    """Return a table whose rows have ids that are never used again."""
    number = Column("id", id_type, Identity(), primary_key=True)
    return Table(name, metadata, number, *parts, sqlite_autoincrement=True)


def _text(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _number(name: str, type_: Any = Integer, default: str | None = None) -> Column[int]:
    return Column(name, type_, nullable=False, server_default=default)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


def _at(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=nullable)


def _to(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, _BIG, ForeignKey(target), nullable=nullable)


def _one_of(column: str, states: type[StrEnum], *others: str) -> CheckConstraint:
    words = ", ".join(f"'{state}'" for state in (*others, *states))
    return CheckConstraint(f"{column} IN ({words})", name=column)


def said(state: StrEnum) -> ColumnElement[str]:
    """Return a state as a literal: a partial index is not used where the state is a parameter."""
    return literal_column(f"'{state.value}'")


subscriber = _numbered(
    "subscriber",
    _text("address"),
    _text("address_key"),
    Column("address_hash", LargeBinary, nullable=False),
    _text("domain"),
    _text("name", ""),
    _text("language", ""),
    _text("timezone", ""),
    Column("roles", Words, nullable=False, server_default="[]"),
    Column("fields", Words, nullable=False, server_default="[]"),
    Column("verified", Words, nullable=False, server_default="[]"),
    Column("attributes", Pairs, nullable=False, server_default="{}"),
    _at("created_at"),
    _at("updated_at"),
    _at("erased_at", nullable=True),
    UniqueConstraint("address_key"),
    # Not unique: who comes back after an erasure is a new subscriber with the same hash.
    Index(None, "address_hash"),
)

profile = _numbered(
    "profile",
    _text("key"),
    _text("language"),
    Column("roles", Words, nullable=False),
    Column("fields", Words, nullable=False),
    Column("verified", Words, nullable=False),
    Column("topics", Words, nullable=False),
    _text("rhythm"),
    UniqueConstraint("key"),
)

subscription = _numbered(
    "subscription",
    _to("subscriber_id", "subscriber.id"),
    _text("newsletter"),
    _to("profile_id", "profile.id"),
    Column("handle", LargeBinary, nullable=False),
    _text("state"),
    _at("paused_until", nullable=True),
    Column("topics", Words, nullable=False, server_default="[]"),
    _text("rhythm", ""),
    _text("consent", ""),
    _at("consent_at", nullable=True),
    _at("subscribed_at", nullable=True),
    _at("left_at", nullable=True),
    UniqueConstraint("subscriber_id", "newsletter"),
    UniqueConstraint("handle"),
    Index(None, "newsletter", "state", "profile_id"),
    _one_of("state", SubscriptionState),
)

import_batch = _numbered(
    "import_batch",
    _text("newsletter"),
    _text("source"),
    _at("at"),
    _number("added", default="0"),
    _number("updated", default="0"),
    _number("rejected", default="0"),
    _at("undone_at", nullable=True),
)

import_change = Table(
    "import_change",
    metadata,
    _to("batch_id", "import_batch.id"),
    # No foreign keys to people: a change outlives what its undoing removed.
    _number("subscription_id", _BIG),
    _number("subscriber_id", _BIG),
    _flag("added"),
    # JSON of what was there; NULL where the batch brought the person in.
    Column("before", Text, nullable=True),
    PrimaryKeyConstraint("batch_id", "subscription_id"),
    sqlite_with_rowid=False,
)

suppression = _numbered(
    "suppression",
    Column("address_hash", LargeBinary, nullable=False),
    # Empty: everywhere. Not NULL, for NULLs are never equal and the pair has to be unique.
    _text("newsletter", ""),
    _text("reason"),
    _at("suppressed_at"),
    UniqueConstraint("address_hash", "newsletter"),
)

issue = _numbered(
    "issue",
    _text("newsletter"),
    _number("number"),
    UniqueConstraint("newsletter", "number"),
    # 32 bits: four bytes of a link name it. So do those of an invitation.
    id_type=Integer,
)

issue_revision = Table(
    "issue_revision",
    metadata,
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False),
    _number("revision"),
    _at("cutoff_at"),
    _at("frozen_at"),
    _text("content_hash"),
    _text("note_hash", ""),
    _number("format"),
    _text("snapshot"),
    PrimaryKeyConstraint("issue_id", "revision"),
)

issue_item = Table(
    "issue_item",
    metadata,
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False),
    _number("revision"),
    _text("item"),
    _text("content_hash"),
    PrimaryKeyConstraint("issue_id", "revision", "item"),
)

edition = _numbered(
    "edition",
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=True),
    _number("revision"),
    _text("key"),
    _text("language"),
    _text("audience"),
    Column("question", Text, nullable=True),
    _text("subject"),
    _text("preheader"),
    _text("html"),
    _text("text"),
    _text("markers"),
    _text("greeting_named"),
    _text("greeting_plain"),
    # JSON: the pictures that its HTML shows, by hash, in their order.
    _text("assets", "[]"),
    UniqueConstraint("issue_id", "revision", "key"),
)

edition_item = Table(
    "edition_item",
    metadata,
    _to("edition_id", "edition.id"),
    _text("item"),
    _number("position"),
    PrimaryKeyConstraint("edition_id", "position"),
    Index(None, "item"),
)

asset = Table(
    "asset",
    metadata,
    # Of the content, in hexadecimal: the same picture is there once, whoever shows it.
    _text("sha256"),
    _text("media_type"),
    _number("width"),
    _number("height"),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256"),
)

mailing = _numbered(
    "mailing",
    _text("kind"),
    _text("newsletter"),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=True),
    _number("revision", default="1"),
    _text("state"),
    _text("reason", ""),
    _number("planned", default="0"),
    _at("frozen_at"),
    _at("completed_at", nullable=True),
    Column("slot", Text, nullable=True),
    _flag("captured"),
    # JSON of what its messages say of the newsletter: names, From, Reply-To.
    _text("letterhead", "{}"),
    # Who paused it; empty while it is not paused.
    Column(
        "paused_by", Text, _one_of("paused_by", PausedBy, ""), nullable=False, server_default=""
    ),
    _at("retry_at", nullable=True),
    _number("probes", default="0"),
    # JSON of how far a staged rollout is; empty where there is none.
    _text("rollout", ""),
    Index(None, "newsletter"),
    _one_of("kind", MailingKind),
    _one_of("state", MailingState),
)

mailing_profile = Table(
    "mailing_profile",
    metadata,
    _to("mailing_id", "mailing.id"),
    _to("profile_id", "profile.id"),
    _to("edition_id", "edition.id"),
    PrimaryKeyConstraint("mailing_id", "profile_id"),
)

invitation = _numbered(
    "invitation",
    _to("mailing_id", "mailing.id"),
    _text("newsletter"),
    _text("question"),
    _text("field"),
    _to("subscription_id", "subscription.id"),
    _to("edition_id", "edition.id"),
    _text("state"),
    _at("deadline_at", nullable=True),
    _at("issued_at", nullable=True),
    _at("answered_at", nullable=True),
    # At most one invitation per creator and issue.
    UniqueConstraint("subscription_id", "mailing_id"),
    Index(None, "newsletter", "question"),
    Index(None, "mailing_id"),
    _one_of("state", InvitationState),
    id_type=Integer,
)

outbox_entry = _numbered(
    "outbox_entry",
    _to("mailing_id", "mailing.id"),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=True),
    _to("subscriber_id", "subscriber.id"),
    # No foreign key: it would want an index of its own. A subscription with entries is never
    # deleted, and an entry whose subscription were gone would be skipped by the claim.
    _number("subscription_id", _BIG),
    _to("edition_id", "edition.id"),
    Column("invitation_id", Integer, ForeignKey("invitation.id"), nullable=True),
    Column("address_hash", LargeBinary, nullable=False),
    _text("domain"),
    _text("state"),
    _at("due_at"),
    _at("not_before"),
    _number("attempts", default="0"),
    _number("doubts", default="0"),
    _flag("possible_duplicate"),
    _text("reason", ""),
    _number("shard", default="0"),
    _number("epoch", _BIG, default="0"),
    _at("claimed_at", nullable=True),
    _at("finished_at", nullable=True),
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
    _one_of("state", EntryState),
)

attempt = Table(
    "attempt",
    metadata,
    _to("entry_id", "outbox_entry.id"),
    # The first, the second ... of its entry. No id of its own: every message that is sent writes
    # here, and this is one tree instead of a table, its index and a counter.
    _number("number"),
    _at("tried_at"),
    _text("verdict"),
    _number("code", SmallInteger),
    _text("enhanced"),
    _text("text"),
    PrimaryKeyConstraint("entry_id", "number"),
    _one_of("verdict", Verdict),
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
    _text("scope"),
    # The whole second in which so many were claimed.
    _at("at"),
    _number("count"),
    PrimaryKeyConstraint("scope", "at"),
    sqlite_with_rowid=False,
)

domain_pause = Table(
    "domain_pause",
    metadata,
    _text("domain"),
    _at("until_at"),
    # How often in a row it asked us to wait.
    _number("steps"),
    _text("reason"),
    PrimaryKeyConstraint("domain"),
    sqlite_with_rowid=False,
)

slot = Table(
    "slot",
    metadata,
    _text("newsletter"),
    # Nominal wall-clock time, `YYYY-MM-DDTHH:MM`: a clock change cannot make it twice.
    _text("wall_time"),
    _at("claimed_at"),
    _text("outcome", ""),
    _to("mailing_id", "mailing.id", nullable=True),
    PrimaryKeyConstraint("newsletter", "wall_time"),
)

key_fingerprint = Table(
    "key_fingerprint",
    metadata,
    _text("name"),
    _text("fingerprint"),
    PrimaryKeyConstraint("name"),
)
