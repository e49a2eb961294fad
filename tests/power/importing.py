"""The power fails while a new site makes its database and keys and imports its first readers.

What is left must be sound, the same import must go through and leave everybody in it once, and when
the command had ended before the cut everybody is there without it.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.power.disk import SECTORS, WAYS, Disk, Power
from tests.power.outage import Outage, unsound
from tests.power.witness import Event, Witness
from tests.sites import Site, letter_site, reader

#: `subscribers list` shows them all.
READERS = 40
IMPORTING, IMPORTED = "importing", "imported"
_COMMAND = ("subscribers", "import", "readers.csv")


@dataclass(frozen=True)
class Imported:
    """A first import that went to its end."""

    site: Site
    events: Sequence[Event]
    witness: Witness
    disk: Disk

    def on_a_disk_that_lies(self) -> Imported:
        """Return the same on a disk that says it has synced, and has not."""
        syncless = [event for event in self.events if event.kind not in "SE"]
        return replace(self, disk=self.witness.disk(syncless))


def record_import(folder: Path) -> Imported:
    """Make a site without a database, and watch its first import."""
    site = letter_site(folder / "site", readers=0)
    rows = [f"{reader(number)},Reader\n" for number in range(1, READERS + 1)]
    site.write("readers.csv", "email,name\n" + "".join(rows))
    witness = Witness(site, folder)
    ran = witness.run("-m", "digest", *_COMMAND)
    assert ran.returncode == 0, ran.stderr
    events = witness.assert_complete()
    return Imported(site, events, witness, witness.disk(events))


def import_outages(imported: Imported, folder: Path, *, count: int, seed: int) -> Iterator[Outage]:
    """Cut the power so often; every tenth cut is after the command had ended."""
    dice, end = random.Random(seed), len(imported.events)
    for number in range(count):
        cut = dice.randrange(1, end) if number % 10 else end
        power = Power(cut, random.Random(dice.random()), dice.choice(WAYS), dice.choice(SECTORS))
        yield fail_and_import(imported, power, folder / f"import-{number}")


def fail_and_import(imported: Imported, power: Power, room: Path) -> Outage:
    """Let the power fail once, check what is left, and import again."""
    ended = power.cut == len(imported.events)
    outage = Outage(IMPORTED if ended else IMPORTING, power)
    imported.disk.after(power, room)
    _go_on(replace(imported.site, home=room), outage)
    if not outage.broken:
        shutil.rmtree(room)
    return outage


def _go_on(site: Site, outage: Outage) -> None:
    if (site.home / "var" / "digest.db").exists():
        outage.unsound = unsound(site)
    if outage.unsound:
        outage.broken = [f"the database is not sound: {outage.unsound}"]
        return
    if outage.phase == IMPORTED:
        outage.broken += _all_there(site)
    ran = site.call(*_COMMAND)
    if ran.code:
        outage.broken.append(f"it does not go on: {ran.code} {ran.said}")
    else:
        outage.broken += _all_there(site)


def _all_there(site: Site) -> list[str]:
    listed = site.call("subscribers", "list", "--json")
    if listed.code:
        return [f"nobody can be listed: {listed.said}"]
    addresses = [one["address"] for one in listed.json]
    due = sorted(reader(number) for number in range(1, READERS + 1))
    return [] if sorted(addresses) == due else [f"{len(addresses)} readers: {addresses}"]
