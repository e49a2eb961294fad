"""One send from its start to its end, watched: what the power cuts are then made from."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from tests.power.disk import SECTORS, WAYS, Disk, Power
from tests.power.wire import Said, said
from tests.power.witness import Event, Witness
from tests.sites import Site
from tests.storm.lanes import with_lanes
from tests.storm.post import Taken, recording
from tests.storm.storm import Weather

DIGEST = ("-m", "digest")
#: Of ten cuts so many while the issue is built and frozen, while it is sent, and after the last
#: message: its account, the receipt, the closing of the database.
SHARES = {"freezing": 3, "sending": 6, "closing": 1}


@dataclass(frozen=True)
class Earlier:
    """What another process had sent of the same issue when the power failed for the first time."""

    begun: Sequence[str] = ()
    surely: Sequence[Taken] = ()
    perhaps: Sequence[Taken] = ()


@dataclass(frozen=True)
class Recording:
    """A send that went to its end."""

    site: Site
    weather: Weather
    events: Sequence[Event]
    witness: Witness
    disk: Disk
    taken: Sequence[Taken]
    spans: dict[str, tuple[int, int]]
    earlier: Earlier

    def cuts(self, count: int, dice: random.Random) -> Iterator[tuple[str, Power]]:
        """Draw instants at which the power fails, and how: as many as asked, spread as SHARES."""
        for number in range(count):
            phase = _phase(number)
            first, last = self.spans[phase]
            instants = range(first + 1, last + 1)
            if dice.random() < 0.8:
                # Just before or after something was done to a file, for most of the log is mail.
                instants = [at for at in instants if self.events[at - 1].kind != "N"]
            way, sector = dice.choice(WAYS), dice.choice(SECTORS)
            yield phase, Power(dice.choice(instants), random.Random(dice.random()), way, sector)

    @property
    def checkpoints(self) -> int:
        """Return how often the database file itself was synced while mail was being sent."""
        first, last = self.spans["sending"]
        database = (self.site.home / "var" / "digest.db").stat().st_ino
        synced = [event for event in self.events[first:last] if event.kind == "E"]
        return sum(event.what == database for event in synced)

    def said(self, cut: int) -> Said:
        """Return what had left the process by an instant: the server may have got that far."""
        return said(self.events[:cut])

    def surely_taken(self, cut: int) -> list[Taken]:
        """Return what the server had, by its own word, at an instant."""
        at = self.events[cut - 1].at
        return [*self.earlier.surely, *(message for message in self.taken if message.at <= at)]

    def perhaps_taken(self, heard: Said) -> list[Taken]:
        """Return what the server got, or was about to get."""
        ended = set(heard.ended)
        new = [message for message in self.taken if message.recipient in ended]
        return [*self.earlier.perhaps, *new]

    def left_by(self, power: Power, folder: Path) -> Recording:
        """Let the power fail, and record how the rest is sent after that."""
        self.disk.after(power, folder / "site")
        heard = self.said(power.cut)
        earlier = Earlier(
            begun=heard.begun,
            surely=self.surely_taken(power.cut),
            perhaps=self.perhaps_taken(heard),
        )
        weather = replace(self.weather, kills=self.weather.kills + 1)
        return record(replace(self.site, home=folder / "site"), folder, weather, earlier=earlier)

    def on_a_disk_that_lies(self) -> Recording:
        """Return the same on a disk that says it has synced, and has not."""
        syncless = [event for event in self.events if event.kind not in "SE"]
        return replace(self, disk=self.witness.disk(syncless))

    def with_mail_earlier(self, places: int) -> Recording:
        """Return the same as if all that was said to the server had been said earlier."""
        earlier = sorted(self.events, key=lambda event: event.index - places * (event.kind == "N"))
        events = [replace(event, index=index) for index, event in enumerate(earlier)]
        return replace(self, events=events, disk=self.witness.disk(events))


def _phase(number: int) -> str:
    place = number % 10
    for phase, share in SHARES.items():
        if place < share:
            return phase
        place -= share
    raise AssertionError(number)


def record(
    site: Site,
    folder: Path,
    weather: Weather,
    *,
    program: Sequence[str] = DIGEST,
    checkpoints: bool = True,
    earlier: Earlier = Earlier(),
) -> Recording:
    """Send an issue to its end, with a process beside it that makes checkpoints or without."""
    with recording(folder, *weather.habits) as post:
        sending = with_lanes(site.through(post.port), weather.lanes)
        witness = Witness(sending, folder)
        with _checkpoints(witness) if checkpoints else nullcontext():
            ran = witness.run(*program, "send-now", "--yes")
        post.settle()
        events = witness.assert_complete()
    assert ran.returncode == 0, ran.stderr
    heard = said(events)
    assert Counter(heard.ended) == Counter(message.recipient for message in post.taken)
    assert heard.first is not None
    assert heard.last is not None
    ends = {"freezing": heard.first, "sending": heard.last + 1, "closing": len(events)}
    starts = [0, *ends.values()]
    spans = {name: (start, end) for (name, end), start in zip(ends.items(), starts, strict=False)}
    disk = witness.disk(events)
    return Recording(sending, weather, events, witness, disk, post.taken, spans, earlier)


@contextmanager
def _checkpoints(witness: Witness) -> Iterator[None]:
    script = Path(__file__).with_name("checkpoints.py")
    database = witness.home / "var" / "digest.db"
    with witness.start(str(script), str(database)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield
        process.stdin.close()
        assert process.wait(30) == 0
