"""The HTML that a mail may hold inside of MJML, and where each element may stand.

A browser moves or drops what stands in a wrong place: a block inside of `<p>` ends the paragraph,
a row outside of a table loses its cells. What is not listed here has no place in a mail, or is a
slip of the pen.
"""

from __future__ import annotations

from difflib import get_close_matches


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Elements that stand within a line of text; white space beside them is drawn.
INLINE = _words(
    "a abbr b bdi bdo br cite code del dfn em font i img ins kbd mark q s samp small span strike "
    "strong sub sup time tt u var wbr"
)
_BLOCKS = _words(
    "address article aside blockquote center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 "
    "h6 header hr li main nav ol p pre section table ul"
)
#: Elements of HTML that have no content and no closing tag.
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
#: Elements in which white space is kept as it is written.
VERBATIM = frozenset({"pre", "style"})
_TABLE = frozenset({"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"})
_HEAD = frozenset({"meta", "style"})
_HTML = INLINE | _BLOCKS | _TABLE | _HEAD | {"map", "area", "picture", "source", "video"}
_NEVER = _words(
    "applet audio base body button canvas dialog embed form frame frameset head html iframe input "
    "link marquee math noscript object script select svg template textarea title"
)
#: Where an element stands, when that is told by its nearest parent alone.
_PARENTS = {
    "caption": ("table", "mj-table"),
    "col": ("colgroup",),
    "colgroup": ("table", "mj-table"),
    "tbody": ("table", "mj-table"),
    "thead": ("table", "mj-table"),
    "tfoot": ("table", "mj-table"),
    "tr": ("table", "mj-table", "tbody", "thead", "tfoot", "mj-raw"),
    "td": ("tr", "mj-raw"),
    "th": ("tr", "mj-raw"),
    "li": ("ul", "ol"),
    "dt": ("dl", "div"),
    "dd": ("dl", "div"),
    "area": ("map",),
    "meta": ("mj-head",),
    "style": ("mj-head",),
}
#: What may stand directly in an element that takes only certain ones.
_CHILDREN = {
    "table": ("caption", "colgroup", "tbody", "tfoot", "thead", "tr"),
    "mj-table": ("caption", "colgroup", "tbody", "tfoot", "thead", "tr"),
    "tbody": ("tr",),
    "thead": ("tr",),
    "tfoot": ("tr",),
    "tr": ("td", "th"),
    "ul": ("li",),
    "ol": ("li",),
    "colgroup": ("col",),
    "mj-head": ("meta", "style"),
}
#: Elements that hold a line of text; a block inside of one ends it.
_LINES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"})
#: Elements that do not stand in their own kind.
_ALONE = frozenset({"a"})


def fault(name: str, parent: str, above: frozenset[str]) -> tuple[str, str]:
    """Return what is wrong with an element in its place: (what, hint), or twice "".

    `parent` is the element or component around it (`mj-head` for the mj-raw of the head), `above`
    all elements around it that end up in the mail.
    """
    if name not in _HTML:
        return _unknown(name)
    if parent in _CHILDREN and name not in _CHILDREN[parent]:
        may = ", ".join(f"<{each}>" for each in _CHILDREN[parent])
        return f"<{name}> cannot stand in <{parent}>", f"There may stand: {may}."
    if name in _PARENTS and parent not in _PARENTS[name]:
        may = ", ".join(f"<{each}>" for each in _PARENTS[name])
        return f"<{name}> cannot stand in <{parent}>", f"It belongs into {may}."
    if name in _BLOCKS and (lines := above & _LINES):
        line = parent if parent in lines else min(lines)
        return f"<{name}> cannot stand in <{line}>", f"Close <{line}> first, or use <div>."
    if name in _ALONE and name in above:
        return f"<{name}> cannot stand in another <{name}>", "Close the first one."
    return "", ""


def _unknown(name: str) -> tuple[str, str]:
    if name in _NEVER:
        return f"<{name}> has no place in a mail", "Take it out."
    near = get_close_matches(name, _HTML, n=1)
    hint = f"Did you mean <{near[0]}>?" if near else "docs/mjml.md lists what a mail may hold."
    return f"unknown element <{name}>", hint
