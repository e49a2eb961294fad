"""What the acceptance tests share: the sample sent once through a real SMTP server.

Sending it takes seconds, so tests that only look share one sending, and tests that go on from it
work on a copy of the site.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.mails import Mail, mails_of
from tests.sites import Ran, Site, sample_site
from tests.smtp_server import RecordingServer


@dataclass(frozen=True)
class SentSample:
    """The sample newsletter's first issue, sent."""

    site: Site
    ran: Ran
    again: Ran
    """What a second `send-now` said, right afterwards."""
    messages: int
    mails: dict[str, Mail]
    readers: dict[str, dict[str, str]]
    """Address -> the row of the sample's CSV."""

    def reader(self, address: str) -> str:
        """Return what a reader is called."""
        return self.readers[address]["name"]


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> SentSample:
    """The sample, sent by the real command to a real server, twice."""
    site = sample_site(tmp_path_factory.mktemp("sent") / "site")
    with RecordingServer() as server:
        reached = site.through(server)
        ran = reached.run("send-now", "--yes")
        again = reached.run("send-now", "--yes")
        messages = list(server.messages)
    with (site.folder / "subscribers.sample.csv").open(encoding="utf-8", newline="") as stream:
        readers = {row["email"]: row for row in csv.DictReader(stream)}
    return SentSample(reached, ran, again, len(messages), mails_of(messages), readers)


@pytest.fixture
def after_sample(sent: SentSample, tmp_path: Path) -> Site:
    """A copy of the site from which the sample was sent."""
    return sent.site.copy(tmp_path / "site")


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    """An SMTP server that takes everything."""
    with RecordingServer() as running:
        yield running


@pytest.fixture
def locked_database() -> Callable[[Path], AbstractContextManager[None]]:
    """Return a context manager in which another process holds a SQLite file's write lock."""
    return _locked


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        yield
        process.kill()
