"""`digest db ...`."""

from __future__ import annotations

import click

from digest.cli.output import say
from digest.cli.site_option import open_app


@click.group(short_help="Look after the database.")
def db() -> None:
    """Look after the database."""


@db.command(short_help="Bring the database to this version.")
def upgrade() -> int:
    """Make the database, or bring it to this version of digest. Again does nothing."""
    from digest.store.upgrade import upgrade as bring_up

    bring_up(open_app().database)
    say("The database is of this version.")
    return 0
