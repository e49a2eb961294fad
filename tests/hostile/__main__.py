"""10,000 hostile bodies and names: `make hostile`, or `python -m tests.hostile --help`."""

from __future__ import annotations

import argparse
import random
import sys

from tests.hostile.sending import send_hostile_mail


def main() -> None:
    """Send, print what came of it, and end with 1 where anything arrived that was not meant."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, help="repeat a run")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(f"{options.messages} hostile mails; again with: --seed {seed}", flush=True)
    outcome = send_hostile_mail(options.messages, seed)
    print(
        f"{outcome.sent} sent and arrived, {outcome.beyond_ascii} of them to addresses beyond "
        f"ASCII; {outcome.refused} more could not be composed, and nothing of them left"
    )
    for fault in outcome.faults[:20]:
        print(f"  {fault}")
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
