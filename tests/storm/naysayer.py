"""A process beside the sender, in which readers say no to the ledger itself.

Each line on stdin is `suppress ADDRESS` or `remove ADDRESS`. When that is done, `done` is printed.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from digest.bootstrap import bootstrap
from digest.settings import load_settings


def main(home: Path, newsletter: str) -> None:
    """Do what the lines say until they end."""
    app = bootstrap(load_settings(home))
    print("ready", flush=True)
    for line in sys.stdin:
        verb, address = line.split()
        now = datetime.now(UTC)
        if verb == "suppress":
            app.ledger.suppress(address, newsletter=None, reason="asked", at=now)
        else:
            app.ledger.remove(newsletter, address, now)
        print("done", flush=True)
    app.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
