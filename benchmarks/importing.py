"""Importing a roster: its rows read and checked, and the whole command with its database.

Run it with `python -m benchmarks.importing [--rows 100000]`. The goal for 100,000 rows is 3 s and
120 MB. The roster is made by chance of a fixed seed: names in five scripts, addresses at some
thousands of domains, 1 % bad rows of every kind. Each contender is a process of its own, because
the peak of memory is one of a process. Beside them run the plain loop that one would write first,
over a part of the rows, and scaled; and `csv` into `sqlite3` with nothing checked.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.timing import YARDSTICK, interleave, paired_ratio, report
from digest.paths import shipped

ROWS = 100_000
#: The plain loop takes minutes for all rows, so it reads this many.
SAMPLE = 10_000
NEWSLETTER = "open-class"
COMMAND, READING = "digest subscribers import", "read_roster"
PLAIN, EMPTY = "DictReader + email-validator", "the same without rows"
BARE = "csv + sqlite3, nothing checked"
HEADER = ("email", "name", "language", "timezone", "roles", "fields", "verified", "topics")
_NAMES = (
    ("Grace", "Tomasz", "Zoë", "Jürgen", "Nguyễn", "佐藤", "中村", "林", "陈", "김", "Олена"),
    ("Okafor", "Zieliński", "O'Neil", "Müller", "花子", "蓮", "思远", "明哲", "서연", "Коваль"),
)
_LANGUAGES = ("en", "ja", "zh-Hans", "zh-hans", "ja_JP", "de", "")
_ZONES = ("Asia/Tokyo", "Asia/Shanghai", "Europe/London", "Pacific/Auckland", "UTC", "")
_ROLES = ("brand", "merchant", "retailer;brand", "developer", "creator", "")
_TOPICS = ("channels;pay", "mini-programs", "search;pay;wecom", "pay", "")
#: Column and cell of a bad row; "" makes the row ragged.
_BAD = (
    ("email", "no address"),
    ("email", "Ann <ann@example.org>"),
    ("email", "ann\u200b@example.org"),
    ("name", "Ann\u2028Lee"),
    ("name", "=?utf-8?q?Ann?="),
    ("language", "english"),
    ("timezone", "Mars/Olympus"),
    ("roles", "brnd"),
    ("", ""),
)
_PLAIN_LOOP = """
import csv, sys
from email_validator import EmailNotValidError, validate_email
with open(sys.argv[1], encoding="utf-8", newline="") as stream:
    people = []
    for row in csv.DictReader(stream):
        try:
            row["email"] = validate_email(row["email"], check_deliverability=False).normalized
        except EmailNotValidError:
            continue
        people.append(row)
"""
#: What is left where nothing is checked, hashed, counted or can be undone: eight texts a row.
_BARE_LOOP = """
import csv, sqlite3, sys
with open(sys.argv[1], encoding="utf-8", newline="") as stream:
    rows = csv.reader(stream)
    header = next(rows)
    database = sqlite3.connect(sys.argv[2])
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"CREATE TABLE people ({', '.join(header)}, UNIQUE (email))")
    marks = ", ".join("?" * len(header))
    whole = (row for row in rows if len(row) == len(header))
    database.executemany(f"INSERT OR IGNORE INTO people VALUES ({marks})", whole)
    database.commit()
"""


def write_sample(path: Path, rows: int) -> None:
    """Write a roster of so many rows; the same number gives the same file."""
    chance = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(_rows(chance, rows))


def _rows(chance: random.Random, rows: int) -> Iterator[list[str]]:
    for number in range(rows):
        domain = (
            f"{chance.choice(('mail', 'shop', 'studio'))}{int(chance.paretovariate(0.4)) % 4000}"
        )
        row = {
            "email": f"reader.{number}@{domain}.example",
            "name": " ".join(map(chance.choice, _NAMES)),
            "language": chance.choice(_LANGUAGES),
            "timezone": chance.choice(_ZONES),
            "roles": chance.choice(_ROLES),
            "fields": chance.choice(("education", "travel;food", "", "")),
            "verified": "",
            "topics": chance.choice(_TOPICS),
        }
        if number % 100 == 99:
            column, cell = chance.choice(_BAD)
            row = {**row, column: cell} if column else {"email": row["email"]}
        yield list(row.values())


class Contender:
    """A command that is run again and again; its peaks of memory and processor times are kept."""

    def __init__(self, *command: str | Path, prepare: Callable[[], object] = lambda: None) -> None:
        """Run `python COMMAND`, each time after `prepare`."""
        self._arguments = [sys.executable, *map(str, command)]
        self._prepare = prepare
        self.peaks: list[int] = []
        self.cpu: list[float] = []

    def __call__(self) -> None:
        """Run it once (RuntimeError when it fails; 1 says that some rows were bad)."""
        self._prepare()
        quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
        started = os.posix_spawn(sys.executable, self._arguments, os.environ, file_actions=quiet)
        _, status, usage = os.wait4(started, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            raise RuntimeError(f"{' '.join(self._arguments)} failed")
        self.peaks.append(usage.ru_maxrss)
        self.cpu.append(usage.ru_utime + usage.ru_stime)

    @property
    def megabytes(self) -> float:
        """Return the median of the peaks."""
        return median(self.peaks) / 1024


def read_only(site: Path, path: Path) -> None:
    """Read a roster and do nothing with it: the contender `read_roster`, in its own process."""
    # Imported here, because a child's peak of memory is never below its parent's at the start.
    from digest.content.folder import read_publication
    from digest.content.roster import read_roster
    from digest.model.freeze import Newcomer

    publication, _ = read_publication(site, NEWSLETTER)
    roster = read_roster(path, newsletter=publication.newsletter)
    good = sum(isinstance(row, Newcomer) for row in roster)
    if not good:
        raise SystemExit(2)


def contenders(folder: Path, rows: int) -> dict[str, Contender]:
    """Return what is measured; files and a site are made in `folder`."""
    whole, part, none = folder / "roster.csv", folder / "part.csv", folder / "none.csv"
    for path, size in ((whole, rows), (part, min(rows, SAMPLE)), (none, 0)):
        write_sample(path, size)
    site = folder / "site"
    shutil.copytree(shipped("content", NEWSLETTER), site / "content" / NEWSLETTER)
    (site / "digest.toml").write_text("", encoding="utf-8")
    rejects = folder / "rejects.csv"
    command = ("--site", site, "subscribers", "import", whole, "--consent", "measured")

    def without_subscribers() -> None:
        shutil.rmtree(site / "var", ignore_errors=True)

    bare = folder / "bare.db"

    def without_people() -> None:
        for end in ("", "-wal", "-shm"):
            Path(f"{bare}{end}").unlink(missing_ok=True)

    return {
        COMMAND: Contender(
            "-m", "digest", *command, "--rejects", rejects, prepare=without_subscribers
        ),
        READING: Contender("-m", __spec__.name, "--read-only", site, whole),
        BARE: Contender("-c", _BARE_LOOP, whole, bare, prepare=without_people),
        PLAIN: Contender("-c", _PLAIN_LOOP, part),
        EMPTY: Contender("-c", _PLAIN_LOOP, none),
        "nothing": Contender("-c", "pass"),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the import of a roster.")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--read-only", nargs=2, type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if min(chosen.rows, chosen.rounds) < 1:
        parser.error("--rows and --rounds are at least 1")
    if chosen.read_only:
        read_only(*chosen.read_only)
        return
    with TemporaryDirectory() as folder:
        measured = contenders(Path(folder), chosen.rows)
        nothing = measured.pop("nothing")
        nothing()
        times = interleave({name: (call, 1) for name, call in measured.items()}, chosen.rounds)
    scale = chosen.rows / min(chosen.rows, SAMPLE)
    measured.pop(EMPTY)
    times = {
        **{name: rounds for name, rounds in times.items() if name != EMPTY},
        PLAIN: _scaled(times[PLAIN], times[EMPTY], scale),
    }
    print(report(f"Importing {chosen.rows:,} rows", times, PLAIN))
    print(f"  ({PLAIN}: {min(chosen.rows, SAMPLE):,} rows, scaled)")
    for name, contender in measured.items():
        above = contender.megabytes - nothing.megabytes
        ratio = paired_ratio(times, name, YARDSTICK)
        print(f"  {name}: {contender.megabytes:.0f} MB at its peak, {above:.0f} MB above", end="")
        print(f" {YARDSTICK}; {median(contender.cpu):.2f} s CPU; {ratio:.0f} times its time")


def _scaled(times: list[float], starts: list[float], scale: float) -> list[float]:
    """Return times for more rows: what it costs to start does not grow with them."""
    return [start + (each - start) * scale for each, start in zip(times, starts, strict=True)]


if __name__ == "__main__":
    main()
