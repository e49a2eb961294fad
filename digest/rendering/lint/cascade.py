"""What each element of a mail looks like, in light or in dark: a small cascade over real markup.

Inline styles, style elements with their media queries, `!important`, specificity, order, `bgcolor`
and the browser's own sheet, for the few properties that decide whether words can be read. None is
"cannot be known": a picture behind the words, a variable, a background that no one sets in dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from digest.rendering.lint.css import Declaration, read_declarations, read_sheet
from digest.rendering.lint.looks import Look, canvas, look_of
from digest.rendering.lint.media import holds, is_about_schemes
from digest.rendering.lint.selectors import Selector, read_selector
from digest.rendering.lint.tree import Document, Element

_NAMES = """
background background-color background-image color display font font-size font-weight height
max-height opacity overflow visibility
"""
_RELEVANT = frozenset(_NAMES.split())
_CLOSED = frozenset(("head", "script", "style", "template", "title"))
#: Whoever has more than this in a mail is told elsewhere that it is too large.
MOST_ELEMENTS = 20_000

Weight = tuple[int, int, int, int, int, int]


class _Rule(NamedTuple):
    selector: Selector
    order: int
    declarations: tuple[Declaration, ...]


#: Style elements as (media, CSS), so that the editions of a language share what was read.
Styles = tuple[tuple[str, str], ...]


def has_schemes(styles: Styles) -> bool:
    """Return whether a mail says anything about light or dark."""
    return any(
        is_about_schemes(media) or any(map(is_about_schemes, block.around))
        for media, css in styles
        for block in read_sheet(css).blocks
    )


def looks(document: Document, scheme: str) -> dict[Element, Look]:
    """Return what every element looks like to a reader with a light or dark screen."""
    if len(document.elements) > MOST_ELEMENTS:
        return {}
    rules = _rules(tuple(document.styles), scheme)
    found: dict[Element, Look] = {document.root: canvas(scheme)}
    alike: dict[tuple[str, ...], dict[str, str]] = {}
    for element in document.elements:  # parents come first
        parent = element.parent
        assert parent is not None  # only the root has none
        values = _values(element, rules, alike)
        found[element] = look_of(element, values, found[parent], closed=element.tag in _CLOSED)
    return found


@lru_cache(maxsize=64)  # as in `read_sheet`
def _rules(styles: Styles, scheme: str) -> dict[str, list[_Rule]]:
    """Return the rules that decide about colours, by the key of what they select."""
    found: dict[str, list[_Rule]] = {}
    for order, (selector, declarations) in enumerate(_selected(styles, scheme)):
        for key in selector.keys:
            found.setdefault(key, []).append(_Rule(selector, order, declarations))
    return found


def _selected(styles: Styles, scheme: str) -> Iterator[tuple[Selector, tuple[Declaration, ...]]]:
    """Yield selectors with what they declare; Outlook alone sets the attributes `data-og..`."""
    for media, css in styles:
        if not holds(media, scheme):
            continue
        for block in read_sheet(css).blocks:
            declarations = tuple(each for each in block.declarations if each.name in _RELEVANT)
            if not declarations or not all(_opens(each, scheme) for each in block.around):
                continue
            for text in block.selectors:
                if not text.startswith("[data-og") and (selector := read_selector(text)):
                    yield selector, declarations


def _opens(prelude: str, scheme: str) -> bool:
    name, _, query = prelude.partition(" ")
    if name.lower().startswith("@media"):
        return holds(prelude[len("@media") :].strip(), scheme)
    return name.lower() == "@supports" and not query.lower().startswith("not")


def _values(
    element: Element,
    rules: dict[str, list[_Rule]],
    alike: dict[tuple[str, ...], dict[str, str]],
) -> dict[str, str]:
    """Return what the cascade leaves of the declarations for an element.

    Elements of the same name, classes, id and style are `alike` where no selector asks for more.
    """
    own = element.attributes
    key = (element.tag, own.get("class", ""), own.get("id", ""), own.get("style", ""))
    if key in alike:
        return alike[key]
    candidates = list(_candidates(element, rules))
    values = _cascaded(element, candidates)
    if all(rule.selector.is_plain for rule in candidates):
        alike[key] = values
    return values


def _cascaded(element: Element, candidates: list[_Rule]) -> dict[str, str]:
    found: dict[str, tuple[Weight, str]] = {}
    for rule in candidates:
        if rule.selector.matches(element):
            _lay(found, rule.declarations, (0, *rule.selector.specificity, rule.order))
    if style := element.attributes.get("style"):
        inline = tuple(each for each in read_declarations(style) if each.name in _RELEVANT)
        _lay(found, inline, (1, 0, 0, 0, 0))
    return {name: value for name, (_, value) in found.items()}


def _candidates(element: Element, rules: dict[str, list[_Rule]]) -> Iterator[_Rule]:
    yield from rules.get(element.tag, ())
    yield from rules.get("*", ())
    if not element.attributes:
        return
    for name in dict.fromkeys(element.attributes.get("class", "").split()):
        yield from rules.get(f".{name}", ())
    if "id" in element.attributes:
        yield from rules.get(f"#{element.attributes['id']}", ())


def _lay(
    found: dict[str, tuple[Weight, str]],
    declarations: tuple[Declaration, ...],
    strength: tuple[int, int, int, int, int],
) -> None:
    """Lay declarations over what was found: the stronger or, among equals, the later stays."""
    for name, value, important in declarations:
        weight = (int(important), *strength)
        for each, part in _longhands(name, value):
            before = found.get(each)
            if before is None or before[0] <= weight:
                found[each] = (weight, part)


def _longhands(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield what a declaration sets; `background` sets both colour and picture."""
    if name == "background":
        yield "background-color", value
        yield "background-image", value
    elif name == "font":
        yield from _font(value)
    else:
        yield name, value


def _font(value: str) -> Iterator[tuple[str, str]]:
    """Yield size and weight of a `font` shorthand."""
    words = value.replace("/", " ").split()
    size = next((word for word in words if word[0].isdigit() and word[-1] in "xtm%"), "")
    weight = next((word for word in words if word in ("bold", "bolder") or word.isdigit()), "400")
    if size:
        yield "font-size", size
        yield "font-weight", weight
