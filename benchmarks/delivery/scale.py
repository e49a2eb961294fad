"""What grows with the readers, and what must not: the cost of each, memory, freezing, importing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import importing
from benchmarks.delivery.clients import Client, Field, Run, make_site
from benchmarks.delivery.figures import Goal, Rounds, Spread, race
from benchmarks.delivery.sinks import our_sink
from benchmarks.timing import YARDSTICK, interleave

#: How many recipients are few and many: (small form, full form).
FEW, MANY = (2_000, 10_000), (20_000, 200_000)
#: An audience and a roster; the goals of a million, in parts where they are smaller.
AUDIENCE = (100_000, 1_000_000)
_MILLION = 1_000_000
_BARE = "the same rows by INSERT ... SELECT into a table without indexes"
CONNECTIONS, ROUNDS = 32, 3


def many_recipients(folder: Path, *, full: bool) -> list[Goal]:
    """Send to few and to many, in turn."""
    clients: dict[str, Client] = {}
    few, many = (f"{count[full]:,} recipients" for count in (FEW, MANY))
    with our_sink() as sink:
        for name, count in ((few, FEW[full]), (many, MANY[full])):
            field = Field(site=folder / f"site-{count}", messages=count, tools=folder)
            make_site(field.site, count)
            clients[name] = field.ours(sink.port, CONNECTIONS)
        runs, idle = race(clients, ROUNDS)
    print(f"Cost of a recipient, our sink, {CONNECTIONS} connections ({ROUNDS} rounds)")
    for name, found in runs.items():
        cpu, rate = median(run.cpu_each for run in found), median(run.rate for run in found)
        peak = median(run.peak for run in found)
        print(f"  {name}: {1e6 / rate:,.0f} µs and {cpu:,.0f} µs CPU each, {peak:.0f} MB", end="")
        print(" at its peak")
    print(f"  {YARDSTICK}: {median(idle) * 1e3:.1f} ms\n")
    peak = Spread.of([run.peak for run in runs[many]])
    return [
        _more(runs, many, few, "time", lambda run: 1 / run.rate),
        _more(runs, many, few, "CPU", lambda run: run.cpu_each),
        Goal(what=f"memory, {many}", goal=90, measured=peak, at_least=False, unit="MB"),
    ]


def _more(runs: Rounds, many: str, few: str, what: str, each: Callable[[Run], float]) -> Goal:
    pairs = zip(runs[many], runs[few], strict=True)
    measured = Spread.of([each(large) / each(small) for large, small in pairs])
    name = f"{what} of a recipient, {many} beside {few}"
    return Goal(what=name, goal=1.1, measured=measured, at_least=False)


def freezing(folder: Path, *, full: bool) -> list[Goal]:
    """Freeze a large audience again and again."""
    count = AUDIENCE[full]
    site = folder / "audience"
    made = make_site(site, count, "--no-freeze")
    command = (sys.executable, "-m", f"{__package__}.freezing", str(site))
    clients = {
        "freeze": Client(command=command, messages=count),
        _BARE: Client(command=(*command, "--bare"), messages=count),
    }
    runs, idle = race(clients, ROUNDS)
    seconds = Spread.of([run.seconds for run in runs["freeze"]])
    peak = median(run.peak for run in runs["freeze"])
    cpu = Spread.of([run.cpu for run in runs["freeze"]])
    print(f"Freezing an audience of {count:,}: {seconds} s, {cpu} s CPU, {peak:.0f} MB at its peak")
    beside = [a.cpu / b.cpu for a, b in zip(runs["freeze"], runs[_BARE], strict=True)]
    print(f"  {Spread.of(beside)} times the processor time of {_BARE}")
    print(f"  importing them took {made['import']:.1f} s; {YARDSTICK}: {idle[0] * 1e3:.1f} ms\n")
    return [
        Goal(
            what=f"freezing {count:,}",
            goal=3 * count / _MILLION,
            measured=seconds,
            at_least=False,
            unit="s",
        )
    ]


def importing_many(folder: Path, *, full: bool) -> list[Goal]:
    """Import a large roster by the command, again and again."""
    rows = AUDIENCE[full]
    target = folder / "import"
    target.mkdir()
    contenders = importing.contenders(target, rows)
    field = {name: contenders[name] for name in (importing.COMMAND, importing.BARE)}
    times = interleave({name: (command, 1) for name, command in field.items()}, ROUNDS)
    command, bare = field.values()
    seconds = Spread.of(times[importing.COMMAND])
    cpu = Spread.of(command.cpu[1:])
    print(f"Importing {rows:,} rows: {seconds} s, {cpu} s CPU, {command.megabytes:.0f} MB", end="")
    print(" at its peak")
    beside = [a / b for a, b in zip(command.cpu[1:], bare.cpu[1:], strict=True)]
    print(f"  {Spread.of(beside)} times the processor time of {importing.BARE}", end="")
    print(f" ({median(bare.cpu[1:]):.1f} s)")
    print(f"  {YARDSTICK}: {median(times[YARDSTICK]) * 1e3:.1f} ms\n")
    memory = Spread.of([peak / 1024 for peak in command.peaks])
    goal = 20 * rows / _MILLION if full else 3.0
    return [
        Goal(what=f"importing {rows:,}", goal=goal, measured=seconds, at_least=False, unit="s"),
        Goal(
            what=f"memory, importing {rows:,}",
            goal=120,
            measured=memory,
            at_least=False,
            unit="MB",
        ),
    ]


PARTS: dict[str, Callable[..., list[Goal]]] = {
    "recipients": many_recipients,
    "freeze": freezing,
    "import": importing_many,
}
