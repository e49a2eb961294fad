"""docs/commands.md has every command and option, and none that does not exist."""

from __future__ import annotations

import re

import click
import pytest

from digest.cli.root import COMMANDS, root
from digest.errors import DigestError, TryAgainLater, UsageError
from tests.docs.pages import (
    PAGES,
    TOP,
    Part,
    calls,
    commands,
    explain_call,
    named,
    options,
    parts,
    quoted,
)

PAGE = TOP / "docs" / "commands.md"


def described() -> dict[str, Part]:
    """Return the page's parts by the command that they are about."""
    return {
        part.title.strip("`").removeprefix("digest "): part
        for part in parts(PAGE)
        if part.title.startswith("`digest ")
    }


def usage(part: Part) -> str:
    """Return a command's first block of code, on one line."""
    block = part.text.split("```")[1]
    return " ".join(block.split())


def test_every_command_is_described_and_no_other() -> None:
    page = described()

    assert set(page) == set(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_is_described_and_no_other(name: str) -> None:
    part = described()[name]

    told = {option for row in part.rows() for option in quoted(row[0])}

    assert told == options(commands()[name])


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_usage_names_every_option_and_argument(name: str) -> None:
    command = commands()[name]

    said = usage(described()[name])

    assert said.startswith(f"digest {name}")
    assert set(re.findall(r"--[a-z-]+", said)) == options(command)
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    for argument in arguments:
        metavar = argument.make_metavar(click.Context(command)).strip("[].")
        assert metavar.split("]")[0] in said.replace("[", "").replace("]", "")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_short_help_of_the_root_is_that_of_the_command(name: str) -> None:
    command = root.get_command(click.Context(root), name)

    assert command is not None
    assert command.short_help == COMMANDS[name][1]


def test_the_exit_codes_are_those_of_the_errors() -> None:
    codes = {row[0]: row[1] for row in parts(PAGE)[0].rows()}

    assert set(codes) == {"0", "1", "2", "75", "130"}
    assert "attention" in codes[str(DigestError.exit_code)]
    assert "usage" in codes[str(UsageError.exit_code)]
    assert "later" in codes[str(TryAgainLater.exit_code)]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_call_of_digest_that_a_page_shows_can_be_made(page) -> None:
    wrong = [f"{line}: {said}" for line, words in calls(page) if (said := explain_call(words))]

    assert wrong == []


def test_calls_are_found_in_the_pages() -> None:
    found = [words for page in PAGES for _, words in calls(page)]

    assert ["send-now"] in found
    assert len(found) > 20


def test_a_call_that_cannot_be_made_is_noticed() -> None:
    assert explain_call(["send-later"]) == "there is no command 'send-later'"
    assert explain_call(["build", "--put", "x"]) == "build has no --put"
    assert explain_call(["--site", "x", "subscribers", "list"]) == ""
