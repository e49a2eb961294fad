"""Power cuts at their full number: `make power-loss`, or `python -m tests.power --help`."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.power.importing import import_outages, record_import
from tests.power.outage import Outage
from tests.power.recording import Recording, record
from tests.power.storm import outages, second_outages, table
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
    once: list[Outage] = []
    twice: list[Outage] = []
    for number in range(options.sends):
        room = folder / f"send-{number}"
        sent = _record(options, room, seed + number)
        count = len(range(number, options.cuts, options.sends))
        once += outages(sent, room / "cuts", count=count, seed=seed)
        twice += second_outages(sent, room / "twice", count=options.second, seed=seed)
    print(table(once), flush=True)
    room = folder / "importing"
    room.mkdir()
    imported = record_import(room)
    first = list(import_outages(imported, room, count=options.imports, seed=seed))
    if twice:
        print(f"\nThe power fails again while the rest is sent:\n{table(twice)}", flush=True)
    wrong = [outage.said for outage in (*once, *twice, *first) if outage.broken]
    print(f"\n{len(first)} power cuts while a new site imports its first readers", end="; ")
    print("\n".join([*wrong, f"look into {folder}"] if wrong else ["no promise was broken"]))
    if not wrong:
        shutil.rmtree(folder)
    return int(bool(wrong))


def _record(options: argparse.Namespace, folder: Path, seed: int) -> Recording:
    folder.mkdir(parents=True)
    weather = Weather(
        recipients=options.recipients,
        kills=1,
        lanes=options.lanes,
        seed=seed,
        # Half of the sends by BDAT, and the server late, so that commits are many.
        chunking=bool(seed % 2),
        delay=0.005,
    )
    sent = record(letter_site(folder / "site", readers=options.recipients), folder, weather)
    kinds = {"W": "writes", "E": "syncs", "N": "writes to the wire"}
    done = [
        f"{sum(event.kind == kind for event in sent.events)} {name}" for kind, name in kinds.items()
    ]
    print(f"a send with {', '.join(done)} and {sent.checkpoints} checkpoints", flush=True)
    return sent


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.power", description=__doc__)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--sends", type=int, default=4)
    parser.add_argument("--second", type=int, default=10, help="cuts again, after one in each send")
    parser.add_argument("--imports", type=int, default=50, help="cuts while readers are imported")
    parser.add_argument("--recipients", type=int, default=200)
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument("--seed", type=int)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
