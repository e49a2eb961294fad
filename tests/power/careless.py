"""`digest` with a database that syncs as seldom as it is told: what the tests have to catch.

`python -m tests.power.careless NORMAL send-now --yes`
"""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from digest.cli.root import run


def main(synchronous: str, arguments: list[str]) -> None:
    """Run a command; every connection forgets what it was set to."""

    @event.listens_for(Pool, "checkout")
    def _forget(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    run(arguments)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
