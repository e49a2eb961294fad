"""Power loss, small: `make power-loss` cuts two hundred times.

A seed is drawn anew each time and printed; POWER_SEED repeats the dice, though no two sends are
recorded alike.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from tests.power.recording import Recording
from tests.power.storm import outages, table

CUTS = 10


def test_a_power_cut_at_any_instant_loses_nobody_and_flags_whoever_gets_two(
    sent: Recording, tmp_path: Path
) -> None:
    seed = int(os.environ.get("POWER_SEED") or random.randrange(10**6))

    found = list(outages(sent, tmp_path, count=CUTS, seed=seed))

    print(f"seed {seed}, {sent.checkpoints} checkpoints in the middle\n{table(found)}")
    assert [outage.said for outage in found if outage.broken] == []
    assert len(found) == CUTS
    assert not any(outage.lost or outage.unflagged for outage in found)
    assert {outage.phase for outage in found} == {"freezing", "sending", "closing"}
    assert any(outage.sending for outage in found)
    assert sent.checkpoints
