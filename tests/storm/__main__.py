"""The crash storm at its full size: `make crash`, or `python -m tests.storm --help`."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.sites import letter_site
from tests.storm.storm import Weather, freeze_storm, storm, table


def main() -> None:
    """Storm as often as asked, print what came of it, and end with 1 where a promise broke."""
    options = _options()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(
        f"{options.recipients} recipients, {options.lanes} lanes, {options.kills} kills a run, "
        f"{options.runs} runs; again with: --seed {seed}",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="storm-") as name:
        folder = Path(name)
        site = letter_site(folder / "site", readers=options.recipients)
        storms = []
        for run in range(options.runs):
            weather = Weather(
                recipients=options.recipients,
                kills=options.kills,
                lanes=options.lanes,
                seed=seed + run,
                chunking=options.chunking,
            )
            room = folder / f"run-{run}"
            room.mkdir()
            storms.append(storm(site.copy(room / "site"), room, weather))
            print(table(storms).rsplit("\n", 1)[1] if run else table(storms), flush=True)
        room = folder / "freezing"
        room.mkdir()
        before = freeze_storm(site, room, weather)
    killed = sum(harm.alive for one in storms for harm in one.harms)
    print(
        f"{killed} kills of a living process; lost {sum(one.lost for one in storms)}, "
        f"really twice {sum(one.twice for one in storms)}, without a flag "
        f"{sum(one.unflagged for one in storms)}, false ends "
        f"{sum(one.falsely_complete for one in storms)}\n"
        f"{options.kills} kills while the issue is built and frozen: {before} found nothing frozen "
        f"and nothing sent, {options.kills - before} a whole issue; then all was sent once"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    seed = os.environ.get("STORM_SEED")
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=int(seed) if seed else None)
    parser.add_argument("--chunking", action="store_true", help="let the server offer CHUNKING")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
