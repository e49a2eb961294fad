"""`make bench-delivery`: how fast a mailing leaves, beside its peers, and which goals hold.

    python -m benchmarks.delivery [--full] [--only PART ...] [--rounds N] [--messages N]
                                  [--profile FILE]

The small form takes some minutes; `--full` uses the sizes that the goals name (200,000 recipients,
a million subscribers) and takes about half an hour. Everything is on loopback, ends by itself, and
leaves nothing behind. Absolute figures say as much about the machine as about the program: compare
within a table, and look at `python -c pass` beside it. `--profile` sends two mailings under
profilers instead, and writes where the time went to FILE.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.delivery import scale, signing, throughput
from benchmarks.delivery.clients import Field, make_site
from benchmarks.delivery.figures import Goal
from benchmarks.delivery.sinks import smtp_sink
from benchmarks.timing import ROUNDS

MESSAGES = 4000
#: Over a slow wire even a quarter takes seconds.
_FEW = 4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure delivery beside its peers.")
    parser.add_argument("--full", action="store_true", help="the sizes that the goals name")
    parser.add_argument("--only", nargs="+", choices=(*_PARTS, *scale.PARTS), metavar="PART")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--profile", type=Path, metavar="FILE")
    parser.add_argument("--connections", type=int, default=throughput.GOAL_AT, help="of --profile")
    chosen = parser.parse_args()
    if min(chosen.rounds, chosen.messages, chosen.connections) < 1:
        parser.error("--rounds, --messages and --connections are at least 1")
    with TemporaryDirectory(prefix="bench-delivery-") as folder:
        field = Field(site=Path(folder) / "site", messages=chosen.messages, tools=Path(folder))
        if chosen.profile:
            _profile(field, chosen.profile, chosen.connections)
            return
        goals = _measure(field, chosen)
    print("Goals")
    print("\n".join(map(str, goals)))


def _measure(field: Field, chosen: argparse.Namespace) -> list[Goal]:
    parts = chosen.only or (*_PARTS, *scale.PARTS)
    print(f"load average at the start: {os.getloadavg()[0]:.2f}")
    goals: list[Goal] = []
    if any(part in _PARTS for part in parts):
        made = make_site(field.site, field.messages)
        print(f"a message has {made['message']:,.0f} bytes")
        _say_who_is_missing(field)
    for name, part in _PARTS.items():
        if name in parts:
            goals += part(field, chosen.rounds)
    for name, measure in scale.PARTS.items():
        if name in parts:
            goals += measure(field.tools, full=chosen.full)
    return goals


def _say_who_is_missing(field: Field) -> None:
    if why := field.build_go():
        print(f"without the Go pair: {why}")
    if not field.has_node:
        print("without nodemailer: npm ci --ignore-scripts --prefix benchmarks/delivery/nodemailer")


def _late(field: Field, rounds: int) -> list[Goal]:
    few = Field(
        site=field.tools / "few",
        messages=max(field.messages // _FEW, 1),
        tools=field.tools,
    )
    make_site(few.site, few.messages)
    return throughput.over_a_slow_wire(few, rounds)


def _profile(field: Field, path: Path, connections: int) -> None:
    make_site(field.site, field.messages)
    threads, functions = field.tools / "threads", field.tools / "functions"
    with smtp_sink() as port:
        field.ours(port, connections, "--threads", str(threads)).run()
        field.ours(port, connections, "--functions", str(functions)).run()
    said = "\n".join(each.read_text(encoding="utf-8") for each in (threads, functions))
    path.write_text(said, encoding="utf-8")
    print(said)


_PARTS: dict[str, Callable[[Field, int], list[Goal]]] = {
    "smtp-sink": throughput.against_smtp_sink,
    "peers": throughput.against_our_sink,
    "late": _late,
    "dkim": signing.with_signatures,
}


if __name__ == "__main__":
    main()
