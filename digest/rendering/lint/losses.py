"""What each family of mail clients loses of a mail, and where; from caniemail's data. Pure.

The gate asks whether a feature may be used at all (`features`); here an editor sees what becomes of
those that are used. What must stay true: a client that nobody has tested is named as unknown, never
as fine, and any HTML gives an answer in a moment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, chain

from digest.rendering.lint.allowance import ENHANCEMENTS, Support, support
from digest.rendering.lint.features import sheet_signs, special_signs, style_signs
from digest.rendering.lint.reading import Part, placed_tokens
from digest.rendering.lint.tree import Element, build

#: Clients that many readers have and that caniemail has not tested.
UNTESTED = ("QQ Mail", "163 Mail (NetEase)", "Yahoo! Japan Mail")
#: Of more HTML only the beginning is looked at.
LONGEST = 1_000_000
#: So many places of one feature are told.
MOST_PLACES = 12
_LONGEST_TITLE = 60

_FAMILIES = {
    "gmail": "Gmail",
    "apple-mail": "Apple Mail",
    "outlook": "Outlook",
    "yahoo": "Yahoo Mail",
    "samsung-email": "Samsung Email",
    "thunderbird": "Thunderbird",
}
_CLIENTS = {
    "desktop-webmail": "webmail",
    "ios": "iOS",
    "android": "Android",
    "macos": "macOS",
    "windows": "Windows",
    "outlook-com": "Outlook.com",
}
#: How a sign is written in HTML or CSS: [attribute], 1unit, @media(feature), function(),
#: property:value, a rule or a value by itself, property.
_WRITTEN = (
    (r"\[(.+)\]", r"(?<![\w-]){}(?=\s*=)"),
    (r"1(\D+)", r"(?<=[\d.]){}(?![\w-])"),
    (r"@[\w-]+\((.+)\)", r"{}(?![\w-])"),
    (r"(.+\()\)", r"(?<![\w-]){}"),
    (r"([\w-]+):([\w-]+)", r"(?<![\w-]){}\s*:\s*{}(?![\w-])"),
    (r"(initial|@.+)", r"(?<![\w-]){}(?![\w-])"),
    (r"([a-z-]+)", r"(?<![\w-]){}(?=\s*:)"),
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a feature is used."""

    line: int
    """Of the HTML, counted from 1."""
    column: int
    """In that line, counted from 1: compiled HTML has long ones."""
    section: str = ""
    """The heading that it stands under; "" where it is about the whole mail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """A feature of the mail that some clients of a family fail."""

    feature: str
    """caniemail's name of it."""
    sign: str
    """What it is written as, such as `border-radius`."""
    lost: tuple[str, ...]
    """The family's clients that fail it."""
    partly: tuple[str, ...]
    """Those that do some of it."""
    unknown: tuple[str, ...]
    """Those that nobody has tested with it."""
    places: tuple[Place, ...]
    """The first of them."""
    count: int
    stays: str = ""
    """Why the mail stays good without it; "" where that is not known."""

    @property
    def url(self) -> str:
        """Return where the data is from."""
        return f"https://www.caniemail.com/features/{self.feature}/"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientFamily:
    """One family and what it loses; the gravest first."""

    name: str
    clients: tuple[str, ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientReport:
    """What becomes of a mail in other people's programs."""

    date: str
    """Of the data."""
    features: int
    """How many known features the mail uses."""
    families: tuple[ClientFamily, ...]
    unknown: tuple[str, ...] = UNTESTED
    """Clients without data: nothing can be said of them."""
    is_whole: bool = True
    """False where only the beginning of the HTML was looked at."""


@dataclass(slots=True)
class _Use:
    sign: str
    places: list[Place] = field(default_factory=list)
    count: int = 0


def losses_of(html: str) -> ClientReport:
    """Return what each client family loses of a mail's HTML; it takes any text."""
    known = support()
    uses: dict[str, _Use] = {}
    signs = _Signs(html[:LONGEST])
    for sign, element in signs.found():
        feature = known.signs.get(sign)
        if feature is None:
            continue
        use = uses.setdefault(feature, _Use(sign))
        use.count += 1
        if len(use.places) < MOST_PLACES:
            place = signs.place(sign, element)
            if place not in use.places:
                use.places.append(place)
    return ClientReport(
        date=known.date,
        features=len(uses),
        families=tuple(_family(each, known, uses) for each in _FAMILIES),
        is_whole=len(html) <= LONGEST,
    )


def _family(family: str, known: Support, uses: dict[str, _Use]) -> ClientFamily:
    named = [
        (number, _CLIENTS.get(client.partition(" ")[2], client))
        for number, client in enumerate(known.clients)
        if client.partition(" ")[0] == family
    ]
    losses = []
    for feature, use in uses.items():
        letters = known.features[feature]
        by_letter = {
            kind: tuple(name for number, name in named if letters[number] in kind)
            for kind in ("n", "a", "u-")
        }
        if any(by_letter.values()):
            losses.append(
                Loss(
                    feature=feature,
                    sign=use.sign,
                    lost=by_letter["n"],
                    partly=by_letter["a"],
                    unknown=by_letter["u-"],
                    places=tuple(use.places),
                    count=use.count,
                    stays=ENHANCEMENTS.get(feature, ""),
                )
            )
    losses.sort(key=lambda one: (not one.lost, bool(one.stays), -len(one.lost), one.feature))
    return ClientFamily(
        name=_FAMILIES[family], clients=tuple(name for _, name in named), losses=tuple(losses)
    )


class _Signs:
    """The signs of one mail, each with its place."""

    def __init__(self, html: str) -> None:
        self._html = html
        placed = list(placed_tokens(html))
        # A tag, or the text of a style element, ends where the next piece begins.
        ends = [at for at, _ in placed[1:]] + [len(html)] * 2
        opened = [number for number, (_, token) in enumerate(placed) if token.part is Part.OPEN]
        self._elements = build([token for _, token in placed]).elements
        self._tags = {
            id(element): (placed[number][0], ends[number], ends[number + 1])
            for number, element in zip(opened, self._elements, strict=True)
        }
        self._lines = [0, *accumulate(len(line) for line in html.splitlines(keepends=True))]
        self._sections = _sections(self._elements)

    def found(self) -> Iterator[tuple[str, Element]]:
        """Yield (sign, in which element)."""
        for element in self._elements:
            signs = _element_signs(element)
            if element.tag == "style":
                signs = chain(signs, sheet_signs(element.text))
            for sign in dict.fromkeys(signs):
                yield sign, element

    def place(self, sign: str, element: Element) -> Place:
        """Return a place as a person finds it: asked only for those that are told."""
        at = self._spot(sign, element)
        line = bisect_right(self._lines, at)
        heading = self._sections.get(id(element)) if element.tag != "style" else None
        return Place(
            line=line,
            column=at - self._lines[line - 1] + 1,
            section=_title(heading) if heading else "",
        )

    def _spot(self, sign: str, element: Element) -> int:
        """Return where the sign itself is written, or else where its element begins."""
        begins, ends, sheet_ends = self._tags[id(element)]
        if sign[0] == "<" or element.tag == "meta":
            return begins
        found = _pattern(sign).search(self._html, begins, ends)
        if not found and element.tag == "style":
            found = _pattern(sign).search(self._html, ends, sheet_ends)
        if not found:
            return begins
        # Of a rule such as @media (...), its beginning is told.
        rule = self._html.rfind(sign.partition("(")[0], ends, found.end()) if sign[0] == "@" else -1
        return rule if rule >= 0 else found.start()


@lru_cache(maxsize=512)
def _pattern(sign: str) -> re.Pattern[str]:
    """Return what finds a sign where it is written; in time with the length of any text."""
    for kind, written in _WRITTEN:
        if match := re.fullmatch(kind, sign):
            return re.compile(written.format(*map(re.escape, match.groups())), re.IGNORECASE)
    return re.compile(re.escape(sign), re.IGNORECASE)


def _sections(elements: list[Element]) -> dict[int, Element]:
    """Return element (its id) -> the heading that it stands under, for those that stand under one.

    That is the only heading in the smallest part around it, or else the one in what stands before
    it there. Each element is looked at twice, so that depth costs nothing.
    """
    holds: dict[int, tuple[int, Element]] = {}
    for one in reversed(elements):
        if one.tag in _HEADINGS:
            holds[id(one)] = (1, one)
        if id(one) in holds and one.parent:
            count, heading = holds[id(one)]
            more, _ = holds.get(id(one.parent), (0, heading))
            holds[id(one.parent)] = (count + more, heading)
    found: dict[int, Element] = {}
    before: dict[int, tuple[int, Element]] = {}
    for one in elements:
        around = id(one.parent)
        held = holds.get(id(one))
        if held:
            before[around] = held
        elif around in holds and holds[around][0] > 1:
            held = before.get(around)
        if held and held[0] == 1:
            found[id(one)] = held[1]
        elif not held and around in found:
            found[id(one)] = found[around]
    return found


def _element_signs(element: Element) -> Iterator[str]:
    yield f"<{element.tag}>"
    for name, value in element.attributes.items():
        yield f"[{name}]"
        if name == "style":
            yield from style_signs(value)
    if element.tag in ("img", "meta"):
        yield from special_signs(element.tag, element.attributes)


def _title(heading: Element) -> str:
    words = " ".join(heading.text.split())
    return words if len(words) <= _LONGEST_TITLE else f"{words[: _LONGEST_TITLE - 1]}…"
