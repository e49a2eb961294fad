"""The crash storm, small: `make crash` runs it with 20,000 recipients, 20 kills a run, 10 runs.

A seed is drawn anew each time and printed; STORM_SEED repeats one.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.sites import Site, letter_site, reader
from tests.storm.lanes import LANES
from tests.storm.storm import Weather, freeze_storm, storm, table

READERS = 600


def make_letter(home: Path, url: str) -> Site:
    """Make a small newsletter with six hundred readers, in any kind of database."""
    site = letter_site(home, readers=0)
    site = site.having(database__url=url) if url else site
    rows = "".join(f"{reader(number)},Reader\n" for number in range(1, READERS + 1))
    file = site.write("readers.csv", f"email,name\n{rows}")
    imported = site.call("subscribers", "import", str(file))
    assert imported.code == 0, imported.said
    return site


@pytest.fixture
def letter(tmp_path: Path) -> Site:
    """A small newsletter, in SQLite."""
    return make_letter(tmp_path / "site", "")


@pytest.fixture
def postgres_letter(tmp_path: Path, postgres_server: Server) -> Iterator[Site]:
    """The same in PostgreSQL."""
    with postgres_server.empty_database() as url:
        yield make_letter(tmp_path / "site", url)


def draw_weather(*, kills: int, chunking: bool = False) -> Weather:
    """Return a storm with the seed that is asked for, or a new one."""
    seed = int(os.environ.get("STORM_SEED") or random.randrange(10**6))
    return Weather(
        recipients=READERS,
        kills=kills,
        lanes=LANES,
        seed=seed,
        chunking=chunking,
        delay=0.02,
    )


def assert_weathered(site: Site, folder: Path, weather: Weather) -> None:
    """Check that a storm was one, and did no harm that was not flagged."""
    stood = storm(site, folder, weather)

    print(table([stood]))
    assert sum(harm.alive for harm in stood.harms) >= weather.kills - 1
    assert stood.lost == stood.unflagged == stood.falsely_complete == 0
    assert stood.twice <= LANES * weather.kills


@pytest.mark.parametrize("chunking", [False, True], ids=["DATA", "BDAT"])
def test_a_storm_of_kills_loses_nobody_and_flags_whoever_gets_two(
    letter: Site, tmp_path: Path, chunking: bool
) -> None:
    assert_weathered(letter, tmp_path, draw_weather(kills=5, chunking=chunking))


def test_a_storm_of_kills_loses_nobody_on_postgresql_either(
    postgres_letter: Site, tmp_path: Path
) -> None:
    assert_weathered(postgres_letter, tmp_path, draw_weather(kills=5))


def test_a_kill_while_the_issue_is_built_and_frozen_leaves_all_of_it_or_nothing(
    letter: Site, tmp_path: Path
) -> None:
    weather = draw_weather(kills=5)

    nothing_frozen = freeze_storm(letter, tmp_path, weather)

    print(f"seed {weather.seed}: {nothing_frozen} kills found nothing frozen")
    assert 0 < nothing_frozen <= weather.kills
