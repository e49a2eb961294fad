"""Looks at assembled MJML before it is compiled: the compiler itself validates nothing.

Unknown components, attributes and values, wrong nesting, tags that do not match, texts where none
can stand, pictures without alt: each is an error at the author's own line. Depth and size are
limited, because 20,000 nested elements end the process. What is allowed is in `components` and
`elements`; `docs/mjml.md` says it to authors.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

from digest.rendering import conditionals, elements, entities, outlook
from digest.rendering.components import attributes_of, kind_of, schema, settled
from digest.rendering.elements import VOID
from digest.rendering.entities import CONTROL
from digest.rendering.markup import NOWHERE, MarkupError, Part, Place, Token, tokens

#: More than any mail: a template that writes more is in a loop.
MAX_CHARACTERS = 2_000_000
MAX_DEPTH = 60
MAX_ELEMENTS = 50_000
#: Each makes a kilobyte of HTML and more.
MAX_COMPONENTS = 2_000

__all__ = ["CONTROL", "MAX_CHARACTERS", "MAX_DEPTH", "MAX_ELEMENTS", "check", "schema"]

#: (what is wrong, what to do, what to look for in the author's file); the first is "" when fine.
Fault = tuple[str, str, str]
Attributes = tuple[tuple[str, str | None], ...]
_FINE: Fault = ("", "", "")


def check(marked: str) -> list[Token]:
    """Read marked MJML and return its tokens when nothing is wrong with it.

    Raises:
        MarkupError: the first thing that is wrong, with its place.
    """
    if len(marked) > MAX_CHARACTERS:
        raise MarkupError(NOWHERE, f"the mail has more than {MAX_CHARACTERS:,} characters")
    return _Reading().checked(tokens(marked))


class _Inside:
    """What it means to stand in an element. One object for each chain of elements."""

    __slots__ = ("above", "component", "is_component", "name", "parent")

    def __init__(self, name: str, outer: _Inside | None) -> None:
        self.name = name
        self.is_component = name in schema()
        self.component: str = name if self.is_component or outer is None else outer.component
        #: The name by which what stands in it is told where it stands.
        in_head = name == "mj-raw" and outer is not None and outer.name == "mj-head"
        self.parent = "mj-head" if in_head else name.lower()
        above = frozenset[str]() if self.is_component or outer is None else outer.above
        self.above: frozenset[str] = above | {"a" if name == "mj-button" else self.parent}


_inside = lru_cache(maxsize=4096)(_Inside)  # every mail nests in the same few ways
_NOTHING = _Inside("", None)


class _Reading:
    """One pass over a mail's tokens: each must stand where it may."""

    def __init__(self) -> None:
        self._stack: list[tuple[_Inside, Place]] = []
        self._seen: list[set[str]] = []
        self._revealed: list[int] = []
        self._needs_outlook = False
        self._rooted = False
        self._count = 0
        self._components = 0

    def checked(self, stream: Iterator[Token]) -> list[Token]:
        """Return the tokens when each stands where it may."""
        kept: list[Token] = []
        for token in stream:
            part = token.part
            if part is Part.TEXT:
                if not (token.text.isspace() and token.text.isascii()):
                    self._text(token)
            elif part is Part.CLOSE:
                self._close(token)
            elif part is Part.COMMENT:
                self._comment(token)
            else:
                self._open(token)
            kept.append(token)
        self._end()
        if self._needs_outlook:
            outlook.check(kept)
        return kept

    def _open(self, token: Token) -> None:
        name = token.text
        outer = self._stack[-1][0] if self._stack else _NOTHING
        if outer is _NOTHING:
            if self._rooted or name != "mjml":
                raise MarkupError(token.place, f"<{name}> stands outside of <mjml>")
            self._rooted = True
        what, hint, sought = _fault(name, token.attributes, outer)
        if what:
            raise MarkupError(token.place, what, hint, sought)
        if outer.is_component:
            _check_once(token, outer.name, self._seen[-1])
            self._components += name.startswith("mj-")
        self._count += 1
        if (
            len(self._stack) >= MAX_DEPTH
            or self._count > MAX_ELEMENTS
            or self._components > MAX_COMPONENTS
        ):
            raise self._too_much(token)
        if token.part is Part.OPEN:
            inside = _inside(name, outer)
            self._stack.append((inside, token.place))
            if inside.is_component:
                self._seen.append(set())

    def _too_much(self, token: Token) -> MarkupError:
        what = f"the mail has more than {MAX_COMPONENTS:,} components"
        if len(self._stack) >= MAX_DEPTH:
            what = f"elements are nested more than {MAX_DEPTH} deep"
        elif self._count > MAX_ELEMENTS:
            what = f"the mail has more than {MAX_ELEMENTS:,} elements"
        return MarkupError(token.place, what, "Look for a loop or an unclosed tag.")

    def _close(self, token: Token) -> None:
        name = token.text
        if not self._stack or self._stack[-1][0].name != name:
            raise self._mismatch(token)
        opened = self._stack.pop()[0]
        if opened.is_component:
            seen = self._seen.pop()
            if name == "mjml" and "mj-body" not in seen:
                raise MarkupError(token.place, "there is no <mj-body> in <mjml>", "Write one.")

    def _mismatch(self, token: Token) -> MarkupError:
        name = token.text
        if name.lower() in VOID:
            return MarkupError(token.place, f"</{name}> closes what needs no closing tag")
        if not self._stack:
            return MarkupError(token.place, f"</{name}> closes nothing", "Delete it.")
        opened, place = self._stack[-1]
        where = f" (opened in line {place.line})" if place.line else ""
        what = f"</{name}> stands where <{opened.name}>{where} must be closed"
        same = opened.name.lower() == name.lower()
        hint = "Write both in lower case." if same else f"Close <{opened.name}> first."
        return MarkupError(token.place, what, hint, f"</{name}")

    def _text(self, token: Token) -> None:
        inside = self._stack[-1][0] if self._stack else _NOTHING
        what, hint, sought = _text_fault(token.text, inside)
        if what:
            raise MarkupError(token.place, what, hint, sought)

    def _comment(self, token: Token) -> None:
        _check_comment(token)
        found = conditionals.read_comment(token.text)
        if found is None:
            return
        if found.fault[0]:
            raise MarkupError(token.place, *found.fault, token.text.split("\n")[0][:30])
        if found.begins:
            self._revealed.append(len(self._stack))
        elif found.ends:
            balanced = self._revealed and self._revealed.pop() == len(self._stack)
            self._needs_outlook |= not balanced
        else:
            self._needs_outlook |= not found.balanced

    def _end(self) -> None:
        if self._stack:
            last, place = self._stack[-1]
            raise MarkupError(place, f"<{last.name}> is never closed", "Close it.")
        if not self._rooted:
            raise MarkupError(NOWHERE, "there is no <mjml> in the mail's template")
        self._needs_outlook |= bool(self._revealed)


def _check_comment(token: Token) -> None:
    if found := CONTROL.search(token.text):
        what = f"the control character U+{ord(found[0]):04X} cannot be mailed"
        raise MarkupError(token.place, what, "Delete it.", found[0])


def _check_once(token: Token, parent: str, seen: set[str]) -> None:
    """Check what a component may hold only once, and in which order."""
    name = token.text
    if name in seen and name in schema() and schema()[name]["once"]:
        raise MarkupError(token.place, f"<{name}> stands twice in <{parent}>", "Make them one.")
    if name == "mj-head" and "mj-body" in seen:
        raise MarkupError(token.place, "<mj-head> stands below <mj-body>", "Move it above.")
    seen.add(name)


@lru_cache(maxsize=8192)  # a mail repeats the same few tags over and over
def _fault(name: str, attributes: Attributes, outer: _Inside) -> Fault:
    """Return what is wrong with a tag in its place."""
    if outer.name == "mj-attributes" or name.lower().startswith(("mj-", "mjml")):
        return _component_fault(name, attributes, outer.name)
    return _html_fault(name, attributes, outer)


def _component_fault(name: str, attributes: Attributes, parent: str) -> Fault:
    known = schema().get(name)
    may = schema()[parent]["children"] if parent in schema() else []
    if known is None and name not in may:
        return _unknown_component(name, may)
    if parent and name not in may:
        listed = ", ".join(f"<{each}>" for each in may)
        hint = f"In <{parent}> may stand: {listed}." if may else "It holds no components."
        return f"<{name}> cannot stand in <{parent}>", hint, ""
    kinds = attributes_of(name)
    for key, value in attributes:
        fault = _attribute_fault(name, key, value, kinds.get(key))
        if fault[0]:
            return fault
    if parent == "mj-attributes":
        named = name != "mj-class" or "name" in dict(attributes)
        return _FINE if named else ("<mj-class> has no name", 'Write name="...".', "")
    for need in known["needs"] if known else ():
        if need not in dict(attributes):
            hint = 'Say what it shows, or alt="".' if need == "alt" else f'Write {need}="...".'
            return f"<{name}> has no {need}", hint, ""
    return _FINE


def _unknown_component(name: str, may: list[str]) -> Fault:
    if name.lower() in schema():
        return f"unknown component <{name}>", f"Write it in lower case: <{name.lower()}>.", ""
    near = get_close_matches(name, [*may, *schema()], n=1)
    hint = _INSTEAD.get(name) or (
        f"Did you mean <{near[0]}>?" if near else "docs/mjml.md lists the components."
    )
    return f"unknown component <{name}>", hint, ""


#: What an author of MJML may look for here, and what stands in its place.
_INSTEAD = {
    "mj-include": "Use {% include %} of Jinja.",
    "mj-font": "No mail loads fonts from outside; theme.toml names font stacks.",
    "mj-hero": "Use <mj-section> with a background-color, and <mj-image>.",
    "mj-html-attributes": "Write the attributes where they belong, inside of <mj-text>.",
    "mj-carousel": "No interactive parts: use <mj-image>.",
    "mj-accordion": "No interactive parts: use <mj-text>.",
    "mj-navbar": "No interactive parts: use links in <mj-text>.",
    "mj-social": "Use links in <mj-text>.",
}


def _attribute_fault(name: str, key: str, value: str | None, written: str | None) -> Fault:
    if written is None:
        near = get_close_matches(key, attributes_of(name), n=1)
        hint = f"Did you mean '{near[0]}'?" if near else "docs/mjml.md says which it has."
        return f"<{name}> knows no '{key}'", hint, key
    if fault := _value_fault(key, value or ""):
        return f"<{name}>: {fault[0]}", fault[1], fault[2]
    if value is None or settled(value, written) is None:
        kind, shown = kind_of(written), (value or "")[:60]
        near_value = kind.near((value or "").strip())
        hint = f"Did you mean '{near_value}'?" if near_value else ""
        hint = f"Expected: {kind}. {hint}".strip()
        return f"'{shown}' is no value for {key} of <{name}>", hint, key
    return _FINE


def _value_fault(key: str, value: str) -> Fault | None:
    """Return what is wrong with any attribute's value, whatever it is for."""
    if found := CONTROL.search(value):
        code = f"U+{ord(found[0]):04X}"
        return f"the control character {code} in '{key}' cannot be mailed", "Delete it.", key
    if "&" in value:
        what, hint, sought = entities.fault(value, in_attribute=True)
        if what:
            return f"{what} (in '{key}')", hint, sought
    return None


def _html_fault(name: str, attributes: Attributes, outer: _Inside) -> Fault:
    lower, parent = name.lower(), outer.parent
    if schema()[outer.component]["holds"] != "html" and lower not in ("style", "meta"):
        hint = "HTML belongs into <mj-text>, <mj-table> or <mj-raw>."
        return f"<{lower}> cannot stand in <{parent}>", hint, ""
    what, hint = elements.fault(lower, parent, outer.above)
    if what:
        return what, hint, ""
    if lower == "img" and "alt" not in dict(attributes):
        return "<img> has no alt", 'Say what it shows, or alt="".', ""
    for key, value in attributes:
        if key[:2].lower() == "on":
            return f"'{key}' has no place in a mail", "Take it out.", key
        if fault := _value_fault(key, value or ""):
            return f"<{lower}>: {fault[0]}", fault[1], fault[2]
    return _FINE


@lru_cache(maxsize=2048)
def _text_fault(text: str, inside: _Inside) -> Fault:
    """Return what is wrong with a text that says something."""
    name, parent = inside.name, inside.parent
    holds = schema()[name]["holds"] if inside.is_component else "html"
    if found := CONTROL.search(text):
        code = f"U+{ord(found[0]):04X}"
        return f"the control character {code} cannot be mailed", "Delete it.", found[0]
    snippet = " ".join(text.split())[:30]
    if not name or holds in ("tags", "nothing"):
        what = f"the text '{snippet}' stands directly in <{name or 'nothing'}>"
        return what, "Put it into <mj-text>.", snippet.split(" ")[0]
    if holds == "css" or name == "style":
        return _css_fault(text)
    if parent in _NO_TEXT:
        what = f"the text '{snippet}' stands directly in <{parent}>"
        return what, "A browser moves it elsewhere: put it into a cell.", snippet.split(" ")[0]
    return entities.fault(text) if "&" in text else _FINE


_NO_TEXT = frozenset({"table", "tbody", "thead", "tfoot", "tr", "ul", "ol", "mj-table", "mj-head"})


def _css_fault(text: str) -> Fault:
    for sign, hint in (
        ("<!--", "Delete the comment signs; CSS has /* ... */."),
        ("-->", "Delete the comment signs; CSS has /* ... */."),
        ("</", "CSS ends with </mj-style>."),
    ):
        if sign in text:
            return f"'{sign}' stands in CSS", hint, sign
    plain = text.split("/*")
    for each in plain[1:]:
        if "*/" not in each:
            return "a comment in CSS is never closed", "Close it with */.", "/*"
    code = plain[0] + "".join(each.partition("*/")[2] for each in plain[1:])
    if code.count("{") != code.count("}"):
        return "the braces of the CSS do not match", "Give each { its }.", ""
    return _FINE
