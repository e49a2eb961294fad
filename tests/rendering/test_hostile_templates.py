"""No template can crash the process, stall it, fill its memory or reach the machine.

Each hostile template is rendered in a process of its own with a limit on memory and time, so that
one that gets through hurts nobody.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.rendering import hostile_templates
from tests.rendering.hostile_templates import HOSTILE

SECONDS = 60
ROOT = Path(__file__).parents[2]


def _said(name: str) -> str:
    """Return what a process of its own says of a hostile template."""
    command = [sys.executable, hostile_templates.__file__ or "", name]
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, cwd=ROOT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"more than {SECONDS} seconds"
    return ran.stdout.strip() if ran.returncode == 0 else f"{ran.returncode}: {ran.stderr[-300:]}"


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What became of each hostile template; two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(HOSTILE, pool.map(_said, HOSTILE), strict=True))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_an_error_and_nothing_else(said: dict[str, str], name: str) -> None:
    assert said[name].startswith("refused: ")
    assert "fit into the memory" not in said[name]
