"""The clients that are measured, each a process of its own, and what came of a run.

Each peer builds its messages in its own way, as we do: nodemailer and `EmailMessage` of the texts,
with the reader's name and link put in; Go from html/template, as listmonk does. Beside them runs
their best case, "prepared": the bytes lie ready in a file and only the reader's number is put in.
Connections stay open but the naive script's, and interpreters are up when their clock starts. All
bytes are those of our own composer, within 1 %, which `throughput` proves by counting them. None of
the peers records what it sent; smtp-source sends one message to numbered recipients.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from time import perf_counter

from benchmarks.delivery.sinks import SMTP_SOURCE

HERE = Path(__file__).parent
#: A run that takes longer is ended, and with it the measurement.
LIMIT = 900.0
OURS, OURS_PLAIN, SOURCE = "digest", "digest, asyncio's loop", "smtp-source -d"
NODE, POOLED = "nodemailer pool", "aiosmtplib pool"
GO, NAIVE = "html/template + smtppool", "naive smtplib"
#: Peers that build their messages, and what they are called when the bytes lie ready.
PREPARED = {each: f"{each}, prepared" for each in (NODE, POOLED, NAIVE)}
KEPT = "smtplib, prepared, kept open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one run of a client took."""

    messages: int
    seconds: float
    cpu: float
    """Processor seconds of all its threads."""
    peak: float = 0
    """Its largest resident set in MB; 0 is not known."""
    building: float = 0
    """Seconds to build one message; 0 is not known."""

    @property
    def rate(self) -> float:
        """Return messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_each(self) -> float:
        """Return processor microseconds a message."""
        return self.cpu / self.messages * 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A program that sends a mailing."""

    command: tuple[str, ...]
    messages: int

    def run(self) -> Run:
        """Run it to its end (RuntimeError: it failed, or took too long)."""
        with TemporaryFile("w+") as said, TemporaryFile("w+") as complained:
            process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=said, stderr=complained, text=True
            )
            began, guard = perf_counter(), Timer(LIMIT, process.kill)
            guard.start()
            try:
                _, status, used = os.wait4(process.pid, 0)
            finally:
                guard.cancel()
            seconds = perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                complained.seek(0)
                why = complained.read()[-2000:]
                raise RuntimeError(f"{' '.join(self.command)} failed:\n{why}")
            said.seek(0)
            line = said.read().strip()
        if line:
            return Run(**json.loads(line))
        # smtp-source says nothing; its start costs some milliseconds.
        cpu = used.ru_utime + used.ru_stime
        return Run(messages=self.messages, seconds=seconds, cpu=cpu)


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """Where the clients find what they send, and how much of it."""

    site: Path
    """A site with `messages` readers, made by `benchmarks.delivery.site`."""
    messages: int
    tools: Path
    """Where Go's program is built."""

    def ours(self, port: int, connections: int, *more: str) -> Client:
        """Return digest itself."""
        return self._python("ours", self.messages, self.site, port, connections, *more)

    def source(self, port: int, connections: int) -> Client:
        """Return Postfix's load generator: the same message each time, numbered recipients."""
        if not SMTP_SOURCE:
            raise RuntimeError("smtp-source is not here: it comes with Debian's package postfix")
        command = (
            *(SMTP_SOURCE, "-4", "-d", "-s", connections, "-m", self.messages, "-N"),
            *("-f", "takeaway@news.example", "-t", "reader@mail.example"),
            *("-F", self.site / "message.txt", f"127.0.0.1:{port}"),
        )
        return Client(command=tuple(map(str, command)), messages=self.messages)

    def peers(self, port: int, connections: int) -> dict[str, Client]:
        """Return the other peers that are here; what is slow sends fewer."""
        found = {}
        half, few = max(self.messages // 2, 1), max(self.messages // 8, 1)
        ready = "--prepared"
        if self.has_node:
            script = HERE / "nodemailer" / "send.mjs"
            node = ("node", *map(str, (script, self.site, port, connections, half)))
            found[NODE] = Client(command=node, messages=half)
            found[PREPARED[NODE]] = Client(command=(*node, ready), messages=half)
        if self.go.exists():
            arguments = (self.go, self.site / "edition.json", port, connections, half)
            found[GO] = Client(command=tuple(map(str, arguments)), messages=half)
        arguments = (self.site, port, connections, few)
        found[POOLED] = self._python("pooled", few, *arguments)
        found[PREPARED[POOLED]] = self._python("pooled", few, *arguments, ready)
        found[NAIVE] = self._python("naive", few, self.site, port, few)
        found[PREPARED[NAIVE]] = self._python("naive", few, self.site, port, few, ready)
        found[KEPT] = self._python("naive", few, self.site, port, few, ready, "--keep")
        return found

    @property
    def go(self) -> Path:
        """Return where Go's program is."""
        return self.tools / "send"

    @property
    def has_node(self) -> bool:
        """Return whether nodemailer is here."""
        return bool(shutil.which("node")) and (HERE / "nodemailer" / "node_modules").is_dir()

    def build_go(self) -> str:
        """Build Go's program; return why it is not there, or ""."""
        if not shutil.which("go"):
            return "Go is not installed"
        command = ("go", "build", "-mod=readonly", "-o", str(self.go), ".")
        built = subprocess.run(
            command, cwd=HERE / "go", capture_output=True, text=True, check=False, timeout=300
        )
        return built.stderr.strip() if built.returncode else ""

    def _python(self, module: str, messages: int, *arguments: object) -> Client:
        command = (sys.executable, "-m", f"{__package__}.{module}", *map(str, arguments))
        return Client(command=command, messages=messages)


def make_site(site: Path, readers: int, *more: str) -> dict[str, float]:
    """Make a site in a process of its own, so that this one stays small; return what it took."""
    site.mkdir(parents=True)
    command: Sequence[str] = (
        *(sys.executable, "-m", f"{__package__}.site"),
        *(str(site), "--readers", str(readers), *more),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    if done.returncode:
        raise RuntimeError(f"the site could not be made:\n{done.stderr[-2000:]}")
    made: dict[str, float] = json.loads(done.stdout)
    return made
