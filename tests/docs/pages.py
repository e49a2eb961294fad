"""Reads our Markdown pages: fenced code, tables and links. No library: the pages are ours."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from digest.cli.root import root

TOP = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *TOP.glob("*.md"),
        *TOP.glob("docs/**/*.md"),
        *TOP.glob("deploy/*.md"),
    ]
)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) +(.+?)\s*$", re.MULTILINE)


def named(page: Path) -> str:
    """Return a page's path from the top, to name a test by."""
    return page.relative_to(TOP).as_posix()


def prose(page: Path) -> str:
    """Return a page without its code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def code_lines(page: Path) -> Iterator[str]:
    """Yield the lines of a page's fenced code."""
    for block in _FENCE.findall(page.read_text(encoding="utf-8")):
        yield from block.splitlines()[1:-1]


@dataclass(frozen=True)
class Part:
    """What stands under one heading, up to the next."""

    title: str
    text: str

    def rows(self) -> list[list[str]]:
        """Return the cells of the part's tables, without the head and the line under it."""
        lines = [line for line in self.text.splitlines() if line.startswith("|")]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        rules = {number for number, row in enumerate(cells) if not "".join(row).strip("- ")}
        heads = {number - 1 for number in rules}
        return [row for number, row in enumerate(cells) if number not in rules | heads]


def parts(page: Path) -> list[Part]:
    """Return a page cut at its headings."""
    text = page.read_text(encoding="utf-8")
    code = [found.span() for found in _FENCE.finditer(text)]
    heads = [
        head
        for head in _HEADING.finditer(text)
        if not any(start <= head.start() < end for start, end in code)
    ]
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [Part(head[2], text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def quoted(cell: str) -> list[str]:
    """Return what stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    return {
        re.sub(r"[^\w\- ]", "", part.title.lower()).strip().replace(" ", "-")
        for part in parts(page)
    }


def commands() -> dict[str, click.Command]:
    """Return every command that can be called, by its name such as `subscribers import`."""
    return dict(_under(root, ""))


def _under(group: click.Group, before: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _under(command, f"{before}{name} ")
        else:
            yield before + name, command


def options(command: click.Command) -> set[str]:
    """Return the long options of a command, but for --help."""
    return {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
        if name.startswith("--")
    }


def explain_call(words: Sequence[str]) -> str:
    """Return what is wrong with a call of `digest` (the words after it), or ""."""
    known = commands()
    words = list(words)
    while words and words[0].startswith("-"):  # the root's own
        words = words[2:] if words[0] == "--site" else words[1:]
    if not words:
        return ""
    name = next((n for n in (" ".join(words[:2]), words[0]) if n in known), None)
    if name is None:
        return f"there is no command '{' '.join(words[:2])}'"
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    unknown = given - options(known[name]) - {"--help"}
    return f"{name} has no {', '.join(sorted(unknown))}" if unknown else ""


def calls(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (line, words after `digest`) of each call of `digest` in a page's code."""
    for line in code_lines(page):
        for piece in re.split(r"&&|\|\||;", line.removeprefix("$ ")):
            call = re.search(r"(?:^|\s|/)digest((?: .*)?)$", piece.split(" # ")[0].rstrip())
            starts = re.match(r"\s*(?:as_digest |[\w.]*/?\S*/)?digest( |$)", piece)
            if call and starts:
                yield line, shlex.split(call[1])
