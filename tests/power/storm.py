"""Power cuts one after another, each from the same recorded send, and a table of them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.power.disk import SECTORS, WAYS, Power
from tests.power.outage import Outage, by_a_process, fail_and_resume, in_this_process
from tests.power.recording import Recording
from tests.storm.post import recording as server

#: Of so many cuts one is gone on from by a process of its own, and with one more issue.
SAMPLE = 10


def outages(recording: Recording, folder: Path, *, count: int, seed: int) -> Iterator[Outage]:
    """Cut the power so often; what was rebuilt for a cut that broke a promise is left there."""
    room = folder / "server"
    room.mkdir(parents=True)
    with server(room) as post:
        cuts = recording.cuts(count, random.Random(seed))
        for number, (phase, power) in enumerate(cuts):
            room = folder / f"cut-{number}"
            sampled = number % SAMPLE == 0
            outage = fail_and_resume(
                recording,
                phase,
                power,
                room=room,
                post=post,
                resume=by_a_process if sampled else in_this_process,
                another=sampled,
            )
            if not outage.broken:
                shutil.rmtree(room)
            yield outage


def second_outages(
    recording: Recording, folder: Path, *, count: int, seed: int
) -> Iterator[Outage]:
    """Cut the power in the middle, and so often again while the rest is sent."""
    folder.mkdir()
    dice = random.Random(seed)
    first, last = recording.spans["sending"]
    cut = dice.randrange(first, (first + last) // 2)
    power = Power(cut, dice, dice.choice(WAYS), dice.choice(SECTORS))
    for outage in outages(recording.left_by(power, folder), folder, count=count, seed=seed):
        yield replace(outage, phase=f"2nd {outage.phase}")


def table(found: list[Outage]) -> str:
    """Return what the cuts have shown, by when they were and by what became of unsynced writes."""
    titles = ("cuts", "unsound", "no issue", "flagged", "max", "unknown", "max", "held", "twice")
    lines = ["".join(f"{title:>11}" for title in ("", *titles, "lost", "no flag", "broken"))]
    phases = {outage.phase: [one for one in found if one.phase == outage.phase] for outage in found}
    ways = {one.power.way: [o for o in found if o.power.way == one.power.way] for one in found}
    for name, group in {**phases, **ways, "all": found}.items():
        flagged, unknown = [one.sending for one in group], [one.unknown for one in group]
        numbers = (
            *(len(group), sum(bool(one.unsound) for one in group)),
            *(sum(not one.frozen for one in group), sum(flagged), max(flagged)),
            *(sum(unknown), max(unknown), sum(one.held for one in group)),
            *(sum(one.twice for one in group), sum(one.lost for one in group)),
            *(sum(one.unflagged for one in group), sum(bool(one.broken) for one in group)),
        )
        lines.append("".join(f"{cell:>11}" for cell in (name, *numbers)))
    return "\n".join(lines)
