"""Rounds of runs as tables, and goals that hold or are missed.

What counts is the median of the ratios within each round, with the smallest and the largest beside
it; a goal is judged by that median. A missed goal is printed like one that holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from benchmarks.delivery.clients import Client, Run
from benchmarks.timing import YARDSTICK, start_python

Rounds = Mapping[str, list[Run]]
"""Contender -> what it took, one run a round."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """The median of some figures, and how far they lie apart."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: list[float]) -> Spread:
        """Return the spread of figures, one a round."""
        return cls(middle=median(figures), low=min(figures), high=max(figures))

    def __str__(self) -> str:
        """Return it as `1.02 (0.97 to 1.08)`."""
        return f"{_short(self.middle)} ({_short(self.low)} to {_short(self.high)})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """A promise, and what was measured."""

    what: str
    goal: float
    measured: Spread
    at_least: bool = True
    unit: str = "x"

    @property
    def holds(self) -> bool:
        """Return whether the median keeps it."""
        middle = self.measured.middle
        return middle >= self.goal if self.at_least else middle <= self.goal

    def __str__(self) -> str:
        """Return it as a line of the report."""
        verdict = "holds " if self.holds else "MISSED"
        bound = "at least" if self.at_least else "at most"
        return f"  {verdict}  {self.what}: {self.measured} {self.unit}, goal {bound} {self.goal:g}"


def race(clients: Mapping[str, Client], rounds: int) -> tuple[Rounds, list[float]]:
    """Run each client once a round, in turn; a first round warms up and is thrown away.

    Returns the runs, and the seconds of `python -c pass` in the same rounds.
    """
    runs: dict[str, list[Run]] = {name: [] for name in clients}
    idle: list[float] = []
    for number in range(rounds + 1):
        began = perf_counter()
        start_python()
        started = perf_counter() - began
        for name, client in clients.items():
            run = client.run()
            if number:
                runs[name].append(run)
        if number:
            idle.append(started)
    return runs, idle


def ratio(runs: Rounds, ours: str, peer: str) -> Spread:
    """Return how many times a peer's rate ours is, paired by round."""
    pairs = zip(runs[ours], runs[peer], strict=True)
    return Spread.of([ours.rate / peer.rate for ours, peer in pairs])


def table(title: str, runs: Rounds, idle: list[float], ours: str) -> str:
    """Return the runs as a table; the last column says how many times as fast `ours` is."""
    width = max(map(len, runs))
    lines = [
        f"{title} (medians of {len(idle)} interleaved rounds)",
        f"  {'':<{width}}  messages/s  µs CPU each  peak MB  ours is so many times as fast",
    ]
    for name, found in runs.items():
        rate, cpu, peak = (
            median(getattr(run, figure) for run in found) for figure in ("rate", "cpu_each", "peak")
        )
        memory = f"{peak:7.0f}" if peak else f"{'-':>7}"
        against = "" if name == ours else str(ratio(runs, ours, name))
        line = f"  {name:<{width}}  {rate:>10,.0f}  {cpu:>11,.0f}  {memory}  {against}"
        lines.append(line.rstrip())
    lines.append(f"  {YARDSTICK}: {median(idle) * 1e3:.1f} ms")
    return "\n".join(lines)


def _short(figure: float) -> str:
    return (
        f"{figure:.2f}" if figure < 10 else f"{figure:,.1f}" if figure < 100 else f"{figure:,.0f}"
    )
