"""Each library that we stand on has a page that says why."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docs.pages import TOP, parts

FOLDER = TOP / "docs" / "decisions"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")
#: What each page answers.
QUESTIONS = ("**What.**", "**Why.**", "**What else there was.**")


def libraries(*, developers: bool = False) -> list[str]:
    """Return what a user installs with digest, extras for users included; or developers, too."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for_users = [
        each for name, given in extras.items() if developers or name != "dev" for each in given
    ]
    wanted = [*project["dependencies"], *for_users]
    return [re.match(r"[a-z0-9-]+", each)[0] for each in wanted]


def index() -> dict[str, set[str]]:
    """Return page -> its libraries, as the index says."""
    rows = parts(FOLDER / "README.md")[0].rows()
    return {re.search(r"\(([\w.-]+)\)", row[0])[1]: set(row[1].split(", ")) for row in rows}


@pytest.mark.parametrize("library", libraries())
def test_a_library_has_its_page_and_the_page_names_it(library: str) -> None:
    pages = [page for page, named in index().items() if library in named]

    assert len(pages) == 1
    assert library in (FOLDER / pages[0]).read_text(encoding="utf-8")


def test_the_index_names_every_page_and_no_library_that_is_gone() -> None:
    assert set(index()) == {page.name for page in PAGES}
    named = set().union(*index().values())
    assert {*libraries(), "none"} <= named <= {*libraries(developers=True), "none"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_answers_what_why_and_what_else(page) -> None:
    text = page.read_text(encoding="utf-8")

    assert [question for question in QUESTIONS if question not in text] == []
    assert len(text.splitlines()) <= 50
