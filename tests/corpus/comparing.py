"""The corpus: MJML documents of our own, compiled by us and by MJML 5, and compared.

`documents/` holds the documents, `expected/` what MJML 5 made of each (without the white space that
nobody sees), `differences.json` in which documents each known difference shows. All three are in
the repository, so comparing needs neither node nor a network; `python -m tests.corpus` makes the
expected files anew.
"""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from pathlib import Path

from digest.rendering.compiling import compile_mjml
from digest.rendering.lines import Sources
from tests.corpus.attributes import COMPONENTS, document
from tests.corpus.canonical import Line, canonical
from tests.corpus.differences import DIFFERENCES, Difference

FOLDER = Path(__file__).parent
DOCUMENTS = FOLDER / "documents"
EXPECTED = FOLDER / "expected"
SEEN = FOLDER / "differences.json"


def names() -> list[str]:
    """Return the names of all documents."""
    return sorted(file.stem for file in DOCUMENTS.glob("*.mjml"))


def source(name: str) -> str:
    """Return a document, with the line ends that it has."""
    return (DOCUMENTS / f"{name}.mjml").read_bytes().decode("utf-8")


@cache
def ours(name: str) -> str:
    """Return what we make of a document."""
    return compile_mjml(source(name), Sources(()))


def theirs(name: str) -> str:
    """Return what MJML 5 made of it."""
    return (EXPECTED / f"{name}.html").read_text(encoding="utf-8")


def generated() -> dict[str, str]:
    """Return the documents that the schema writes: every attribute of every component."""
    return {f"attributes-{each.removeprefix('mj-')}": document(each) for each in COMPONENTS}


def unlike(name: str) -> list[str]:
    """Return how a document differs beyond what is known, as lines of a diff."""
    mine, wanted = _looked(ours(name)), _looked(theirs(name))
    said = (map(str, wanted), map(str, mine))
    return list(difflib.unified_diff(*map(list, said), "MJML 5", "ours", lineterm="", n=3))


def differences(name: str) -> list[str]:
    """Return the known differences that a document shows."""
    mine, wanted = canonical(ours(name)), canonical(theirs(name))
    return [each.name for each in DIFFERENCES if _shows(each, mine, wanted)]


def seen() -> dict[str, list[str]]:
    """Return the documents in which each known difference was seen when it was last looked at."""
    known: dict[str, list[str]] = json.loads(SEEN.read_text(encoding="utf-8"))
    return known


def trimmed(html: str) -> str:
    """Return MJML 5's HTML without its indentation and empty lines; what stands in <pre> stays."""
    pieces = re.split(r"(<pre.*?</pre>)", html, flags=re.DOTALL)
    for index in range(0, len(pieces), 2):
        pieces[index] = re.sub(r"[ \t]*\n\s*", "\n", pieces[index])
    return "".join(pieces)


def _looked(html: str, without: Difference | None = None) -> list[Line]:
    return _away(canonical(html), without)


def _away(lines: list[Line], without: Difference | None = None) -> list[Line]:
    for each in DIFFERENCES:
        if each is not without:
            lines = each.look(lines)
    return lines


def _shows(each: Difference, mine: list[Line], wanted: list[Line]) -> bool:
    if each.look(mine) == mine and each.look(wanted) == wanted:
        return False
    return _away(mine, each) != _away(wanted, each)
