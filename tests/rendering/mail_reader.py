"""Reads a rendered mail as a test wants it: links, words, languages, and whether tags match."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "meta", "wbr"}


class MailReader(HTMLParser):
    """Reads a mail's HTML. A tag that closes the wrong one is a failed assertion."""

    def __init__(self, html: str) -> None:
        """Read all of it, but for Outlook's conditional comments."""
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self.tables: list[str | None] = []
        self.langs: list[str] = []
        self.open: list[str] = []
        self.feed(re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        found = dict(attrs)
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag == "table":
            self.tables.append(found.get("role"))
        if found.get("lang"):
            self.langs.append(str(found["lang"]))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that a tag closes what was opened last."""
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note words."""
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)

    @property
    def said(self) -> str:
        """All words, without white space."""
        return squeezed("".join(self.words))


def squeezed(text: str) -> str:
    """Return a text without white space, as two parts wrap differently."""
    return re.sub(r"\s+", "", text)
