"""A site of one newsletter in a folder of its own, for tests that write files and read them.

Its newsletter is called `news`; findings come without the folder's name, so that they read well.
"""

from __future__ import annotations

from pathlib import Path

from digest.content.folder import collect_findings, read_publication
from digest.model.finding import Finding, Level
from digest.model.issue import Item, Publication

NEWSLETTER = """\
name = "The Takeaway"
languages = ["en", "ja", "zh-Hans"]
timezone = "Asia/Shanghai"
start = 2023-03-01
postal_address = "1 Example Street"
about = "Why you get this"

[from]
name = "The Takeaway"
address = "news@example.org"

[assembly]
ask_section = "search"

[[sections]]
id = "channels"
title = "Channels"

[[sections]]
id = "pay"
title = "Pay"

[[sections]]
id = "search"
title = "Search"

[attributes.roles]
brand = "brands"
merchant = "merchants"

[attributes.fields]
education = "education"
"""

ITEM = """\
+++
title = "Live selling grew"
date = 2023-03-31
section = "channels"
+++
The body.
"""


class SiteFiles:
    """Writes files and reads them back."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "content" / "news"
        self.write("newsletter.toml", NEWSLETTER)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def read(self) -> tuple[Publication, list[Finding]]:
        return read_publication(self.home, "news")

    def item(self, item_id: str) -> Item:
        return next(item for item in self.read()[0].items if item.id == item_id)

    def findings(self, rule: str = "") -> list[str]:
        found = collect_findings(self.home, "news")
        return [self._shown(one) for one in found if rule in ("", one.rule)]

    def errors(self) -> list[str]:
        found = collect_findings(self.home, "news")
        return [self._shown(one) for one in found if one.level is Level.ERROR]

    def _shown(self, found: Finding) -> str:
        return str(found).removeprefix("content/news/")
