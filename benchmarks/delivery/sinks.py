"""Servers to send to: Debian's `smtp-sink`, and our own, which counts and can answer late.

Both are processes of their own on loopback. They end with the block that started them; and if this
process dies, ours ends with its stdin, and `timeout` ends the other one.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic, sleep

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin") or ""
SMTP_SOURCE = shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin") or ""
#: No sink lives longer than this, whatever happens to who started it.
LIFETIME = 3600
_PATIENCE = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What a sink of ours took in."""

    messages: int
    octets: int
    connections: int
    seconds: float
    cpu: float


class Sink:
    """Our own sink under way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wait until it listens."""
        self._process = process
        self.port = int(self._say_line())

    def taken(self) -> Taken:
        """Return what came since the last time this was asked."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Taken(**json.loads(self._say_line()))

    def _say_line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the sink ended")
        return line


@contextmanager
def our_sink(*, latency: float = 0, chunking: bool = False) -> Iterator[Sink]:
    """Run `benchmarks.delivery.sink`; its answers come `latency` milliseconds late."""
    command = [sys.executable, "-m", f"{__package__}.sink", "--latency", str(latency)]
    command += ["--chunking"] if chunking else []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Sink(process)
        finally:
            process.kill()


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run Debian's smtp-sink and yield its port.

    Raises:
        RuntimeError: it is not installed, or does not listen.
    """
    if not SMTP_SINK:
        raise RuntimeError("smtp-sink is not here: it comes with Debian's package postfix")
    port = _free_port()
    guard = shutil.which("timeout")
    command = [guard, "--signal=KILL", str(LIFETIME)] if guard else []
    command += [SMTP_SINK, "-u", "nobody", "-m", "512", f"inet:127.0.0.1:{port}", "512"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield port
    finally:
        # `timeout` passes SIGTERM on to what it runs.
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    given_up = monotonic() + _PATIENCE
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None or monotonic() > given_up:
            raise RuntimeError("smtp-sink does not listen")
        sleep(0.05)
