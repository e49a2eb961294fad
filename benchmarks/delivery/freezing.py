"""One freeze of a large audience: `python -m benchmarks.delivery.freezing SITE`.

SITE has its readers and no mailing (`benchmarks.delivery.site --no-freeze`); what is frozen is a
copy that is on the disk. The clock covers `FreezeIssue` alone: the plan and the gate come before.
With `--bare` the same rows go into a table without indexes and constraints: the least there is to
do.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.delivery.measuring import Measuring
from benchmarks.delivery.ours import copy_site
from benchmarks.delivery.site import planned
from digest.bootstrap import bootstrap
from digest.settings import load_settings

_BARE = """
INSERT INTO bare (mailing_id, issue_id, subscriber_id, subscription_id, edition_id, address_hash,
    domain, state, due_at, not_before, attempts, doubts, possible_duplicate, reason, shard, epoch)
SELECT 1, 1, p.id, s.id, s.profile_id, p.address_hash, p.domain, 'queued', 0, 0, 0, 0, 0, '', 0, 0
FROM subscription AS s JOIN subscriber AS p ON p.id = s.subscriber_id
WHERE s.state = 'active' ORDER BY s.id
"""


def main() -> None:
    """Freeze, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    parser.add_argument("--bare", action="store_true")
    chosen = parser.parse_args()
    template = chosen.site
    with TemporaryDirectory(dir=template.parent) as folder:
        site = Path(folder)
        copy_site(template, site)
        if chosen.bare:
            print(_fill_bare_table(site / "var" / "digest.db"))
            return
        shutil.copytree(template / "content", site / "content")
        shutil.copy(template / "digest.toml", site)
        app = bootstrap(load_settings(site))
        case, gated = planned(app)
        measuring = Measuring()
        mailing = case.freeze.run(gated.plan, gated.editions)
        line = measuring.line(app.ledger.tally(mailing.id).planned)
        app.close()
    print(line)


def _fill_bare_table(path: Path) -> str:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE bare AS SELECT * FROM outbox_entry LIMIT 0")
    measuring = Measuring()
    filled = database.execute(_BARE)
    line = measuring.line(filled.rowcount)
    database.close()
    return line


if __name__ == "__main__":
    main()
