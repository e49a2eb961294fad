"""One freeze of a large audience: `python -m benchmarks.delivery.freezing SITE`.

SITE has its readers and no mailing (`benchmarks.delivery.site --no-freeze`); what is frozen is a
copy that is on the disk. The clock covers `FreezeIssue` alone: the plan and the gate come before.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.delivery.measuring import Measuring
from benchmarks.delivery.ours import copy_site
from benchmarks.delivery.site import planned
from digest.bootstrap import bootstrap
from digest.settings import load_settings


def main() -> None:
    """Freeze, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    template = parser.parse_args().site
    with TemporaryDirectory(dir=template.parent) as folder:
        site = Path(folder)
        copy_site(template, site)
        shutil.copytree(template / "content", site / "content")
        shutil.copy(template / "digest.toml", site)
        app = bootstrap(load_settings(site))
        case, gated = planned(app)
        measuring = Measuring()
        mailing = case.freeze.run(gated.plan, gated.editions)
        line = measuring.line(app.ledger.tally(mailing.id).planned)
        app.close()
    print(line)


if __name__ == "__main__":
    main()
