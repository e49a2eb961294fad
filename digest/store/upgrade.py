"""Bring a database to the newest schema; refuse one that a newer digest has made.

The revision is read with one SELECT, and Alembic is imported only when there is something to do. An
upgrade is one transaction: it is done, or nothing of it is.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from digest.errors import StoreError
from digest.store.database import Database
from digest.store.dialect import UPGRADE_LOCK, has_table, take_turns
from digest.store.tables import metadata

#: Every revision, oldest first; the last is what this digest works with.
REVISIONS = ("0001", "0002", "0003")
CURRENT = REVISIONS[-1]


def ensure_current(database: Database) -> bool:
    """Make the schema, or bring it up to date; return whether anything was done.

    Raises:
        StoreError: a newer digest made this database, or it belongs to another program.
        TryAgainLater: it is busy, or its server away.
    """
    with database.read() as connection:
        if _revision(connection, database.where) == CURRENT:
            return False
    upgrade(database)
    return True


def require_current(database: Database) -> None:
    """Refuse a database that is not up to date: a worker never upgrades.

    Raises:
        StoreError: it is older, newer, or belongs to another program.
    """
    with database.read() as connection:
        if _revision(connection, database.where) != CURRENT:
            raise StoreError(
                database.where,
                "the database is older than this version of digest",
                "Run: digest db upgrade",
            )


def upgrade(database: Database) -> None:
    """Bring the schema up to date.

    Raises:
        StoreError: a newer digest made this database, or it belongs to another program.
        TryAgainLater: it is busy, or its server away.
    """
    with database.write() as connection:
        # Two processes that start at once: the second waits, and finds it done.
        take_turns(connection, UPGRADE_LOCK)
        if _revision(connection, database.where) != CURRENT:
            _migrate(connection)


def _revision(connection: Connection, where: str) -> str | None:
    """Return the revision of a database, or None where nothing has been made yet."""
    if not has_table(connection, "alembic_version"):
        if any(has_table(connection, name) for name in metadata.tables):
            raise StoreError(
                where,
                "the database belongs to another program",
                "Let [database] url name another one.",
            )
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is not None and found not in REVISIONS:
        raise StoreError(
            where,
            f"the database was made by a newer digest (revision {found}, this one knows {CURRENT})",
            "Install that version again, or a newer one; or let [database] url name another one.",
        )
    return found


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "digest.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, CURRENT)
