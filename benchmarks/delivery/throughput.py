"""How fast messages leave: against smtp-sink, against our own sink, and over a slow wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median

from benchmarks.delivery.clients import (
    GO,
    NAIVE,
    NODE,
    OURS,
    OURS_PLAIN,
    POOLED,
    PREPARED,
    SOURCE,
    Client,
    Field,
)
from benchmarks.delivery.figures import Goal, Rounds, Spread, race, ratio, table
from benchmarks.delivery.sinks import Sink, our_sink, smtp_sink

#: With how many connections the goals hold.
GOAL_AT = 32
AT = (10, GOAL_AT)
LATE = 20
CHUNKED = "digest, CHUNKING"
#: How far the bytes of two clients may lie apart.
_ALIKE = 0.01
_PEERS = {NODE: 8.0, NAIVE: 15.0, POOLED: 4.0, GO: 2.0}


def against_smtp_sink(field: Field, rounds: int) -> list[Goal]:
    """Race ours and smtp-source against Debian's smtp-sink."""
    goals: list[Goal] = []
    for connections in AT:
        with smtp_sink() as port:
            clients = {
                OURS: field.ours(port, connections),
                OURS_PLAIN: field.ours(port, connections, "--loop", "asyncio"),
                **{f"{SOURCE} -s {n}": field.source(port, n) for n in sorted({10, connections})},
            }
            runs, idle = race(clients, rounds)
        print(table(f"smtp-sink, {connections} connections", runs, idle, OURS), end="\n\n")
        goals = [
            Goal(what=f"rate beside {name}, smtp-sink", goal=0.95, measured=ratio(runs, OURS, name))
            for name in runs
            if name.startswith(SOURCE)
        ]
    return [*goals, *_cost(runs)]


def _cost(runs: Rounds) -> list[Goal]:
    cpu = Spread.of([run.cpu_each for run in runs[OURS]])
    building = Spread.of([run.building * 1e6 for run in runs[OURS]])
    return [
        Goal(what="CPU a message, no DKIM", goal=120, measured=cpu, at_least=False, unit="µs"),
        Goal(what="building a message", goal=20, measured=building, at_least=False, unit="µs"),
    ]


def against_our_sink(field: Field, rounds: int) -> list[Goal]:
    """Race all peers against our own sink, which is faster than smtp-sink."""
    goals: list[Goal] = []
    with our_sink() as sink:
        for connections in AT:
            clients = {
                OURS: field.ours(sink.port, connections),
                OURS_PLAIN: field.ours(sink.port, connections, "--loop", "asyncio"),
                f"{SOURCE} -s {connections}": field.source(sink.port, connections),
                **field.peers(sink.port, connections),
            }
            prove_alike(clients, sink)
            runs, idle = race(clients, rounds)
            print(table(f"our sink, {connections} connections", runs, idle, OURS), end="\n\n")
            goals = [
                Goal(what=f"rate beside {name}", goal=goal, measured=ratio(runs, OURS, name))
                for peer, goal in _PEERS.items()
                for name in (peer, PREPARED.get(peer))
                if name in runs
            ]
    return goals


def prove_alike(clients: dict[str, Client], sink: Sink) -> None:
    """Let each client send once, and compare what arrived.

    Raises:
        RuntimeError: messages are missing, or bytes differ by more than 1 %; or the sink was busy
            for so long that it, not a client, was what was measured.
    """
    sizes = {}
    for name, client in clients.items():
        sink.taken()
        run = client.run()
        taken = sink.taken()
        if taken.messages != run.messages:
            raise RuntimeError(f"{name}: {taken.messages} of {run.messages} messages arrived")
        sizes[name] = taken.octets / taken.messages
        busy = taken.cpu / run.seconds
        print(f"  {name}: {sizes[name]:,.0f} bytes a message; the sink was busy for {busy:.0%}")
    middle = median(sizes.values())
    apart = {name: size / middle - 1 for name, size in sizes.items()}
    if worst := {name: off for name, off in apart.items() if abs(off) > _ALIKE}:
        raise RuntimeError(f"the bytes are not alike: {worst}")


def over_a_slow_wire(field: Field, rounds: int) -> list[Goal]:
    """Race against a server that answers 20 ms late, over 10 connections.

    Whoever waits for one round trip a message can send 500 a second at most. Peers send a quarter
    as many messages as we do, which costs them nothing but the first and the last round trip.
    """
    slow = replace(field, messages=max(field.messages // 4, 1))
    with _late_sinks() as (plain, chunking):
        clients = {
            OURS: field.ours(plain.port, 10),
            CHUNKED: field.ours(chunking.port, 10),
            f"{SOURCE} -s 10": slow.source(plain.port, 10),
        }
        peers = slow.peers(plain.port, 10)
        clients |= {name: peers[name] for name in (NODE, PREPARED[NODE]) if name in peers}
        runs, idle = race(clients, rounds)
    print(table(f"Answers {LATE} ms late, 10 connections", runs, idle, OURS), end="\n\n")
    return [
        Goal(what=f"rate beside {name}, {LATE} ms late", goal=3, measured=ratio(runs, OURS, name))
        for name in clients
        if name not in (OURS, CHUNKED)
    ]


@contextmanager
def _late_sinks() -> Iterator[tuple[Sink, Sink]]:
    with our_sink(latency=LATE) as plain, our_sink(latency=LATE, chunking=True) as chunking:
        yield plain, chunking
