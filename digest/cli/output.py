"""How commands print: plain lines, colour only on a terminal, JSON where it reports."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import click

from digest.model.finding import Finding, Level

_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def _colour(text: str, *, err: bool = False, **style: Any) -> str:
    stream = sys.stderr if err else sys.stdout
    plain = os.environ.get("NO_COLOR") or not stream.isatty()
    return text if plain else click.style(text, **style)


def in_red(text: str) -> str:
    """Return text in red, for stderr, if that is a terminal."""
    return _colour(text, err=True, fg="red", bold=True)


def in_colour(text: str, colour: str) -> str:
    """Return a line for stdout in a colour ("": none), if that is a terminal."""
    return _colour(printable(text), fg=colour or None)


def heading(text: str) -> None:
    """Print a heading."""
    click.echo(_colour(text, bold=True))


def say(text: str = "") -> None:
    """Print a line to stdout."""
    click.echo(printable(text))


def say_aside(text: str) -> None:
    """Print a line to stderr: news of the work, not its result."""
    click.echo(printable(text), err=True)


def warn(text: str) -> None:
    """Print a warning to stderr, in yellow on a terminal."""
    click.echo(_colour(printable(text), err=True, fg="yellow"), err=True)


def printable(text: str) -> str:
    """Return text without the control characters that could act on a terminal."""
    return "".join(
        char
        if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf"} or char in "\u200d"
        else "\ufffd"
        for char in text
    )


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"no JSON for {type(value).__name__}")


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes (UAX #11)."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def shortened(text: str, width: int) -> str:
    """Return a text that takes at most `width` columns, cut with an ellipsis."""
    if cells(text) <= width:
        return text
    kept = ""
    for char in text:
        if cells(kept + char) >= width:
            break
        kept += char
    return f"{kept}\u2026"


def print_table(
    rows: Iterable[Sequence[str]],
    *,
    header: Sequence[str] = (),
    indent: int = 2,
    widest: int = 0,
) -> None:
    """Print rows in aligned columns; the last is not padded. Cells are cut at `widest` (0: not)."""
    table = [
        [shortened(cell, widest) if widest else cell for cell in map(printable, row)]
        for row in rows
    ]
    lines = [list(header), *table] if header else table
    if not table:
        return
    widths = [max(cells(line[column]) for line in lines) for column in range(len(lines[0]))]
    for number, line in enumerate(lines):
        padded = [
            text + " " * (width - cells(text)) for text, width in zip(line, widths, strict=True)
        ]
        shown = (" " * indent + "  ".join(padded)).rstrip()
        click.echo(_colour(shown, dim=True) if header and number == 0 else shown)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print findings, one a line, with the level first."""
    for finding in findings:
        print_finding(finding)


def print_finding(finding: Finding) -> None:
    """Print one finding: its level, place, sentence, and by which rule; its reason if waived."""
    name = "waived" if finding.waived else finding.level.value
    label = _colour(f"{name:8}", fg=None if finding.waived else _COLOURS[finding.level])
    edition = f" ({finding.edition})" if finding.edition else ""
    reason = f" Waived: {finding.waived}" if finding.waived else ""
    click.echo(f"{label} {printable(f'{finding}{edition}{reason}')} [{finding.rule}]")
    if finding.excerpt:
        click.echo(printable(finding.excerpt))


def counted(count: int, noun: str) -> str:
    """Return "1 reader", "2 readers", "1,000 readers"."""
    plural = noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeiou" else noun + "s"
    return f"{count:,} {noun if count == 1 else plural}"


def moment(at: datetime | None) -> str:
    """Return a moment as `2023-03-31 01:00 UTC`, or a dash."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "-"
