"""The sample's pictures are those that `templates/art/make.py` draws, on any machine."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from digest.paths import shipped

ASSETS = shipped("content", "open-class", "assets")
NAMES = ("ask", "channels", "hero", "logo", "mini-programs", "pay", "search", "wecom")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the script has drawn, as somebody would call it."""
    folder = tmp_path_factory.mktemp("drawn")
    script = shipped("templates", "art", "make.py")
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_the_script_draws_what_is_committed_to_the_byte(drawn: Path, name: str) -> None:
    assert (drawn / f"{name}.png").read_bytes() == (ASSETS / f"{name}.png").read_bytes()


def test_there_is_no_picture_that_the_script_does_not_draw(drawn: Path) -> None:
    assert {file.name for file in ASSETS.iterdir()} == {file.name for file in drawn.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_twice_as_large_as_it_is_shown_and_light(name: str) -> None:
    content = (ASSETS / f"{name}.png").read_bytes()

    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == ((1280, 456) if name == "hero" else (112, 112))
    assert len(content) <= (25_000 if name == "hero" else 1_500)
