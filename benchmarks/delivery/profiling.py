"""Where the time goes: cProfile on the event loop's thread, and processor time by thread.

cProfile slows what it watches, so its shares count and its seconds do not. Threads are told apart
by name; those that end before the last look are counted up to their last one (Linux).
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
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watching", daemon=True)
        self._watcher.start()

    def stop(self) -> dict[str, float]:
        """Look a last time and return name -> seconds, the largest first."""
        self._over.set()
        self._watcher.join()
        named: dict[str, float] = {}
        for (_, name), seconds in self.seconds.items():
            named[name] = named.get(name, 0) + seconds
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


def profiled(work: Callable[[], int], path: Path) -> int:
    """Do some work, write its profile beside `path` (.pstats and .txt), and return what it does."""
    times = ThreadTimes()
    profile = cProfile.Profile()
    messages = profile.runcall(work)
    threads = times.stop()
    profile.dump_stats(path.with_suffix(".pstats"))
    text = io.StringIO()
    per = 1e6 / max(messages, 1)
    print(f"Processor time by thread, µs a message of {messages:,} (under cProfile)", file=text)
    for name, seconds in threads.items():
        print(f"  {name:<24}{seconds * per:>10.1f}", file=text)
    statistics = pstats.Stats(profile, stream=text)
    statistics.strip_dirs().sort_stats("tottime").print_stats(30)
    statistics.sort_stats("cumtime").print_stats(30)
    path.with_suffix(".txt").write_text(text.getvalue(), encoding="utf-8")
    return messages
