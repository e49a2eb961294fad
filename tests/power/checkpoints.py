"""A process beside the sender that folds the log into the database, until its stdin ends.

The sender leaves that to the end of a small send: here it happens in the middle, and the log is
begun anew, as in a send that is large.
"""

from __future__ import annotations

import select
import sqlite3
import sys
from contextlib import closing

EVERY = 0.03


def main(database: str) -> None:
    """Fold again and again."""
    with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], EVERY)[0]:
            # Busy, or not all of it: the next time then.
            connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()


if __name__ == "__main__":
    main(sys.argv[1])
