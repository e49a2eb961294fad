"""Subscribers are no longer indexed by the hash of their address.

It was a third of what an import let the database do, and only the list of suppressions looked for
people by it, which reads them in one walk now.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Drop the index: a million hashes at random places, each a page written anew."""
    op.drop_index("ix_subscriber_address_hash", table_name="subscriber")
