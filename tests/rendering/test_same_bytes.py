"""The same input gives the same bytes: again, in another renderer, in another process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from digest.paths import shipped
from digest.rendering.renderer import Renderer
from tests.corpus.comparing import names, ours
from tests.rendering.issue_maker import ALL_LINKS, item, make_edition, make_issue, opportunity
from tests.rendering.outlook_view import unbalanced

ROOT = Path(__file__).parents[2]


def fingerprint() -> str:
    """Return the hash of an edition and of the whole corpus."""
    issue = make_issue(*(item(f"a{n}") for n in range(4)), opportunity("b"))
    rendered = Renderer([shipped("templates")]).render(issue, make_edition(issue), links=ALL_LINKS)
    said = [rendered.subject, rendered.preheader, rendered.html, rendered.text]
    said += [f"{marker}={each}" for marker, each in rendered.markers.items()]
    said += [ours(name) for name in names()]
    return hashlib.sha256("\0".join(said).encode("utf-8")).hexdigest()


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_another_process_with_another_hash_seed_gives_the_same_bytes(seed: str) -> None:
    code = "from tests.rendering.test_same_bytes import fingerprint; print(fingerprint())"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"}

    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=True,
    )

    assert ran.stdout.strip() == fingerprint()


def test_rendering_again_gives_the_same_bytes() -> None:
    issue = make_issue(item("a"), opportunity("b"))
    renderer = Renderer([shipped("templates")])
    edition = make_edition(issue)

    first = renderer.render(issue, edition, links=ALL_LINKS)
    again = renderer.render(issue, edition, links=ALL_LINKS)
    other = Renderer([shipped("templates")]).render(issue, edition, links=ALL_LINKS)

    assert first == again == other


@pytest.mark.parametrize("outlook", [True, False])
def test_an_edition_is_balanced_for_outlook_and_for_everybody_else(outlook: bool) -> None:
    issue = make_issue(*(item(f"a{n}") for n in range(4)), opportunity("b"))

    rendered = Renderer([shipped("templates")]).render(issue, make_edition(issue), links=ALL_LINKS)

    assert unbalanced(rendered.html, outlook=outlook) == []
