"""What the delivery engine remembers over restarts: who sends, who paused, how fast, who waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    """Tell a mailing's pauses apart; count what was handed over; remember domains that wait."""
    # In words that both databases know: SQLite adds a condition only together with its column.
    op.execute(
        "ALTER TABLE mailing ADD COLUMN paused_by TEXT DEFAULT '' NOT NULL"
        " CONSTRAINT ck_mailing_paused_by"
        " CHECK (paused_by IN ('', 'person', 'server', 'rollout'))"
    )
    op.add_column("mailing", sa.Column("retry_at", TIME, nullable=True))
    op.add_column("mailing", sa.Column("probes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("mailing", sa.Column("rollout", sa.Text(), server_default="", nullable=False))
    # Until now only the server's refusal paused a mailing.
    op.execute("UPDATE mailing SET paused_by = 'server' WHERE state = 'paused'")
    _attempts_by_entry()
    op.create_table(
        "sender",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_sender")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pace",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "at", name=op.f("pk_pace")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "domain_pause",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("until_at", TIME, nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_pause")),
        sqlite_with_rowid=False,
    )


def _attempts_by_entry() -> None:
    """Keep attempts in the order of their entries: one tree to write instead of a table, its index
    and a counter, for every message that is sent."""
    op.execute(
        "CREATE TEMPORARY TABLE kept AS SELECT entry_id, row_number() OVER"
        " (PARTITION BY entry_id ORDER BY tried_at, id) AS number,"
        " tried_at, verdict, code, enhanced, text FROM attempt"
    )
    op.drop_table("attempt")
    op.create_table(
        "attempt",
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tried_at", TIME, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=False),
        sa.Column("enhanced", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "number", name=op.f("pk_attempt")),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'deferred', 'refused', 'blocked', 'in_doubt')",
            name=op.f("ck_attempt_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["outbox_entry.id"], name=op.f("fk_attempt_entry_id")
        ),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO attempt SELECT * FROM kept")
    op.execute("DROP TABLE kept")


def downgrade() -> None:
    """Refuse: what it would drop is an account of what was sent."""
    raise NotImplementedError("restore the backup that was made before the upgrade")
