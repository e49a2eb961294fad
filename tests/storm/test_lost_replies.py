"""Postfix's own sink, told to hang up when it has read a message: the reply after the dot is lost.

`smtp-sink -q .` takes nothing and says nothing; nobody can know that from outside. So each reader
is in doubt: sent once more and flagged, then held, or held at once, as the settings say.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.sites import Ran, Site, letter_site
from tests.storm.account import read_account
from tests.storm.lanes import with_lanes

SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin") or ""
READERS = 6


@pytest.fixture
def sink() -> Iterator[int]:
    """A sink that closes each connection after the first final dot; its port."""
    assert SINK, "smtp-sink is not here: it comes with Debian's package postfix"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [SINK, "-u", "nobody", "-q", ".", f"inet:127.0.0.1:{port}", "64"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("smtp-sink does not listen")


@pytest.mark.parametrize(
    ("policy", "flagged", "tries"), [("resend", READERS, 2), ("hold", 0, 1)], ids=["resend", "hold"]
)
def test_a_reply_lost_after_every_dot_leaves_everybody_held_and_nobody_lost(
    tmp_path: Path, sink: int, policy: str, flagged: int, tries: int
) -> None:
    site = with_lanes(letter_site(tmp_path / "site", readers=READERS), 2)

    ran = _send(site, sink, policy)
    again = site.through(sink, delivery__in_doubt=policy).call("send-now", "--yes")

    account = read_account(site)
    assert account is not None
    assert account.adds_up
    assert account.states == {"held": READERS}
    assert account.state == "sending"
    assert len(account.flagged) == flagged
    assert {row.attempts for row in account.rows.values()} == {tries}
    assert ran.code == 1, ran.said
    assert "Traceback" not in ran.said
    assert "Nothing was sent" in again.out


def _send(site: Site, port: int, policy: str) -> Ran:
    """Send until nothing moves by itself: a server that drops every line is left alone at times."""
    for _ in range(2 * READERS):
        ran = site.through(port, delivery__in_doubt=policy).call("send-now", "--yes")
        if ran.code != 75:
            break
    return ran
