"""What a check has to say: one finding, one line in front of a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """An error stops a send; a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckRule:
    """One thing that the gate looks for; a row of docs/checks.md."""

    id: str
    """Short and stable, such as `missing-alt`: it stands in waivers."""
    level: Level
    what: str
    why: str
    """The harm to a reader or the sender; an error is only what would do some."""
    mend: str
    waivable: bool = True
    """False: no reason makes it harmless, so no waiver is taken."""
    personal: bool = False
    """True: its findings name readers, so they stay out of what is made for others to read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """An editor's word that a rule's findings are known and meant, with the reason."""

    rule: str
    reason: str
    file: str
    """Where it is written, relative to the site."""
    line: int = 0
    covers: tuple[str, ...] = ()
    """The files whose findings it waives; empty: the whole newsletter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that a check noticed."""

    rule: str
    """A short stable id, such as `missing-translation`."""
    level: Level
    what: str
    file: str = ""
    line: int = 0
    edition: str = ""
    hint: str = ""
    excerpt: str = ""
    """The lines around the place, where a template is wrong."""
    waived: str = ""
    """The reason for which it was waived; "" when it stands."""

    @property
    def stops(self) -> bool:
        """Return whether it stops a send."""
        return self.level is Level.ERROR and not self.waived

    def __str__(self) -> str:
        """Return the finding as one line: where, what, what to do."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{where}: {self.what}" if where else self.what
        text += "" if text.endswith((".", "!", "?")) else "."
        return f"{text} {self.hint}" if self.hint else text
