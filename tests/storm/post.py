"""The recording server as a process, and what its record says while it grows."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the server took: it is on the server's disk."""

    at: float
    connection: int
    recipient: str
    message_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A MAIL and its RCPT, by the server's clock when MAIL was read."""

    at: float
    connection: int
    recipient: str


class Post:
    """An SMTP server in a process of its own; `look` reads what is new in its record."""

    def __init__(self, port: int, record: Path) -> None:
        self.port = port
        self.taken: list[Taken] = []
        self.begun: list[Begun] = []
        self._record = record
        self._offset = 0
        self._rest = b""
        self._open: set[int] = set()

    def look(self) -> int:
        """Read what is new, and return how many messages were taken by now."""
        if self._record.exists():
            with self._record.open("rb") as file:
                file.seek(self._offset)
                new = file.read()
            self._offset += len(new)
            *lines, self._rest = (self._rest + new).split(b"\n")
            for line in lines:
                self._keep(line.decode().split("\t"))
        return len(self.taken)

    def wait_for(self, count: int, *, seconds: float = 60, alive: Callable[[], bool]) -> bool:
        """Wait until so many were taken; False when the sender or the time ended first."""
        until = time.monotonic() + seconds
        while self.look() < count:
            if time.monotonic() > until or not alive():
                return self.look() >= count
            time.sleep(0.002)
        return True

    def settle(self, *, seconds: float = 30) -> None:
        """Wait until every connection has ended and all that it brought is in the record."""
        until = time.monotonic() + seconds
        self.look()
        while self._open:
            if time.monotonic() > until:
                raise TimeoutError(f"connections {self._open} are still open")
            time.sleep(0.002)
            self.look()

    def _keep(self, fields: list[str]) -> None:
        kind, at, connection = fields[0], float(fields[1]), int(fields[2])
        if kind == "T":
            self.taken.append(Taken(at, connection, *fields[3:]))
        elif kind == "B":
            self.begun.append(Begun(at, connection, fields[3]))
        elif kind == "O":
            self._open.add(connection)
        else:
            self._open.discard(connection)


@contextlib.contextmanager
def recording(folder: Path, *options: str, port: int = 0) -> Iterator[Post]:
    """Run the recorder as a process; its record is in the folder."""
    record = folder / "taken.tsv"
    script = Path(__file__).with_name("recorder.py")
    command = [sys.executable, str(script), "--out", str(record), "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            yield Post(int(process.stdout.readline().rsplit(":", 1)[1]), record)
        finally:
            process.terminate()
