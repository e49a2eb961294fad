"""The tree of a mail: elements with their attributes and children, built without recursion.

Tolerant as a browser in what mails really hold (void elements, closing tags that may be left out),
and it remembers what did not match, because a page around the mail (a webmail) is closed by a
stray closing tag. What must stay true: time in proportion to the length, at any depth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from digest.rendering.lint.reading import RAW, Part, Token, tokens

_VOID = """
area base br col embed hr img input link meta param source track wbr
"""
VOID = frozenset(_VOID.split())
_CELLS = frozenset(("td", "th"))
_ROWS = _CELLS | {"tr"}
_PARTS = _ROWS | {"tbody", "thead", "tfoot"}
_P = frozenset(("p",))
_BLOCKS = """
address article aside blockquote center div dl fieldset figure footer form h1 h2 h3 h4 h5 h6
header hr main nav ol p pre section table ul
"""
#: What a tag ends when it stands directly inside of it (HTML, section 13.1.2.4).
_ENDS = dict.fromkeys(_BLOCKS.split(), _P) | {
    "li": _P | {"li"},
    "dt": _P | {"dt", "dd"},
    "dd": _P | {"dt", "dd"},
    "option": frozenset(("option",)),
    "td": _P | _CELLS,
    "th": _P | _CELLS,
    "tr": _P | _ROWS,
    "tbody": _P | _PARTS,
    "thead": _P | _PARTS,
    "tfoot": _P | _PARTS,
}
#: Whose closing tag may be left out.
_MAY_STAY_OPEN = _PARTS | {"p", "li", "dt", "dd", "option", "colgroup", "html", "body", "head"}

_MOST_PIECES = 500


class Element:
    """An element of a mail."""

    __slots__ = ("attributes", "children", "parent", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        """Keep name and attributes, both in lower case, and where it stands."""
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    @property
    def text(self) -> str:
        """Return the words inside, alt texts included, with spaces as they stand.

        It ends after so many pieces that no link and no heading has them.
        """
        found: list[str] = []
        waiting: list[Element | str] = [self]
        pieces = 0
        while waiting and pieces < _MOST_PIECES:
            node = waiting.pop()
            pieces += 1
            if isinstance(node, str):
                found.append(node)
            elif node.tag == "img":
                found.append(node.attributes.get("alt", ""))
            elif node.tag not in RAW or node is self:
                waiting.extend(reversed(node.children))
        return "".join(found)

    @property
    def ancestors(self) -> Iterator[Element]:
        """Yield the elements around it, the nearest first."""
        around = self.parent
        while around is not None:
            yield around
            around = around.parent


@dataclass(kw_only=True)
class Document:
    """A mail's HTML as a tree."""

    root: Element
    """Holds everything; not an element of the mail."""
    elements: list[Element]
    """All of them, in the order of their opening tags."""
    pieces: list[Token]
    """What it was built from; Outlook builds another tree from the same pieces."""
    stray: list[str] = field(default_factory=list)
    """Closing tags that close nothing."""
    unclosed: list[str] = field(default_factory=list)
    """Opening tags that nothing closes, though they must be."""

    @cached_property
    def by_tag(self) -> dict[str, list[Element]]:
        """Return the elements by their name."""
        found: dict[str, list[Element]] = {}
        for element in self.elements:
            found.setdefault(element.tag, []).append(element)
        return found

    def find(self, *tags: str) -> list[Element]:
        """Return the elements of these names, in the order of the mail for a single name."""
        return [element for tag in tags for element in self.by_tag.get(tag, ())]

    @cached_property
    def targets(self) -> set[str]:
        """Return the names that a link inside the mail can lead to."""
        named = {each.attributes.get("name", "") for each in self.find("a")}
        return named | {each.attributes.get("id", "") for each in self.elements}

    @cached_property
    def styles(self) -> list[tuple[str, str]]:
        """Return (media, CSS) of the style elements."""
        return [(each.attributes.get("media", ""), each.text) for each in self.find("style")]

    @cached_property
    def words(self) -> list[tuple[Element, str]]:
        """Return (element, its own text) wherever something stands that is not white space."""
        return [
            (element, child)
            for element in self.elements
            if element.tag not in RAW
            for child in element.children
            if isinstance(child, str) and not child.isspace()
        ]


def read_html(source: str) -> Document:
    """Return the tree of any text."""
    return build(list(tokens(source)))


def build(pieces: list[Token]) -> Document:
    """Return the tree of the pieces of an HTML text."""
    return _Builder(pieces).build()


class _Builder:
    def __init__(self, pieces: list[Token]) -> None:
        self.document = Document(root=Element("", {}, None), elements=[], pieces=pieces)
        self.top = self.document.root
        self.open: Counter[str] = Counter()

    def build(self) -> Document:
        document = self.document
        for token in document.pieces:
            if token.part is Part.TEXT:
                self.top.children.append(token.text)
            elif token.part is Part.OPEN:
                self._enter(token)
            elif token.part is Part.CLOSE:
                self._leave(token.text)
        while self.top is not document.root:
            self._pop(wanted="")
        return document

    def _enter(self, token: Token) -> None:
        tag = token.text
        ended = _ENDS.get(tag)
        while ended and self.top.tag in ended:
            self._pop(wanted=self.top.tag)
        element = Element(tag, dict(token.attributes), self.top)
        self.top.children.append(element)
        self.document.elements.append(element)
        if tag not in VOID and not (token.empty and ":" in tag):
            self.top = element
            self.open[tag] += 1

    def _leave(self, tag: str) -> None:
        if not self.open[tag]:  # also </br>, </img>
            self.document.stray.append(tag)
            return
        while self.top.tag != tag:
            self._pop(wanted=tag)
        self._pop(wanted=tag)

    def _pop(self, *, wanted: str) -> None:
        top = self.top
        assert top.parent is not None  # the root is never popped
        if top.tag != wanted and top.tag not in _MAY_STAY_OPEN:
            self.document.unclosed.append(top.tag)
        self.open[top.tag] -= 1
        self.top = top.parent
