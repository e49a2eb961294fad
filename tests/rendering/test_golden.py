"""The sample's mails are those that somebody looked at: `tests/rendering/golden.py` renews them."""

from __future__ import annotations

import pytest

from tests.rendering.golden import FOLDER, golden_files
from tests.rendering.sample_mails import LANGUAGES

RENEW = "If this is meant: .venv/bin/python -m tests.rendering.golden, then look at the difference."


@pytest.fixture(scope="module")
def golden() -> dict[str, str]:
    """Every golden mail as it would be written now."""
    return dict(golden_files())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["plain", "invited"])
@pytest.mark.parametrize("part", ["html", "txt"])
def test_the_mail_is_the_one_that_somebody_looked_at(
    golden: dict[str, str], language: str, kind: str, part: str
) -> None:
    name = f"{language}.{kind}.{part}"

    before = (FOLDER / name).read_text("utf-8").splitlines()

    assert golden[name].splitlines() == before, RENEW


def test_every_golden_file_is_one_of_ours(golden: dict[str, str]) -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(golden)
