"""Timing that holds on a busy machine: interleaved rounds, medians, paired ratios.

A time alone says as much about the machine as about the program, so every contender runs in every
round, one after the other, and what counts is the median of the rounds' ratios. What must stay
true: no time is printed without its peer, and `python -c pass` of the same run stands beside it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

ROUNDS = 7
#: The name under which every report shows the machine's own pace.
YARDSTICK = "python -c pass"

Rounds = Mapping[str, list[float]]
"""Contender -> its seconds per call, one figure a round."""


def start_python() -> None:
    """Start and end an interpreter that does nothing: the machine's yardstick."""
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def interleave(
    contenders: Mapping[str, tuple[Callable[[], object], int]], rounds: int = ROUNDS
) -> Rounds:
    """Time each contender once a round, in turn; the yardstick is timed with them.

    `contenders` maps a name to what is called and how often in a round. A first round warms up and
    is thrown away. Returns seconds per call.
    """
    field = {**contenders, YARDSTICK: (start_python, 1)}
    times: dict[str, list[float]] = {name: [] for name in field}
    for number in range(rounds + 1):
        for name, (call, calls) in field.items():
            seconds = _seconds_per_call(call, calls)
            if number:
                times[name].append(seconds)
    return times


def paired_ratio(times: Rounds, slow: str, fast: str) -> float:
    """Return how many times faster `fast` is: the median of the ratios within each round."""
    return median(a / b for a, b in zip(times[slow], times[fast], strict=True))


def report(title: str, times: Rounds, against: str) -> str:
    """Return a table: each contender's median, and how it compares with `against`."""
    width = max(map(len, times))
    lines = [f"{title} (medians of {len(times[against])} interleaved rounds)"]
    for name, rounds in times.items():
        alone = name in (against, YARDSTICK)
        compared = "" if alone else f"  {_compared(times, name, against)}"
        lines.append(f"  {name:<{width}}  {_readable(median(rounds)):>9}{compared}")
    return "\n".join(lines)


def _compared(times: Rounds, name: str, against: str) -> str:
    ratio = paired_ratio(times, against, name)
    return f"{ratio:.1f} times as fast" if ratio >= 1 else f"{1 / ratio:.1f} times as slow"


def _seconds_per_call(call: Callable[[], object], calls: int) -> float:
    started = perf_counter()
    for _ in range(calls):
        call()
    return (perf_counter() - started) / calls


def _readable(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"
