"""Selectors as mails use them: types, classes, ids, attributes, descendants and children.

A selector that is not understood (a sibling, `:hover`, an escape) matches nothing, so that nothing
is said about what cannot be known. What must stay true: matching walks the ancestors once for each
part of a selector, at any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from digest.rendering.lint.tree import Element

_COMPOUND = re.compile(
    r"(?P<tag>\*|[a-zA-Z][\w-]*+)?(?P<rest>(?:[.#][\w-]++|\[[^\]]*+\]|:(?:root|first-child|last-child)\b)*+)"
)
_PIECE = re.compile(r"[.#][\w-]++|\[[^\]]*+\]|:[a-z-]++")
_ATTRIBUTE = re.compile(
    r"\[\s*(?P<name>[\w-]+)\s*(?:(?P<how>[~|^$*]?=)\s*(?P<value>\"[^\"]*\"|'[^']*'|[\w-]+)\s*)?\]"
)
_COMBINATOR = re.compile(r"\s*([>+~])\s*|\s+")
#: A selector of more parts is not a mail's.
_MOST_PARTS = 8
#: No mail is deeper; it bounds what a selector costs.
_DEEPEST = 100


class Compound(NamedTuple):
    """What one element has to be: `td.card-bg[align]`."""

    tag: str
    """"" for any."""
    ids: frozenset[str]
    classes: frozenset[str]
    attributes: tuple[tuple[str, str, str], ...]
    """Name, how it is compared ("" for: it is there), value."""
    pseudo: frozenset[str]

    def matches(self, element: Element) -> bool:
        """Return whether an element is one of these."""
        if self.tag and element.tag != self.tag:
            return False
        if self.classes and not self.classes <= set(element.attributes.get("class", "").split()):
            return False
        if self.ids and element.attributes.get("id") not in self.ids:
            return False
        return all(_has(element, *each) for each in self.attributes) and all(
            _is(element, name) for name in self.pseudo
        )


class Selector(NamedTuple):
    """Compounds from right to left, each with what joins it to the one on its right."""

    compounds: tuple[tuple[str, Compound], ...]
    specificity: tuple[int, int, int]

    @property
    def is_plain(self) -> bool:
        """Return whether it asks for nothing but name, classes and ids of the element itself."""
        only = self.compounds[0][1]
        return len(self.compounds) == 1 and not only.attributes and not only.pseudo

    @property
    def keys(self) -> tuple[str, ...]:
        """Return one key by which elements that may match are found: `.class`, `#id`, tag or *."""
        last = self.compounds[0][1]
        if last.classes:
            return (f".{min(last.classes)}",)
        if last.ids:
            return (f"#{min(last.ids)}",)
        return (last.tag or "*",)

    def matches(self, element: Element) -> bool:
        """Return whether an element is selected."""
        if not self.compounds[0][1].matches(element):
            return False
        reached = [element]
        for place, (joint, compound) in enumerate(self.compounds[1:], start=2):
            around = _parents(reached) if joint == ">" else reached[0].ancestors
            found = (each for each in islice(around, _DEEPEST) if compound.matches(each))
            # Of the ancestors that match, the nearest is enough, unless its parent is asked for.
            all_of_them = [each for each, _ in self.compounds[place : place + 1]] == [">"]
            reached = list(found if all_of_them else islice(found, 1))
            if not reached:
                return False
        return True


@lru_cache(maxsize=4096)
def read_selector(text: str) -> Selector | None:
    """Return a selector, or None for one that is not understood."""
    parts = _COMBINATOR.split(text.strip()) if len(text) < 500 else []
    if not parts or len(parts) > 2 * _MOST_PARTS or not all(parts[::2]):
        return None
    compounds: list[tuple[str, Compound]] = []
    joint = ""
    for place in range(len(parts) - 1, -1, -2):
        compound = _compound(parts[place])
        if compound is None:
            return None
        compounds.append((joint, compound))
        joint = (parts[place - 1] or " ") if place else ""
        if joint in ("+", "~"):
            return None
    return Selector(tuple(compounds), _specificity([each for _, each in compounds]))


def _specificity(compounds: list[Compound]) -> tuple[int, int, int]:
    return (
        sum(len(each.ids) for each in compounds),
        sum(len(each.classes) + len(each.attributes) + len(each.pseudo) for each in compounds),
        sum(bool(each.tag) for each in compounds),
    )


def _compound(text: str) -> Compound | None:
    match = _COMPOUND.fullmatch(text)
    if match is None:
        return None
    pieces = _PIECE.findall(match["rest"])
    attributes = [_ATTRIBUTE.fullmatch(each) for each in pieces if each[0] == "["]
    tag = (match["tag"] or "").lower()
    return (
        Compound(
            "" if tag == "*" else tag,
            frozenset(each[1:] for each in pieces if each[0] == "#"),
            frozenset(each[1:] for each in pieces if each[0] == "."),
            tuple(
                (each["name"].lower(), each["how"] or "", (each["value"] or "").strip("\"'"))
                for each in attributes
                if each
            ),
            frozenset(each for each in pieces if each[0] == ":"),
        )
        if all(attributes)
        else None
    )


def _parents(elements: list[Element]) -> Iterator[Element]:
    return (each.parent for each in elements if each.parent is not None)


def _has(element: Element, name: str, how: str, value: str) -> bool:
    if name not in element.attributes:
        return False
    found = element.attributes[name]
    ways = {
        "": True,
        "=": found == value,
        "~=": value in found.split(),
        "|=": found == value or found.startswith(f"{value}-"),
        "^=": bool(value) and found.startswith(value),
        "$=": bool(value) and found.endswith(value),
        "*=": bool(value) and value in found,
    }
    return ways[how]


def _is(element: Element, pseudo: str) -> bool:
    if pseudo == ":root":
        return element.tag == "html"
    parent = element.parent
    siblings = [each for each in parent.children if isinstance(each, Element)] if parent else []
    if not siblings:
        return False
    return siblings[0 if pseudo == ":first-child" else -1] is element
