"""What the delivery engine remembers over restarts: who paused, how fast, which domain waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

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


def downgrade() -> None:
    """Refuse: what it would drop is an account of what was sent."""
    raise NotImplementedError("restore the backup that was made before the upgrade")
