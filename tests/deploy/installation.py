"""Reads the files of deploy/: units of systemd, the crontab, and what the proxies say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
DEPLOY = TOP / "deploy"
PROGRAM = "/srv/digest/venv/bin/digest"
SITE = "/srv/digest/site"

SERVICES = sorted(DEPLOY.glob("*.service"))
TIMERS = sorted(DEPLOY.glob("*.timer"))
UNITS = [*SERVICES, *TIMERS]


def named(path: Path) -> str:
    """Return a file's name, to name a test by."""
    return path.name


class Unit:
    """A unit file: [section], then key=value; a key may stand more than once."""

    def __init__(self, path: Path) -> None:
        """Read a unit; a line that is neither is an error (ValueError)."""
        self.entries: list[tuple[str, str, str]] = []
        section = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            if found := re.fullmatch(r"\[(\w+)\]", line):
                section = found[1]
                continue
            key, sign, value = line.partition("=")
            if not (section and sign and re.fullmatch(r"[A-Za-z]+", key)):
                raise ValueError(f"{path.name}: {line}")
            self.entries.append((section, key, value))

    def all(self, key: str) -> list[str]:
        """Return every value of a key."""
        return [value for _, name, value in self.entries if name == key]

    def one(self, key: str) -> str:
        """Return the value of a key that stands once."""
        (value,) = self.all(key)
        return value

    def words(self) -> list[str]:
        """Return what the unit tells digest, without the program's path."""
        program, *words = self.one("ExecStart").split()
        assert program == PROGRAM
        return words


@dataclass(frozen=True)
class CronLine:
    """One line of a crontab: when, and what."""

    when: str
    command: str


def crontab() -> tuple[dict[str, str], list[CronLine]]:
    """Return the crontab's variables and lines."""
    variables, lines = {}, []
    for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if found := re.fullmatch(r"([A-Z_]+)=(\S*)", line):
            variables[found[1]] = found[2]
        elif line.startswith("@"):
            when, command = line.split(maxsplit=1)
            lines.append(CronLine(when, command))
        else:
            *fields, command = line.split(maxsplit=5)
            lines.append(CronLine(" ".join(fields), command))
    return variables, lines


def seconds(span: str) -> int:
    """Return a span of systemd's in seconds (`10s`, `11min`)."""
    found = re.fullmatch(r"(\d+)(s|min)", span)
    assert found, span
    return int(found[1]) * {"s": 1, "min": 60}[found[2]]
