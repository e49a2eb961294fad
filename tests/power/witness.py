"""What processes did to a site's files and said over TCP, in one order: they run under `witness.c`.

A `Witness` has the library compiled, runs processes with it, and reads the log.
What must stay true: the log holds everything. `assert_complete` compares the files as the log has
them with the files as they are, while nothing moves.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.power.disk import Disk
from tests.sites import Site

_LINE = struct.Struct("<IB3xQQQII")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing done: `kind` is a letter of `witness.c`."""

    index: int
    kind: str
    at: float
    """Seconds since 1970, as the recording server has them."""
    what: int
    """The file's inode, or the connection's number."""
    offset: int
    """Where a write begins; how long a file is cut; a sync's ticket."""
    path: str
    data: bytes


@functools.cache
def library() -> Path:
    """Compile the library, once a process."""
    folder = Path(tempfile.mkdtemp(prefix="witness-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    source = Path(__file__).with_name("witness.c")
    made = folder / "witness.so"
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    assert compiler, "a C compiler is needed: apt-get install gcc libc6-dev"
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", made, source, "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return made


class Witness:
    """The log of what is done in a site from now on, by processes with its `environment`."""

    def __init__(self, site: Site, folder: Path) -> None:
        """Keep the site as it is now: that much is on disk (a folder's `before`)."""
        self.site = site
        self.home = site.home.resolve()
        self._log = folder / "witness.log"
        self._before = folder / "before"
        shutil.copytree(self.home, self._before)
        self._inodes = {
            path.stat().st_ino: str(path.relative_to(self.home))
            for path in (self.home, *self.home.rglob("*"))
        }

    @property
    def environment(self) -> dict[str, str]:
        """Return an environment in which a process is watched, with the site's settings."""
        ours = {name: value for name, value in os.environ.items() if name[:7] != "DIGEST_"}
        return {
            **ours,
            **self.site.environ,
            "DIGEST_HOME": str(self.home),
            "PYTHONUTF8": "1",
            "LD_PRELOAD": str(library()),
            "POWER_ROOT": str(self.home),
            "POWER_LOG": str(self._log),
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the site, watched."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start Python in the site, watched, with pipes; what still runs at the end is killed."""
        with subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def events(self) -> list[Event]:
        """Return what was done by now."""
        return list(_read(self._log.read_bytes()))

    def disk(self, events: list[Event]) -> Disk:
        """Return the disk on which these things were done."""
        return Disk(self._before, self._inodes, str(self.home), events)

    @contextmanager
    def holding_still(self) -> Iterator[None]:
        """Let no watched process change or say anything meanwhile."""
        with self._log.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def assert_complete(self) -> list[Event]:
        """Check that the log accounts for every byte of every file, and return it."""
        with self.holding_still():
            events = self.events()
            seen = self.disk(events).as_they_were(len(events))
            real = {
                str(path.relative_to(self.home)): path.read_bytes()
                for path in self.home.rglob("*")
                if path.is_file()
            }
        wrong = [
            path
            for path in sorted(seen.keys() | real.keys())
            if not path.endswith("-shm") and seen.get(path) != real.get(path)
        ]
        assert not wrong, f"changed in a way that was not seen: {wrong}"
        return events


def _read(log: bytes) -> Iterator[Event]:
    start = index = 0
    while start < len(log):
        size, kind, at, what, offset, path, data = _LINE.unpack_from(log, start)
        path_at = start + _LINE.size
        data_at = path_at + path
        yield Event(
            index,
            chr(kind),
            at / 1e9,
            what,
            offset,
            os.fsdecode(log[path_at:data_at]),
            log[data_at : data_at + data],
        )
        start, index = start + size, index + 1
