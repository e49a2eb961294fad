"""What a client measures of itself: seconds, processor time of all its threads, its peak of memory.

A client prints it as one line of JSON when the last message was taken, so what it costs to start an
interpreter counts for nobody. `ru_maxrss` of a child is never below what its parent had when it was
started, so the kernel's own word for this address space is asked first (Linux).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

_STATUS = Path("/proc/self/status")


class Measuring:
    """From its making to its line."""

    def __init__(self) -> None:
        """Begin."""
        self._cpu = cpu_seconds()
        self._began = perf_counter()

    def line(self, messages: int, **more: object) -> str:
        """Return what it took, as JSON."""
        seconds, cpu = perf_counter() - self._began, cpu_seconds() - self._cpu
        measured = {"messages": messages, "seconds": seconds, "cpu": cpu, "peak": peak_megabytes()}
        return json.dumps(measured | more)


def cpu_seconds() -> float:
    """Return the processor time that all threads of this process have used."""
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_megabytes() -> float:
    """Return the largest resident set that this process has had, in MB."""
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes an event loop, `uvloop` or `asyncio` (RuntimeError: uvloop is not here)."""
    if name == "asyncio":
        return None
    try:
        from uvloop import new_event_loop
    except ModuleNotFoundError as error:
        raise RuntimeError("uvloop is not installed: pip install 'digest-mailer[speed]'") from error
    return new_event_loop
