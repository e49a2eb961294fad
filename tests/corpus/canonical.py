"""A mail's HTML in a form in which only what means something differs.

A list of lines, one for each tag, text and conditional comment. Gone are: order of attributes and
of classes, empty attributes, white space that no browser draws, how a character is written, the
order of declarations that do not touch each other, conditional comments that end and begin again.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

#: Lines that stand within a line of text; white space beside them is drawn.
INLINE = re.compile(
    "a|abbr|b|bdi|bdo|br|cite|code|em|i|img|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr"
)
_VOID = re.compile("area|br|col|hr|img|input|link|meta|wbr")
_PIECE = re.compile(
    r"<!--\[if (?P<condition>[^\]]+)\]>(?:<!-->)?"
    r"|(?P<end><!--<!\[endif\]-->|<!\[endif\]-->)"
    r"|(?P<comment><!--.*?-->)|(?P<doctype><![a-z][^>]*>)"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][\w:-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^\"'>])*)>"
    r"|(?P<text>[^<]+|<)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([^\s=\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_SPACE = re.compile(r"[ \t\r\n\f]+")


class Line(NamedTuple):
    """One piece of a mail. `kind` is open, close, text, css, if or endif."""

    kind: str
    name: str
    """The tag, or the text, CSS or condition itself."""
    attributes: tuple[tuple[str, str], ...] = ()
    styles: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the line as a person reads it in a failure."""
        said = "".join(f' {name}="{value}"' for name, value in self.attributes)
        style = "; ".join(f"{name}: {value}" for name, value in self.styles)
        return f"{self.kind:5} {self.name}{said}" + (f" {{{style}}}" if style else "")


def canonical(html: str) -> list[Line]:
    """Return the lines of a mail."""
    return _merged(_trimmed(list(_lines(html))))


def _lines(html: str) -> list[Line]:
    lines: list[Line] = []
    position = 0
    while position < len(html):
        found = _PIECE.match(html, position)
        assert found, html[position : position + 40]
        position = found.end()
        lines += _line(found)
        if found["name"] == "style" and not found["close"]:
            end = html.index("</style>", position)
            lines += _css(html[position:end])
            position = end
    return lines


def _line(found: re.Match[str]) -> list[Line]:
    if found["condition"]:
        return [Line("if", _SPACE.sub(" ", found["condition"]).strip())]
    if found["end"]:
        return [Line("endif", "")]
    if found["comment"] or found["doctype"]:
        return []
    if found["text"]:
        return [Line("text", _SPACE.sub(" ", found["text"]))]
    name = found["name"].lower()
    if found["close"]:
        return [] if _VOID.fullmatch(name) else [Line("close", name)]
    return [_opened(name, found["attributes"])]


def _opened(name: str, written: str) -> Line:
    attributes: list[tuple[str, str]] = []
    styles: tuple[tuple[str, str], ...] = ()
    for key, *values in _ATTRIBUTE.findall(written):
        value = unescape("".join(values))
        if key == "style":
            styles = declarations(value)
        elif key == "class":
            attributes += [(key, " ".join(sorted(value.split())))] if value.strip() else []
        else:
            attributes += [(key, _SPACE.sub(" ", value))] if value or key in ("alt",) else []
    return Line("open", name, tuple(sorted(attributes)), styles)


def declarations(style: str) -> tuple[tuple[str, str], ...]:
    """Return a style's declarations: sorted, but those of one family stay as they stand."""
    found = []
    for each in style.split(";"):
        name, colon, value = each.partition(":")
        if colon:
            found.append((name.strip().lower(), _SPACE.sub(" ", value.strip())))
    return tuple(sorted(found, key=lambda pair: pair[0].lstrip("-").split("-")[0]))


def _css(text: str) -> list[Line]:
    flat = re.sub(r"\s*([{};:,>])\s*", r"\1", _SPACE.sub(" ", text)).strip()
    return [Line("css", flat.replace(";}", "}"))] if flat else []


def _trimmed(lines: list[Line]) -> list[Line]:
    """Return the lines without white space that no browser draws (CSS Text 3, section 4.1)."""
    kept: list[Line] = []
    spaced, last, verbatim = True, -1, 0  # spaced: a space would be drawn at a line's beginning
    for line in lines:
        verbatim += (line.kind == "open") - (line.kind == "close") if line.name == "pre" else 0
        if line.kind == "text":
            text = unescape(line.name)
            text = text.lstrip(" ") if spaced and not verbatim else text
            if not text:
                continue
            spaced, last = text.endswith(" "), len(kept)
            kept.append(Line("text", text))
            continue
        if (
            line.kind not in ("open", "close")
            or not INLINE.fullmatch(line.name)
            or line.name == "br"
        ):
            _strip_end(kept, last)
            spaced, last = True, -1
        elif line.name == "img":
            spaced, last = False, -1
        kept.append(line)
    return [line for line in kept if line.kind != "text" or line.name]


def _strip_end(kept: list[Line], last: int) -> None:
    """Take the space from a line's last text."""
    if last >= 0:
        kept[last] = Line("text", kept[last].name.rstrip(" "))


def _merged(lines: list[Line]) -> list[Line]:
    """Return the lines with conditional comments that touch each other made one."""
    kept: list[Line] = []
    conditions: list[str] = []
    for line in lines:
        if line.kind == "if":
            if kept and kept[-1].kind == "endif" and conditions and conditions[-1] == line.name:
                kept.pop()
                continue
            conditions.append(line.name)
        kept.append(line)
    return kept
