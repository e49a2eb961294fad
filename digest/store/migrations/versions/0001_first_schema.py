"""The first schema: people, issues, mailings, the outbox."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Written out rather than taken from `tables`: what was released stays as it was.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()
JSON = sa.Text()


def _columns(
    type_: Any, *names: str, default: str | None = None, nullable: bool = False
) -> list[sa.Column[Any]]:
    return [sa.Column(name, type_, server_default=default, nullable=nullable) for name in names]


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _numbered(table: str, *parts: Any, id_type: Any = BIG) -> None:
    """Make a table whose rows have ids that are never used again."""
    number = sa.Column("id", id_type, sa.Identity(), nullable=False)
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))
    op.create_table(table, number, *parts, key, sqlite_autoincrement=True)


def upgrade() -> None:
    """Make every table."""
    # Who reads, what they agreed to, and who is not to be mailed.
    _profile()
    _subscriber()
    _subscription()
    _suppression()
    _import_batch()
    _import_change()
    _key_fingerprint()
    # What was frozen.
    _issue()
    _issue_revision()
    _issue_item()
    _edition()
    _edition_item()
    _asset()
    # Each sending, and what it was frozen with.
    _mailing()
    _mailing_profile()
    _invitation()
    _slot()
    # One row a recipient, one row a try.
    _outbox_entry()
    _attempt()


def downgrade() -> None:
    """Refuse: there is nothing below the first schema but losing everything."""
    raise NotImplementedError("restore the backup that was made before the upgrade")


def _profile() -> None:
    _numbered(
        "profile",
        *_columns(sa.Text, "key", "language"),
        *_columns(JSON, "roles", "fields", "verified", "topics"),
        *_columns(sa.Text, "rhythm"),
        _unique("profile", "key"),
    )


def _subscriber() -> None:
    _numbered(
        "subscriber",
        *_columns(sa.Text, "address", "address_key"),
        *_columns(sa.LargeBinary, "address_hash"),
        *_columns(sa.Text, "domain"),
        *_columns(sa.Text, "name", "language", "timezone", default=""),
        *_columns(JSON, "roles", "fields", "verified", default="[]"),
        *_columns(JSON, "attributes", default="{}"),
        *_columns(TIME, "created_at", "updated_at"),
        *_columns(TIME, "erased_at", nullable=True),
        _unique("subscriber", "address_key"),
    )
    _index("subscriber", "address_hash")


def _subscription() -> None:
    _numbered(
        "subscription",
        *_columns(BIG, "subscriber_id"),
        *_columns(sa.Text, "newsletter"),
        *_columns(BIG, "profile_id"),
        *_columns(sa.LargeBinary, "handle"),
        *_columns(sa.Text, "state"),
        *_columns(TIME, "paused_until", nullable=True),
        *_columns(JSON, "topics", default="[]"),
        *_columns(sa.Text, "rhythm", "consent", default=""),
        *_columns(TIME, "consent_at", "subscribed_at", "left_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'left')", name=op.f("ck_subscription_state")
        ),
        _to("subscription", "profile_id", "profile.id"),
        _to("subscription", "subscriber_id", "subscriber.id"),
        _unique("subscription", "handle"),
        _unique("subscription", "subscriber_id", "newsletter"),
    )
    _index("subscription", "newsletter", "state", "profile_id")


def _suppression() -> None:
    _numbered(
        "suppression",
        *_columns(sa.LargeBinary, "address_hash"),
        *_columns(sa.Text, "newsletter", default=""),
        *_columns(sa.Text, "reason"),
        *_columns(TIME, "suppressed_at"),
        _unique("suppression", "address_hash", "newsletter"),
    )


def _import_batch() -> None:
    _numbered(
        "import_batch",
        *_columns(sa.Text, "newsletter", "source"),
        *_columns(TIME, "at"),
        *_columns(sa.Integer, "added", "updated", "rejected", default="0"),
        *_columns(TIME, "undone_at", nullable=True),
    )


def _import_change() -> None:
    op.create_table(
        "import_change",
        *_columns(BIG, "batch_id", "subscription_id", "subscriber_id"),
        sa.Column("added", sa.Boolean, server_default=sa.text("false"), nullable=False),
        *_columns(sa.Text, "before", nullable=True),
        _to("import_change", "batch_id", "import_batch.id"),
        sa.PrimaryKeyConstraint("batch_id", "subscription_id", name=op.f("pk_import_change")),
        sqlite_with_rowid=False,
    )


def _key_fingerprint() -> None:
    op.create_table(
        "key_fingerprint",
        *_columns(sa.Text, "name", "fingerprint"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_fingerprint")),
    )


def _issue() -> None:
    _numbered(
        "issue",
        *_columns(sa.Text, "newsletter"),
        *_columns(sa.Integer, "number"),
        _unique("issue", "newsletter", "number"),
        id_type=sa.Integer,
    )


def _issue_revision() -> None:
    op.create_table(
        "issue_revision",
        *_columns(sa.Integer, "issue_id", "revision"),
        *_columns(TIME, "cutoff_at", "frozen_at"),
        *_columns(sa.Text, "content_hash"),
        *_columns(sa.Text, "note_hash", default=""),
        *_columns(sa.Integer, "format"),
        *_columns(sa.Text, "snapshot"),
        _to("issue_revision", "issue_id", "issue.id"),
        sa.PrimaryKeyConstraint("issue_id", "revision", name=op.f("pk_issue_revision")),
    )


def _issue_item() -> None:
    op.create_table(
        "issue_item",
        *_columns(sa.Integer, "issue_id", "revision"),
        *_columns(sa.Text, "item", "content_hash"),
        _to("issue_item", "issue_id", "issue.id"),
        sa.PrimaryKeyConstraint("issue_id", "revision", "item", name=op.f("pk_issue_item")),
    )


def _edition() -> None:
    _numbered(
        "edition",
        *_columns(sa.Integer, "issue_id", nullable=True),
        *_columns(sa.Integer, "revision"),
        *_columns(sa.Text, "key", "language", "audience"),
        *_columns(sa.Text, "question", nullable=True),
        *_columns(
            sa.Text,
            "subject",
            "preheader",
            "html",
            "text",
            "markers",
            "greeting_named",
            "greeting_plain",
        ),
        *_columns(sa.Text, "assets", default="[]"),
        _to("edition", "issue_id", "issue.id"),
        _unique("edition", "issue_id", "revision", "key"),
    )


def _edition_item() -> None:
    op.create_table(
        "edition_item",
        *_columns(BIG, "edition_id"),
        *_columns(sa.Text, "item"),
        *_columns(sa.Integer, "position"),
        _to("edition_item", "edition_id", "edition.id"),
        sa.PrimaryKeyConstraint("edition_id", "position", name=op.f("pk_edition_item")),
    )
    _index("edition_item", "item")


def _asset() -> None:
    op.create_table(
        "asset",
        *_columns(sa.Text, "sha256", "media_type"),
        *_columns(sa.Integer, "width", "height"),
        *_columns(sa.LargeBinary, "content"),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_asset")),
    )


def _mailing() -> None:
    _numbered(
        "mailing",
        *_columns(sa.Text, "kind", "newsletter"),
        *_columns(sa.Integer, "issue_id", nullable=True),
        *_columns(sa.Integer, "revision", default="1"),
        *_columns(sa.Text, "state"),
        *_columns(sa.Text, "reason", default=""),
        *_columns(sa.Integer, "planned", default="0"),
        *_columns(TIME, "frozen_at"),
        *_columns(TIME, "completed_at", nullable=True),
        *_columns(sa.Text, "slot", nullable=True),
        sa.Column("captured", sa.Boolean, server_default=sa.text("false"), nullable=False),
        *_columns(sa.Text, "letterhead", default="{}"),
        sa.CheckConstraint(
            "kind IN ('issue', 'confirmation', 'notice', 'drip')", name=op.f("ck_mailing_kind")
        ),
        sa.CheckConstraint(
            "state IN ('sending', 'paused', 'complete', 'cancelled')", name=op.f("ck_mailing_state")
        ),
        _to("mailing", "issue_id", "issue.id"),
    )
    _index("mailing", "newsletter")


def _mailing_profile() -> None:
    op.create_table(
        "mailing_profile",
        *_columns(BIG, "mailing_id", "profile_id", "edition_id"),
        _to("mailing_profile", "edition_id", "edition.id"),
        _to("mailing_profile", "mailing_id", "mailing.id"),
        _to("mailing_profile", "profile_id", "profile.id"),
        sa.PrimaryKeyConstraint("mailing_id", "profile_id", name=op.f("pk_mailing_profile")),
    )


def _invitation() -> None:
    _numbered(
        "invitation",
        *_columns(BIG, "mailing_id"),
        *_columns(sa.Text, "newsletter", "question", "field"),
        *_columns(BIG, "subscription_id", "edition_id"),
        *_columns(sa.Text, "state"),
        *_columns(TIME, "deadline_at", "issued_at", "answered_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'issued', 'accepted', 'declined')",
            name=op.f("ck_invitation_state"),
        ),
        _to("invitation", "edition_id", "edition.id"),
        _to("invitation", "mailing_id", "mailing.id"),
        _to("invitation", "subscription_id", "subscription.id"),
        _unique("invitation", "subscription_id", "mailing_id"),
        id_type=sa.Integer,
    )
    _index("invitation", "mailing_id")
    _index("invitation", "newsletter", "question")


def _slot() -> None:
    op.create_table(
        "slot",
        *_columns(sa.Text, "newsletter", "wall_time"),
        *_columns(TIME, "claimed_at"),
        *_columns(sa.Text, "outcome", default=""),
        *_columns(BIG, "mailing_id", nullable=True),
        _to("slot", "mailing_id", "mailing.id"),
        sa.PrimaryKeyConstraint("newsletter", "wall_time", name=op.f("pk_slot")),
    )


def _outbox_entry() -> None:
    _numbered(
        "outbox_entry",
        *_columns(BIG, "mailing_id"),
        *_columns(sa.Integer, "issue_id", nullable=True),
        *_columns(BIG, "subscriber_id", "subscription_id", "edition_id"),
        *_columns(sa.Integer, "invitation_id", nullable=True),
        *_columns(sa.LargeBinary, "address_hash"),
        *_columns(sa.Text, "domain", "state"),
        *_columns(TIME, "due_at", "not_before"),
        *_columns(sa.Integer, "attempts", "doubts", default="0"),
        sa.Column(
            "possible_duplicate", sa.Boolean, server_default=sa.text("false"), nullable=False
        ),
        *_columns(sa.Text, "reason", default=""),
        *_columns(sa.Integer, "shard", default="0"),
        *_columns(BIG, "epoch", default="0"),
        *_columns(TIME, "claimed_at", "finished_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'deferred', 'in_doubt', 'sent', 'refused', 'skipped',"
            " 'held')",
            name=op.f("ck_outbox_entry_state"),
        ),
        _to("outbox_entry", "edition_id", "edition.id"),
        _to("outbox_entry", "invitation_id", "invitation.id"),
        _to("outbox_entry", "issue_id", "issue.id"),
        _to("outbox_entry", "mailing_id", "mailing.id"),
        _to("outbox_entry", "subscriber_id", "subscriber.id"),
        _unique("outbox_entry", "subscriber_id", "issue_id"),
    )
    op.create_index(
        "ix_outbox_entry_deferred",
        "outbox_entry",
        ["mailing_id", "not_before"],
        sqlite_where=sa.text("state = 'deferred'"),
        postgresql_where=sa.text("state = 'deferred'"),
    )
    op.create_index(
        "ix_outbox_entry_flagged",
        "outbox_entry",
        ["mailing_id"],
        sqlite_where=sa.text("possible_duplicate = 1"),
        postgresql_where=sa.text("possible_duplicate = true"),
    )
    op.create_index(
        "ix_outbox_entry_invited",
        "outbox_entry",
        ["invitation_id"],
        sqlite_where=sa.text("invitation_id IS NOT NULL"),
        postgresql_where=sa.text("invitation_id IS NOT NULL"),
    )
    _index("outbox_entry", "mailing_id", "state", "id")


def _attempt() -> None:
    _numbered(
        "attempt",
        *_columns(BIG, "entry_id"),
        *_columns(TIME, "tried_at"),
        *_columns(sa.Text, "verdict"),
        *_columns(sa.SmallInteger, "code"),
        *_columns(sa.Text, "enhanced", "text"),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'deferred', 'refused', 'blocked', 'in_doubt')",
            name=op.f("ck_attempt_verdict"),
        ),
        _to("attempt", "entry_id", "outbox_entry.id"),
    )
    _index("attempt", "entry_id", "tried_at")
