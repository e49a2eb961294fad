"""The README is short, and what it tells a newcomer to type is there."""

from __future__ import annotations

import re

from tests.docs.pages import PAGES, TOP, code_lines, prose

README = TOP / "README.md"


def test_it_can_be_read_in_one_go() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) < 200


def test_every_make_target_that_a_page_names_exists() -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    lines = [line for page in PAGES for line in code_lines(page)]
    lines += [text for page in PAGES for text in re.findall(r"`([^`]+)`", prose(page))]

    asked = {found[1] for line in lines if (found := re.match(r"make ([a-z-]+)", line))}

    assert {"demo", "test"} <= asked
    assert asked <= targets


def test_the_picture_is_there_and_says_what_it_shows() -> None:
    picture = re.search(r"!\[([^\]]+)\]\(([^)]+)\)", README.read_text(encoding="utf-8"))

    assert picture
    assert (TOP / picture[2]).is_file()
    assert len(picture[1]) > 40


def test_the_sample_has_as_many_readers_as_it_says() -> None:
    roster = (TOP / "content/open-class/subscribers.sample.csv").read_text(encoding="utf-8")
    readers = len(roster.splitlines()) - 1

    said = README.read_text(encoding="utf-8")

    assert f"{readers} added" in said
    assert f"{readers} recipients = {readers} sent" in said
