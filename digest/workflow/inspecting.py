"""Looks into a rendered edition: its links, its placeholders, whose words stand where.

What must stay true: the values are this reader's own, as filled in; the template is only asked what
is personal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from digest.message.markers import cut, plain_values
from digest.model.edition import Edition, Personal, Placeholder, Rendered
from digest.model.issue import Issue
from digest.rendering.lint.reading import Part, tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One link of the HTML part."""

    url: str
    """As this reader gets it."""
    words: str
    """What stands there to be clicked; of a picture, its alternative text."""
    personal: str = ""
    """The placeholder in it, or ""."""
    in_text: bool = False
    """Whether the text part has the same address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceholderUse:
    """One placeholder of an edition."""

    name: str
    subject: int
    html: int
    text: int
    """How often it stands in each part."""
    value: str
    """What this reader gets there; "" is shown as nothing."""


def links_of(rendered: Rendered, personal: Personal) -> list[Link]:
    """Return the links of an edition in their order, as often as they stand there."""
    values = plain_values(rendered, personal)
    found: list[Link] = []
    for address, words in _anchors(rendered.html):
        opened = cut(address, rendered.markers)
        known = {hole: values.get(hole, "") for hole in opened.holes}
        link = Link(
            url=opened.fill(known),
            words=cut(words, rendered.markers).fill({each: values.get(each, "") for each in values})
            if words
            else "",
            personal=opened.holes[0].value if opened.holes else "",
            in_text=address in rendered.text,
        )
        found.append(link)
    return found


def _anchors(html: str) -> Iterator[tuple[str, str]]:
    """Yield (address, words) of each link."""
    address: str | None = None
    words: list[str] = []
    for token in tokens(html):
        if token.part is Part.OPEN and token.text == "a":
            if address is not None:
                yield address, _joined(words)
            address, words = dict(token.attributes).get("href", "").strip() or None, []
        elif token.part is Part.OPEN and token.text == "img" and address is not None:
            words.append(dict(token.attributes).get("alt", ""))
        elif token.part is Part.TEXT and address is not None:
            words.append(token.text)
        elif token.part is Part.CLOSE and token.text == "a" and address is not None:
            yield address, _joined(words)
            address = None


def _joined(words: list[str]) -> str:
    return " ".join(" ".join(words).split())


def placeholders_of(rendered: Rendered, personal: Personal) -> list[PlaceholderUse]:
    """Return the placeholders that an edition uses, with this reader's values."""
    values = plain_values(rendered, personal)
    parts = [
        cut(part, rendered.markers).holes
        for part in (rendered.subject, rendered.html, rendered.text)
    ]
    used = [each for each in Placeholder if any(each in holes for holes in parts)]
    return [
        PlaceholderUse(
            name=each.value,
            subject=parts[0].count(each),
            html=parts[1].count(each),
            text=parts[2].count(each),
            value=values.get(each, ""),
        )
        for each in used
    ]


def words_by_file(issue: Issue, edition: Edition) -> dict[str, str]:
    """Return file -> words by which what is written in it is found in the edition's picture."""
    shown = set(edition.items)
    language = edition.language
    default = issue.newsletter.default_language
    found: dict[str, str] = {}
    for item in issue.items:
        text = item.text(language) or item.texts[default]
        if item.id in shown:
            found |= {one.file: text.title for one in item.texts.values()}
    for question in issue.questions:
        asked = question.texts.get(language) or question.texts[default]
        if question.id == edition.question:
            found |= {one.file: asked.question for one in question.texts.values()}
    if issue.note:
        said = issue.note.texts.get(language) or issue.note.texts[default]
        found |= {one.file: said.title for one in issue.note.texts.values() if said.title}
    return found
