"""One send that was watched, for all that is to be seen in it."""

from __future__ import annotations

import pytest

from tests.power.recording import Recording, record
from tests.sites import letter_site
from tests.storm.storm import Weather

READERS, LANES = 60, 4


@pytest.fixture(scope="session", params=["DATA", "BDAT"])
def sent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """A small newsletter's issue, sent to sixty readers over four connections."""
    folder = tmp_path_factory.mktemp("watched")
    chunking = request.param == "BDAT"
    weather = Weather(
        recipients=READERS, kills=1, lanes=LANES, seed=0, chunking=chunking, delay=0.01
    )
    return record(letter_site(folder / "site", readers=READERS), folder, weather)
