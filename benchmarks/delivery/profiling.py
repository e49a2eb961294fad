"""Where the time goes: processor time by thread, and cProfile on the event loop's thread.

Each in a run of its own, for cProfile slows what it watches: its shares count, its seconds do not.
Threads are told apart by name; those that end early are counted up to the last look (Linux).
"""

from __future__ import annotations

import cProfile
import io
import pstats
import threading
from collections.abc import Callable
from pathlib import Path

_LOOK_EVERY = 0.05
_TASKS = Path("/proc/self/task")


class ThreadTimes:
    """Processor seconds of each thread, looked at again and again by a thread of its own."""

    def __init__(self) -> None:
        """Begin to look."""
        self.seconds: dict[tuple[int, str], float] = {}
        self._look()
        self._before = dict(self.seconds)
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watching", daemon=True)
        self._watcher.start()

    def stop(self) -> dict[str, float]:
        """Look a last time and return name -> seconds, the largest first."""
        self._over.set()
        self._watcher.join()
        named: dict[str, float] = {}
        for thread, seconds in self.seconds.items():
            used = seconds - self._before.get(thread, 0.0)
            if thread[1] != self._watcher.name:
                named[thread[1]] = named.get(thread[1], 0) + used
        return dict(sorted(named.items(), key=lambda each: -each[1]))

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            self._look()
        self._look()

    def _look(self) -> None:
        names = {thread.native_id: thread.name for thread in threading.enumerate()}
        for task in _TASKS.iterdir() if _TASKS.is_dir() else ():
            try:
                used = int((task / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
            except (OSError, IndexError):
                continue
            number = int(task.name)
            name = names.get(number) or "not of Python"
            self.seconds[number, name] = used


def by_thread(work: Callable[[], int], path: Path) -> int:
    """Do some work, write what each thread used to `path`, and return what it does."""
    times = ThreadTimes()
    messages = work()
    lines = [f"Processor time by thread, µs a message of {messages:,}"]
    for name, seconds in times.stop().items():
        each = seconds / max(messages, 1) * 1e6
        lines += [f"  {name:<24}{each:>10.1f}"] if each >= 0.1 else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return messages


def by_function(work: Callable[[], int], path: Path) -> int:
    """Do some work, write what each function of this thread used to `path`, and return the same."""
    profile = cProfile.Profile()
    messages = profile.runcall(work)
    text = io.StringIO()
    statistics = pstats.Stats(profile, stream=text)
    statistics.strip_dirs().sort_stats("tottime").print_stats(30)
    statistics.sort_stats("cumtime").print_stats(30)
    path.write_text(text.getvalue(), encoding="utf-8")
    return messages
