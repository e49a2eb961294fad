"""The power fails: what is left is held against the wire, and then the rest is sent.

For every cut: the disk is rebuilt as it may be afterwards (tests/power/disk.py); the database must
be sound and its rows agree with what had left the process; then the product finishes the issue, and
the account is held against all that both processes gave the server. Who had only perhaps got it
counts as having it where a duplicate is looked for, and as not having it where a loss is.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.power.disk import Power
from tests.power.recording import Recording
from tests.power.wire import Said
from tests.sites import Ran, Site
from tests.storm.account import Account, read_account
from tests.storm.post import Post, Taken
from tests.storm.storm import SEND, Storm, after_kill, at_the_end, of_this_process


@dataclass
class Outage:
    """What one cut left behind, and what came of it."""

    phase: str
    power: Power
    unsound: list[str] = field(default_factory=list)
    frozen: bool = False
    sending: int = 0
    """Under way: sent again with a flag."""
    unknown: int = 0
    """Perhaps taken by the server without our having it on record."""
    held: int = 0
    """In doubt twice, which takes two cuts, and sent again by hand."""
    lost: int = 0
    twice: int = 0
    unflagged: int = 0
    broken: list[str] = field(default_factory=list)
    """The promises that do not hold, in words."""

    @property
    def said(self) -> str:
        """Return what to say of it in an error."""
        power = self.power
        where = f"{self.phase}, cut at {power.cut}, {power.way}, sectors of {power.sector}"
        return f"{where}: {'; '.join(self.broken):.1000}"


Resume = Callable[[Site], Ran]


def in_this_process(site: Site) -> Ran:
    """Send what is left as a command does, without a process of its own."""
    return site.call(*SEND)


def by_a_process(site: Site) -> Ran:
    """Send what is left as a person or cron does."""
    return site.run(*SEND)


def fail_and_resume(
    recording: Recording,
    phase: str,
    power: Power,
    *,
    room: Path,
    post: Post,
    resume: Resume = in_this_process,
    another: bool = False,
) -> Outage:
    """Let the power fail once, check what is left, send the rest to another server, check all.

    With `another` issue after it: that has the next number, and all have it once.
    """
    outage = Outage(phase, power)
    recording.disk.after(power, room / "site")
    site = replace(recording.site, home=room / "site").through(post.port)
    outage.unsound = unsound(site)
    if outage.unsound:
        outage.broken = [f"the database is not sound: {outage.unsound}"]
        return outage
    heard = recording.said(power.cut)
    outage.broken = _left_behind(recording, outage, site, heard)
    earlier = len(post.taken)
    ran = _to_the_end(site, resume, outage)
    post.settle()
    if ran.code != 0:
        outage.broken.append(f"it does not go on: {ran.code} {ran.said}")
    else:
        outage.broken += _finished(recording, outage, site, heard, post.taken[earlier:])
        outage.broken += _sent_another(site, post, resume) if another else []
    return outage


def _to_the_end(site: Site, resume: Resume, outage: Outage) -> Ran:
    """Send the rest; what is held for a person, in doubt twice, is sent again by hand."""
    ran, account = resume(site), read_account(site)
    held = [row for row in account.rows.values() if row.state == "held"] if account else []
    outage.held = len(held)
    if ran.code != 1 or not held:
        return ran
    if any(row.doubts < 2 for row in held):
        outage.broken.append(f"held, and not in doubt twice: {held}")
    retried = site.call("retry", "--held")
    return resume(site) if retried.code == 0 else retried


def unsound(site: Site) -> list[str]:
    """Return what SQLite says is wrong with the database, from a copy."""
    with _copied(site) as database, closing(sqlite3.connect(database)) as connection:
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            found += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
    return [said for said in found if said != "ok"]


def _left_behind(recording: Recording, outage: Outage, site: Site, heard: Said) -> list[str]:
    """Return which promises the rows break, before anything is sent again."""
    account, weather = read_account(site), recording.weather
    if account is None:
        begun = [*recording.earlier.begun, *heard.begun]
        return ["nothing is frozen, and something was said to the server"] if begun else []
    ended = Counter(heard.ended)
    outage.frozen = True
    outage.sending = len(account.within("sending"))
    outage.unknown = len(ended.keys() & account.within("sending"))
    server = Post(0, Path())
    server.taken = recording.surely_taken(outage.power.cut)
    begun = Counter([*recording.earlier.begun, *heard.begun])
    without_intent = [who for who, times in begun.items() if account.rows[who].attempts < times]
    wrong = [f"said to the server without an intent on disk: {without_intent}"]
    return [
        *(wrong if without_intent else []),
        *after_kill(account, server, weather),
        *of_this_process(account, ended, weather),
    ]


def _finished(
    recording: Recording, outage: Outage, site: Site, heard: Said, again: Iterable[Taken]
) -> list[str]:
    """Return which promises are broken when the rest has been sent."""
    weather, account = recording.weather, read_account(site)
    if account is None:
        return ["nothing was frozen and sent"]
    surely = recording.surely_taken(outage.power.cut)
    perhaps = recording.perhaps_taken(heard)
    at_most = Storm(weather, site, account=account, taken=[*perhaps, *again], held=outage.held)
    at_least = Storm(weather, site, account=account, taken=[*surely, *again])
    outage.twice, outage.unflagged = at_most.twice, at_most.unflagged
    outage.lost = at_least.lost
    outage.unsound = unsound(site)
    wrong = [
        *([f"lost: {outage.lost}"] if outage.lost else []),
        *([f"not sound afterwards: {outage.unsound}"] if outage.unsound else []),
    ]
    return [*wrong, *at_the_end(at_most), *_numbers(site, account, [1]), *_flags(site, account)]


def _numbers(site: Site, account: Account, due: list[int]) -> list[str]:
    """Return what is wrong with the numbers given, with what was sent, and with the receipts."""
    with _copied(site) as database, closing(sqlite3.connect(database)) as connection:
        issues = [row[0] for row in connection.execute("SELECT number FROM issue ORDER BY id")]
        mailings = connection.execute("SELECT count(*) FROM mailing").fetchone()[0]
    receipts = {
        path.name: tomllib.loads(path.read_text()) for path in (site.folder / "sent").glob("[!.]*")
    }
    sent = {name: receipt["counts"].get("sent") for name, receipt in receipts.items()}
    wrong = {
        f"numbers of issues: {issues}": issues != due,
        f"mailings: {mailings}": mailings != len(due),
        f"receipts: {sent}": sent != {f"{number}.toml": account.planned for number in due},
    }
    return [what for what, is_wrong in wrong.items() if is_wrong]


def _sent_another(site: Site, post: Post, resume: Resume) -> list[str]:
    """Send the next issue; return what is wrong with it."""
    site.write_item("second", "The second thing")
    earlier = len(post.taken)
    ran = resume(site)
    post.settle()
    account = read_account(site)
    if ran.code != 0 or account is None:
        return [f"there is no next issue: {ran.code} {ran.said}"]
    got = Counter(message.recipient for message in post.taken[earlier:])
    once = got == Counter(account.rows.keys())
    return [
        *_numbers(site, account, [1, 2]),
        *([] if once else ["not all have the next issue once"]),
    ]


def _flags(site: Site, account: Account) -> list[str]:
    """Return whether `why` hides a flag: of one reader, for all are shown the same way."""
    for who in sorted(account.flagged)[:1]:
        if not site.why(who)[0]["possible_duplicate"]:
            return [f"why does not tell {who} of the flag"]
    return []


@contextmanager
def _copied(site: Site) -> Iterator[Path]:
    """Give a copy of the database, so that whoever opens it next finds it as the power left it."""
    with tempfile.TemporaryDirectory(prefix="copy-") as folder:
        for path in (site.home / "var").glob("digest.db*"):
            shutil.copyfile(path, Path(folder) / path.name)
        yield Path(folder) / "digest.db"
