"""Power loss, small: `make power-loss` cuts two hundred times.

A seed is drawn anew each time and printed; POWER_SEED repeats the dice, though no two sends are
recorded alike.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.power.importing import import_outages, record_import
from tests.power.recording import Recording
from tests.power.storm import outages, second_outages, table

CUTS = 10


def draw_seed() -> int:
    """Return the seed that is asked for, or a new one."""
    return int(os.environ.get("POWER_SEED") or random.randrange(10**6))


def test_a_power_cut_at_any_instant_loses_nobody_and_flags_whoever_gets_two(
    sent: Recording, tmp_path: Path
) -> None:
    seed = draw_seed()

    found = list(outages(sent, tmp_path, count=CUTS, seed=seed))

    print(f"seed {seed}, {sent.checkpoints} checkpoints in the middle\n{table(found)}")
    assert [outage.said for outage in found if outage.broken] == []
    assert len(found) == CUTS
    assert not any(outage.lost or outage.unflagged for outage in found)
    assert {outage.phase for outage in found} == {"freezing", "sending", "closing"}
    assert any(outage.sending for outage in found)
    assert sent.checkpoints


@pytest.mark.parametrize("sent", ["DATA"], indirect=True)
def test_when_the_power_fails_again_while_the_rest_is_sent_it_is_the_same(
    sent: Recording, tmp_path: Path
) -> None:
    seed = draw_seed()

    found = list(second_outages(sent, tmp_path / "again", count=5, seed=seed))

    print(f"seed {seed}\n{table(found)}")
    assert [outage.said for outage in found if outage.broken] == []
    assert len(found) == 5
    assert all(outage.frozen for outage in found)


def test_a_power_cut_in_a_sites_first_minutes_locks_nobody_out(tmp_path: Path) -> None:
    seed = draw_seed()

    found = list(import_outages(record_import(tmp_path), tmp_path, count=20, seed=seed))

    print(f"seed {seed}")
    assert [outage.said for outage in found if outage.broken] == []
    assert len(found) == 20
