"""Every link of a page leads somewhere, and every file that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, TOP, anchors, named, prose, quoted

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FILE = re.compile(r"(?:[\w.-]+/)+(?:[\w.-]+\.(?:py|md|toml|j2|html|png|csv))?")
#: Pages that speak of our own files. The others also speak of files that a reader will make.
ABOUT_OURSELVES = [
    page
    for page in PAGES
    if page.parent.name == "decisions"
    or (
        page.name in {"README.md", "CONTRIBUTING.md", "architecture.md", "CHANGELOG.md"}
        and page.parent.name != "deploy"
    )
]
#: Written by a site, or by whoever follows the page.
MADE_LATER = {"var/", "var/captured/", "var/keys/", "docs/pictures/"}


def broken(page: Path) -> list[str]:
    found = []
    for target in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_place_outside_of_the_checkout(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert not re.search(r"\.\./shared|/work/|/root/|/tmp/", text)


@pytest.mark.parametrize("page", ABOUT_OURSELVES, ids=named)
def test_every_file_of_ours_that_is_named_exists(page: Path) -> None:
    names = {text for text in quoted(prose(page)) if _FILE.fullmatch(text)} - MADE_LATER

    missing = [
        text for text in names if not any((home / text).exists() for home in (TOP, TOP / "digest"))
    ]

    assert missing == []


def test_every_page_of_docs_is_in_the_index() -> None:
    index = (TOP / "docs" / "README.md").read_text(encoding="utf-8")

    pages = {page.name for page in (TOP / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()
