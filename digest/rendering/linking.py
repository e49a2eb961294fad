"""The links of any mail: where they lead, by which words, and in which of its parts they stand.

It reads what anybody may have written. What must stay true: an address is told as it stands, never
followed, and time grows with the length only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.rendering.lint.reading import Part, tokens

MOST_LINKS = 2_000
_LONGEST_WORDS = 300
_MOST_PIECES = 200
_ADDRESS = re.compile(
    r"(?:https?://|mailto:|tel:)[^\s<>\"\x00-\x1f\u3000-\u303f\uff00-\uffef]{1,4000}"
)
#: What ends a sentence rather than an address.
_AFTER = ".,;:!?'*_"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedLink:
    """One address of a mail."""

    url: str
    words: str = ""
    """What stands there to be clicked, the first time; of a picture its alternative text."""
    in_html: int = 0
    in_text: int = 0
    """How often it stands in each part."""


def links_of_parts(html: str, text: str) -> list[PlacedLink]:
    """Return each address of a mail once: those of the HTML in order, then those of the text."""
    words: dict[str, str] = {}
    html_counts: dict[str, int] = {}
    for url, said in anchors(html):
        if url in words or len(words) < MOST_LINKS:
            words[url] = words.get(url) or said
            html_counts[url] = html_counts.get(url, 0) + 1
    text_counts: dict[str, int] = {}
    for url in addresses_in(text):
        if url in words or len(words) < MOST_LINKS:
            words.setdefault(url, "")
            text_counts[url] = text_counts.get(url, 0) + 1
    return [
        PlacedLink(
            url=url,
            words=said,
            in_html=html_counts.get(url, 0),
            in_text=text_counts.get(url, 0),
        )
        for url, said in words.items()
    ]


def anchors(html: str) -> Iterator[tuple[str, str]]:
    """Yield (address, words) of each link of an HTML text; one without an address is none."""
    address, words = "", list[str]()
    for token in tokens(html):
        if token.part is Part.OPEN and token.text in ("a", "area"):
            if address:
                yield address, _joined(words)
            given = dict(token.attributes)
            address, words = given.get("href", "").strip(), [given.get("alt", "")]
            if address and token.text == "area":
                yield address, _joined(words)
                address = ""
        elif not address or len(words) > _MOST_PIECES:
            pass
        elif token.part is Part.OPEN and token.text == "img":
            words.append(dict(token.attributes).get("alt", ""))
        elif token.part is Part.TEXT:
            words.append(token.text[:_LONGEST_WORDS])
        if token.part is Part.CLOSE and token.text == "a" and address:
            yield address, _joined(words)
            address = ""
    if address:
        yield address, _joined(words)


def addresses_in(text: str) -> Iterator[str]:
    """Yield the addresses that stand in a plain text, without what ends their sentence."""
    for match in _ADDRESS.finditer(text):
        found = match[0].rstrip(_AFTER)
        if found.endswith(")") and "(" not in found:
            found = found.rstrip(")").rstrip(_AFTER)
        if not found.endswith(("://", "mailto:", "tel:")):
            yield found


def _joined(words: list[str]) -> str:
    return " ".join(" ".join(words).split())[:_LONGEST_WORDS]
