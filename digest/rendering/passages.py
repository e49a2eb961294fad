"""The passages of a mail's HTML: what is read there, heading by heading, without its looks. Pure.

Two mails are compared by them. What must stay true: any HTML gives an answer in time with its
length; what no reader sees (the preheader's hiding place, styles, what is only for Outlook) is no
passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from digest.rendering.lint.reading import RAW
from digest.rendering.lint.tree import Element, read_html

_TAGS = """
a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q rp rt ruby s samp small span strike
strong sub sup time tt u var wbr
"""
#: What stands within a line.
_INLINE = frozenset(_TAGS.split())
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HIDDEN = re.compile(r"(?<![\w-])(?:display\s*:\s*none|mso-hide\s*:\s*all)", re.IGNORECASE)


class Kind(StrEnum):
    """What a passage is."""

    HEADING = "heading"
    WORDS = "words"
    PICTURE = "picture"


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A heading, a paragraph, a cell or a picture, as it is read."""

    kind: Kind
    words: str
    """Of a picture, its alternative text."""
    targets: tuple[str, ...] = ()
    """Where its links lead; of a picture, also which file it is."""
    section: str = ""
    """The second-level heading that it stands under."""


def passages_of(html: str) -> list[Passage]:
    """Return the passages of a mail in their order; it takes any text."""
    reader = _Reader()
    for step, element in _walk(read_html(html).root):
        if step == "text":
            reader.pieces.append(element if isinstance(element, str) else "")
        elif isinstance(element, Element):
            reader.meet(element, entered=step == "in")
    reader.end()
    return reader.found


class _Reader:
    """Takes a mail in from its first word to its last."""

    def __init__(self) -> None:
        self.found: list[Passage] = []
        self.pieces: list[str] = []
        self.targets: list[str] = []
        self.section = ""
        self.heading = ""

    def meet(self, element: Element, *, entered: bool) -> None:
        """Go into an element, or leave it."""
        tag = element.tag
        if tag == "img":
            if entered:
                self._picture(element)
            return
        if tag == "a" and entered and (target := element.attributes.get("href", "").strip()):
            self.targets.append(target)
        if tag == "br":
            self.pieces.append(" ")
        elif tag not in _INLINE:
            self.end()
            self.heading = tag if entered and tag in _HEADINGS else ""

    def end(self) -> None:
        """Close the passage that is being read."""
        words = " ".join("".join(self.pieces).split())
        targets, self.pieces, self.targets = tuple(self.targets), [], []
        if not words:
            return
        if self.heading == "h2":
            self.section = words
        kind = Kind.HEADING if self.heading else Kind.WORDS
        self.found.append(Passage(kind=kind, words=words, targets=targets, section=self.section))

    def _picture(self, element: Element) -> None:
        alt = " ".join(element.attributes.get("alt", "").split())
        if alt:  # without words it is an ornament
            self.found.append(
                Passage(
                    kind=Kind.PICTURE,
                    words=alt,
                    targets=(element.attributes.get("src", ""),),
                    section=self.section,
                )
            )


def _walk(root: Element) -> Iterator[tuple[str, Element | str]]:
    """Yield ("in", element), ("text", words) and ("out", element), without recursion."""
    waiting: list[tuple[str, Element | str]] = [("in", root)]
    while waiting:
        step, node = waiting.pop()
        if step == "in" and isinstance(node, Element):
            if (
                node.tag in RAW
                or node.tag == "head"
                or _HIDDEN.search(node.attributes.get("style", ""))
            ):
                continue
            waiting.append(("out", node))
            waiting.extend(
                ("text" if isinstance(each, str) else "in", each)
                for each in reversed(node.children)
            )
        yield step, node
