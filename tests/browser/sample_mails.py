"""The sample's editions as files in a folder, as `digest build` writes them.

Two of each language are looked at: the heaviest that holds an invitation, and the plain one that a
reader without any attribute gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sites import BASE_URL, sample_site

LANGUAGES = ("en", "ja", "zh-Hans")
KINDS = ("invited", "plain")
WIDTHS = (375, 700)


@dataclass(frozen=True)
class SampleMails:
    """A build of the sample: its folder, and the rows of its `index.json`."""

    folder: Path
    rows: tuple[dict[str, Any], ...]

    def row(self, language: str, kind: str) -> dict[str, Any]:
        """Return the row of a language's heaviest invited edition, or of its lightest plain one."""
        mine = [row for row in self.rows if row["language"] == language]
        if kind == "plain":
            return min((row for row in mine if not row["question"]), key=_size)
        return max((row for row in mine if row["question"]), key=_size)

    def file(self, language: str, kind: str) -> Path:
        """Return the page of one of the two editions of a language; its pictures lie beside it."""
        return self.folder / str(self.row(language, kind)["html"])

    @property
    def files(self) -> list[Path]:
        """Return the pages of all editions."""
        return [self.folder / str(row["html"]) for row in self.rows]


def build_sample(home: Path) -> SampleMails:
    """Build every edition of the sample in a site made at `home`."""
    site = sample_site(home).having(site__base_url=BASE_URL)
    ran = site.call("build", "--out", "out", "--json")
    assert ran.code == 0, ran.said
    return SampleMails(home / "out", tuple(ran.json))


def _size(row: dict[str, Any]) -> int:
    return int(row["html_bytes"])
