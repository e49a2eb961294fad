"""Whole sites in a folder of their own, and the real command line run on them.

`site.run(...)` is a process, as a person or cron starts it; `site.call(...)` goes the same way from
the arguments to the exit code within this process, which is ten times faster; `site.start(...)` is
a process that the test goes on beside. A site never sees the settings of whoever runs the tests,
and none of this ever works on the repository's own folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from digest.bootstrap import App, bootstrap
from digest.cli.root import run as run_digest
from digest.paths import shipped
from digest.settings import load_settings
from tests.fakes import FakeClock
from tests.smtp_server import RecordingServer

#: Where the mails of these sites lead readers; nothing answers there.
BASE_URL = "https://news.example"
SAMPLE = "open-class"
LETTER = "letter"
#: What of the sample waits for its second issue, where the first was sent.
_LATER = ("channels-creator-income", "mini-ads", "pay-coupons", "pay-coupons-offer")

_LETTER_TOML = """\
name = "The Letter"
languages = ["en"]
timezone = "Asia/Shanghai"
start = 2023-01-01
schedule = "0 9 * * 5"
catch_up = "6 hours"
postal_address = "1 Example Street"
about = "You get this mail because this address is subscribed to The Letter."

[from]
name = "The Letter"
address = "letter@news.example"

[[sections]]
id = "news"
title = "News"
"""


@dataclass(frozen=True)
class Ran:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Return both streams, for what may stand in either."""
        return self.out + self.err

    @property
    def json(self) -> Any:
        """Return what was printed as JSON."""
        return json.loads(self.out)


class Process:
    """A `digest` process under way; what it says is read as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = process.pid
        self._out: list[str] = []
        self._lines: list[str] = []
        self._came = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._listener = threading.Thread(target=self._read_out, daemon=True)
        self._listener.start()

    def wait_for_line(self, words: str, *, seconds: float = 30) -> str:
        """Return the first line of stderr that holds these words."""
        with self._came:
            found = self._came.wait_for(
                lambda: any(words in line for line in self._lines) or not self._reader.is_alive(),
                seconds,
            )
            line = next((line for line in self._lines if words in line), None)
        assert found, f"no {words!r} in {self._lines}"
        assert line is not None, f"no {words!r} in {self._lines}"
        return line

    def alive(self) -> bool:
        """Return whether it still runs."""
        return self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut would, and wait until it is gone."""
        self.process.kill()
        self.process.wait(30)

    def ended(self, *, seconds: float = 60) -> Ran:
        """Wait until it ends by itself (subprocess.TimeoutExpired where it does not)."""
        code = self.process.wait(seconds)
        self._listener.join(10)
        self._reader.join(10)
        return Ran(code, "".join(self._out), "".join(self._lines))

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        self._out.extend(self.process.stdout)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._came:
                self._lines.append(line)
                self._came.notify_all()
        with self._came:
            self._came.notify_all()


@dataclass(frozen=True)
class Site:
    """A site and the environment that its commands see."""

    home: Path
    newsletter: str
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Return the newsletter's folder."""
        return self.home / "content" / self.newsletter

    def through(self, server: RecordingServer | int, **settings: str) -> Site:
        """Return the site with mail going to an SMTP server (or its port) on this machine."""
        port = server if isinstance(server, int) else server.port
        return self.having(
            smtp__host="127.0.0.1",
            smtp__port=str(port),
            smtp__security="none",
            site__base_url=BASE_URL,
            **settings,
        )

    def having(self, **settings: str) -> Site:
        """Return the site with settings more: `smtp__host="..."`."""
        named = {f"DIGEST_{key.upper()}": value for key, value in settings.items()}
        return replace(self, environ={**self.environ, **named})

    def copy(self, home: Path) -> Site:
        """Return a second site with all that this one has, database and keys too."""
        shutil.copytree(self.home, home)
        return replace(self, home=home)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the site."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def write_item(self, slug: str, title: str, **keys: str) -> Path:
        """Write an item of this very day, in the first section unless `section` says otherwise."""
        written = {"section": "news" if self.newsletter == LETTER else "channels", **keys}
        lines = [f'title = "{title}"', f"date = {datetime.now(UTC).date()}"]
        lines += [f'{key} = "{value}"' for key, value in written.items()]
        text = "\n".join(["+++", *lines, "+++", f"The body of {title}.", ""])
        return self.write(f"content/{self.newsletter}/items/{slug}.md", text)

    def run(self, *arguments: str, seconds: float = 90, **options: Any) -> Ran:
        """Run a command as a process; `options` go to subprocess.run."""
        done = subprocess.run(
            _command(arguments),
            cwd=self.home,
            env=self._environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=seconds,
            check=False,
            **options,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextlib.contextmanager
    def start(self, *arguments: str) -> Iterator[Process]:
        """Start a command as a process; what of it still runs at the end is killed."""
        process = subprocess.Popen(
            _command(arguments),
            cwd=self.home,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            yield Process(process)
        finally:
            process.kill()
            process.wait(30)

    def call(self, *arguments: str) -> Ran:
        """Run a command in this process: the same function, arguments, output and exit code."""
        ours: dict[str, str | None] = {name: None for name in os.environ if name[:7] == "DIGEST_"}
        environ = {**ours, **self.environ, "DIGEST_HOME": str(self.home)}
        code = -1
        with (
            contextlib.chdir(self.home),
            CliRunner().isolation(env=environ) as (out, err, _),
        ):
            try:
                run_digest(list(arguments))
            except SystemExit as end:
                code = int(end.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            said = out.getvalue().decode(), err.getvalue().decode()
        return Ran(code, *said)

    @contextlib.contextmanager
    def app(self, now: datetime) -> Iterator[tuple[App, FakeClock]]:
        """Join the site's parts in this process, with a clock that stands at `now`."""
        clock = FakeClock(now)
        with CliRunner(env={**self.environ, "DIGEST_HOME": str(self.home)}).isolation():
            settings = load_settings(self.home)
        app = bootstrap(settings, clock=clock)
        try:
            yield app, clock
        finally:
            app.close()

    def status(self) -> dict[str, Any]:
        """Return the newest mailing as `digest status --json` shows it."""
        mailings = self.call("status", "--json").json
        found: dict[str, Any] = mailings[0]
        return found

    def why(self, address: str) -> list[dict[str, Any]]:
        """Return one person's issues, newest first, as `digest why --json` shows them."""
        found: list[dict[str, Any]] = self.call("why", address, "--json").json[self.newsletter]
        return found

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name[:7] != "DIGEST_"}
        return {**kept, **self.environ, "DIGEST_HOME": str(self.home), "PYTHONUTF8": "1"}


def sample_site(home: Path, *, readers: bool = True) -> Site:
    """Make a site with the sample newsletter, and its sample readers unless told otherwise."""
    shutil.copytree(
        shipped("content", SAMPLE),
        home / "content" / SAMPLE,
        ignore=shutil.ignore_patterns("sent"),
    )
    site = Site(home, SAMPLE)
    site.write("digest.toml", "# all defaults\n")
    if readers:
        _import(site, site.folder / "subscribers.sample.csv")
    return site


def sample_site_with_a_past(home: Path, at: datetime) -> Site:
    """Make the sample's site with its first issue sent (captured) at a moment.

    A few of its items came only after that and wait for the second.
    """
    site = sample_site(home)
    with tempfile.TemporaryDirectory() as kept:
        later = [file for each in _LATER for file in (site.folder / "items").glob(f"{each}.*")]
        for file in later:
            shutil.move(file, kept)
        with site.app(at) as (app, _):
            asyncio.run(app.send_issue().run(SAMPLE))
        for file in later:
            shutil.move(Path(kept) / file.name, file)
    return site


def letter_site(home: Path, *, readers: int = 3) -> Site:
    """Make a site with a small newsletter of one item, and readers r1@, r2@ ... readers.example."""
    site = Site(home, LETTER)
    site.write("digest.toml", "# all defaults\n")
    site.write(f"content/{LETTER}/newsletter.toml", _LETTER_TOML)
    site.write(
        f"content/{LETTER}/items/first.md",
        '+++\ntitle = "The first thing"\ndate = 2023-03-01\nsection = "news"\n+++\nIts body.\n',
    )
    if readers:
        rows = [f"{reader(number)},Reader {number}\n" for number in range(1, readers + 1)]
        _import(site, site.write("readers.csv", "email,name\n" + "".join(rows)))
    return site


def reader(number: int) -> str:
    """Return the address of the small newsletter's n-th reader, counted from 1."""
    return f"r{number}@readers.example"


def terminate(process: Process) -> Ran:
    """Ask a process to end, as systemd does, and wait for it."""
    process.signal(signal.SIGTERM)
    return process.ended(seconds=10)


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "digest", *arguments]


def _import(site: Site, file: Path) -> None:
    done = site.call("subscribers", "import", str(file))
    assert done.code == 0, done.said
