"""Look at a mail in an inbox, and say what a reader would miss.

A mail holds in an inbox when its text stands there whole and in order (`lost`), inside the page and
its boxes (`cut`), large enough (`small`), against its ground (`faint`), not over or under anything
else (`overlapping`, `covered`), and every link is there and can be clicked (`dead link`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import show
from tests.browser.inboxes import Inbox

#: Smaller than this is nothing to read (the mails' own smallest text has 13 px).
SMALLEST = 11
#: What forced inversion may leave of the 4.5 that the mail itself keeps (WCAG: for large text).
CONTRAST = 3
_LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a mail has to say wherever it is shown: its text without spaces, and its links."""

    text: str
    links: tuple[str, ...]


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing that a reader would miss."""

    kind: str
    what: str

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.kind}: {self.what}"


def content_of(page: Page, file: Path) -> Content:
    """Return what a mail says where nothing does it harm."""
    show(page, file, width=700, dark=False)
    seen = _look(page)
    return Content(text=seen["text"], links=tuple(seen["links"]))


def look(page: Page, file: Path, inbox: Inbox, content: Content, *, dark: bool) -> list[Problem]:
    """Return what is wrong with a mail in an inbox; `content` is what it has to say there."""
    with transformed(file, inbox) as shown:
        show(page, shown, width=inbox.width, dark=dark)
        seen = _look(page)
    found = {Problem(kind, what) for kind, what in seen["problems"]}
    if content.text not in seen["text"]:
        found.add(Problem("lost", _difference(content.text, seen["text"])))
    if seen["links"] != list(content.links):
        found.add(Problem("dead link", f"other links: {seen['links']}"))
    return sorted(found)


@contextmanager
def transformed(file: Path, inbox: Inbox) -> Iterator[Path]:
    """Write a mail as an inbox has it beside the mail, where its pictures lie; remove it again."""
    shown = file.with_name(f"{inbox.name}-{os.getpid()}-{file.name}")
    shown.write_text(inbox.transform(file.read_text(encoding="utf-8")), encoding="utf-8")
    try:
        yield shown
    finally:
        shown.unlink()


def _look(page: Page) -> dict[str, Any]:
    seen: dict[str, Any] = page.evaluate(_LOOK, {"smallest": SMALLEST, "contrast": CONTRAST})
    return seen


def _difference(wanted: str, seen: str) -> str:
    """Return the first thing in which two texts differ."""
    pairs = enumerate(zip(wanted, seen, strict=False))
    start = next((at for at, (one, two) in pairs if one != two), 0)
    here, there = wanted[start : start + 400], seen[start : start + 400]
    return " ".join(
        f"{tag} {here[i1:i2]!r} {there[j1:j2]!r}"
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, here, there).get_opcodes()
        if tag != "equal"
    )[:200]
