"""Power cuts at their full number: `make power-loss`, or `python -m tests.power --help`."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.power.outage import Outage
from tests.power.recording import record
from tests.power.storm import outages, table
from tests.sites import letter_site
from tests.storm.storm import Weather


def main() -> int:
    """Cut the power as often as asked, print what came of it; 1 where a promise broke."""
    options = _options()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(
        f"{options.cuts} power cuts, from {options.sends} sends to {options.recipients} recipients "
        f"over {options.lanes} lanes; the same dice: --seed {seed}",
        flush=True,
    )
    folder = Path(tempfile.mkdtemp(prefix="power-"))
    found: list[Outage] = []
    for number in range(options.sends):
        count = len(range(number, options.cuts, options.sends))
        found += _send_and_cut(options, folder / f"send-{number}", count, seed + number)
    print(table(found))
    broken = [outage.said for outage in found if outage.broken]
    print("\n".join([*broken, f"look into {folder}"] if broken else ["No promise was broken."]))
    if not broken:
        shutil.rmtree(folder)
    return int(bool(broken))


def _send_and_cut(options: argparse.Namespace, folder: Path, count: int, seed: int) -> list[Outage]:
    folder.mkdir(parents=True)
    site = letter_site(folder / "site", readers=options.recipients)
    weather = Weather(
        recipients=options.recipients,
        kills=1,
        lanes=options.lanes,
        seed=seed,
        # Half of the sends by BDAT, and the server late, so that commits are many.
        chunking=bool(seed % 2),
        delay=0.005,
    )
    recording = record(site, folder, weather)
    kinds = {"W": "writes", "E": "syncs", "N": "writes to the wire"}
    done = ", ".join(
        f"{sum(event.kind == kind for event in recording.events)} {name}"
        for kind, name in kinds.items()
    )
    print(f"a send with {done}: {count} cuts", flush=True)
    (folder / "cuts").mkdir()
    return list(outages(recording, folder / "cuts", count=count, seed=seed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.power", description=__doc__)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--sends", type=int, default=4)
    parser.add_argument("--recipients", type=int, default=200)
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument("--seed", type=int)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
