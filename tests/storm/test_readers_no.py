"""A reader's no during a send: from one second after it was accepted, nothing begins for them.

The nos come as they come in life: one click on the public page, `digest suppress` on the command
line, and the ledger in another process; always for readers whose turn is about to come. The clock
of the server at MAIL FROM is compared with that of the no when it had returned, on one machine. The
full form, `make faults`, has 500 of them in 20,000.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from digest.message.keys import load_keys
from digest.message.links import make_links
from digest.model.edition import Placeholder
from tests.sites import BASE_URL, Site, letter_site, reader
from tests.storm.account import read_account
from tests.storm.lanes import with_lanes
from tests.storm.post import Post, recording
from tests.storm.sizes import at_size

#: How long a message may still begin after the no.
GRACE = 1.0
#: The no is for one of the next so many readers.
SOON = 60

SayNo = Callable[[str], None]


@dataclass(frozen=True)
class Page:
    """The public page of a site, and the links that are in its readers' mails."""

    port: int
    links: dict[str, str]

    def leave(self, address: str) -> None:
        """Do what a mail client does on one click (RFC 8058)."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(
            "POST",
            self.links[address].removeprefix(BASE_URL),
            "List-Unsubscribe=One-Click",
            {"Host": "news.example", "Content-Type": "application/x-www-form-urlencoded"},
        )
        assert line.getresponse().status == 200
        line.close()


def links_of(site: Site) -> dict[str, str]:
    """Return everybody's link to leave, as it stood in an earlier mail."""
    ring = load_keys(site.home / "var" / "keys").ring
    with closing(sqlite3.connect(site.home / "var" / "digest.db")) as connection:
        handles = connection.execute(
            "SELECT s.address, n.handle FROM subscription n JOIN subscriber s"
            " ON s.id = n.subscriber_id"
        ).fetchall()
    return {
        address: make_links(BASE_URL, ring, handle=handle, issue_id=0, invitation_id=0)[
            Placeholder.LEAVE_URL
        ]
        for address, handle in handles
    }


@contextlib.contextmanager
def public_page(site: Site) -> Iterator[Page]:
    """Serve the public pages in a process of their own."""
    links = links_of(site)
    with site.having(web__port="0").start("web") as process:
        line = process.wait_for_line("Public pages on ")
        port = int(line.split("Public pages on ")[1].split()[0].rsplit(":", 1)[1][:-1])
        yield Page(port, links)


@contextlib.contextmanager
def naysayer(site: Site) -> Iterator[Callable[[str, str], None]]:
    """Run a process that has the ledger open; give it a verb and an address."""
    script = Path(__file__).with_name("naysayer.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(site.home), site.newsletter],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        says, hears = process.stdin, process.stdout
        assert hears.readline() == "ready\n"

        def tell(verb: str, address: str) -> None:
            says.write(f"{verb} {address}\n")
            says.flush()
            assert hears.readline() == "done\n"

        yield tell
        says.close()


def somebody_soon(post: Post, asked: dict[str, float], readers: int, dice: random.Random) -> str:
    """Return a reader whose turn is about to come and who has not said no."""
    first = post.look() + 1
    soon = [reader(number) for number in range(first, min(first + SOON, readers + 1))]
    return dice.choice([address for address in soon if address not in asked] or [reader(readers)])


def test_nothing_begins_for_a_reader_one_second_after_their_no(tmp_path: Path) -> None:
    readers = at_size(small=800, full=20_000)
    nos, dice = at_size(small=50, full=500), random.Random(5)
    asked: dict[str, float] = {}
    with recording(tmp_path, "--delay", "0.01") as post:
        site = with_lanes(letter_site(tmp_path / "site", readers=readers).through(post.port))
        with public_page(site) as page, naysayer(site) as tell:

            def on_the_command_line(address: str) -> None:
                assert site.call("suppress", "add", address).code == 0

            ways: list[SayNo] = [
                *[page.leave] * 6,
                *[lambda address: tell("suppress", address)] * 2,
                lambda address: tell("remove", address),
                on_the_command_line,
            ]
            with site.start("send-now", "--yes") as process:
                post.wait_for(readers // 20, alive=process.alive)
                while len(asked) < nos and process.alive():
                    address = somebody_soon(post, asked, readers, dice)
                    dice.choice(ways)(address)
                    asked[address] = time.time()
                during = process.alive()
                ended = process.ended(seconds=600)
        post.look()
        account = read_account(site)

    began = {begun.recipient: begun.at for begun in post.begun}
    late = {
        address: began[address] - at
        for address, at in asked.items()
        if began.get(address, 0.0) > at
    }
    latest = max(late.values(), default=0.0)
    print(f"{len(asked)} nos; {len(late)} began after theirs, at most {latest:.3f} s")
    assert ended.code == 0, ended.said
    assert during
    assert len(asked) == nos
    assert latest <= GRACE
    assert account is not None
    assert account.adds_up
    assert account.state == "complete"
    assert account.within("skipped") == asked.keys() - began.keys()
    assert len(account.within("skipped")) >= nos // 2
    assert account.within("sent") == began.keys()
    assert {account.rows[who].reason for who in account.within("skipped")} == {
        "unsubscribed",
        "suppressed",
    }
