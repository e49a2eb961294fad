"""docs/templates.md lists what a template sees, all of it and nothing else."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from digest.model.edition import Placeholder
from digest.rendering.preflight import schema
from digest.rendering.prose import Prose, Voice
from digest.rendering.view import (
    BarsView,
    EntryView,
    FigureView,
    InvitationView,
    IssueView,
    PanelView,
    SectionView,
)
from tests.docs.pages import TOP, Part, parts, quoted

PAGE = TOP / "docs" / "templates.md"
VIEWS = {
    "`issue`": IssueView,
    "Section": SectionView,
    "Panel": PanelView,
    "Entry": EntryView,
    "Figure": FigureView,
    "Bars": BarsView,
    "Voice": Voice,
    "Invitation": InvitationView,
}


def part(title: str) -> Part:
    return next(each for each in parts(PAGE) if each.title == title)


@pytest.mark.parametrize("title", VIEWS)
def test_every_value_is_listed_and_no_other(title: str) -> None:
    told = [name for row in part(title).rows() for name in quoted(row[0])]

    assert sorted(told) == sorted(field.name for field in fields(VIEWS[title]))


def test_prose_has_the_two_forms_that_are_named() -> None:
    assert {f".{field.name}" for field in fields(Prose)} <= set(quoted(part("Prose").text))


def test_every_placeholder_is_listed_and_no_other() -> None:
    told = {name for row in part("`reader`").rows() for name in quoted(row[0])}

    assert told == {placeholder.value for placeholder in Placeholder}


def test_every_component_is_listed_and_no_other() -> None:
    text = part("What a template may do").text
    listed = text.partition("css-class")[2].partition("An unknown component")[0]

    assert set(re.findall(r"`(mj[a-z-]+)`", listed)) == set(schema())


def test_every_page_is_listed_and_no_other() -> None:
    told = {name for row in part("The public pages").rows() for name in quoted(row[0])}

    shipped = {page.name for page in (TOP / "templates" / "web").glob("*.html")}
    assert told == shipped - {"layout.html"}


def test_every_block_and_kind_that_is_named_is_shipped() -> None:
    text = part("Templates").text
    mail = TOP / "templates" / "mail"

    for folder in ("blocks", "kinds"):
        line = next(each for each in text.splitlines() if f"{folder}/" in each)
        named = set(re.findall(r"[a-z]+", line.rpartition("  ")[2].rpartition(":")[2]))
        assert {file.name.partition(".")[0] for file in (mail / folder).iterdir()} <= named
