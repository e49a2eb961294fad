"""What Alembic runs: the steps, on the connection and in the transaction it was handed."""

from __future__ import annotations

from alembic import context

from digest.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
