"""What MRML 6.0.1 writes otherwise than MJML 5.4.1, each by its name and with its reason.

A difference is a way of looking at both mails in which it cannot be seen any more. The corpus must
be equal when all of them are looked away from, and in exactly the documents of
`differences.json` it must not be when one is not: so a new difference fails, and so does one that
an upgrade of MRML took away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.corpus.canonical import Line

Look = Callable[[list[Line]], list[Line]]


@dataclass(frozen=True)
class Difference:
    """One known difference."""

    name: str
    reason: str
    look: Look


def _without_style(line: Line, *names: str) -> Line:
    return line._replace(styles=tuple(each for each in line.styles if each[0] not in names))


def _without(line: Line, *names: str) -> Line:
    kept = tuple(each for each in line.attributes if each[0] not in names)
    return line._replace(attributes=kept)


def _in_outlook(lines: list[Line]) -> Iterator[tuple[Line, bool]]:
    """Yield each line, and whether only Outlook reads it."""
    inside = False
    for line in lines:
        if line.kind in ("if", "endif"):
            inside = line.kind == "if" and "!" not in line.name
        yield line, inside


def _word_spacing(lines: list[Line]) -> list[Line]:
    return [
        _without_style(line, "word-spacing") if ("role", "article") in line.attributes else line
        for line in lines
    ]


def _vertical_align(lines: list[Line]) -> list[Line]:
    return [_without(line, "vertical-align") if line.name == "td" else line for line in lines]


def _rule_order(lines: list[Line]) -> list[Line]:
    rule = re.compile(r"(?:\.moz-text-html )?\.mj-column-[^{}]+\{[^{}]*\}")

    def ordered(line: Line) -> Line:
        rules = sorted(rule.findall(line.name))
        return line._replace(name=rule.sub("", line.name) + "".join(rules))

    return [ordered(line) if line.kind == "css" else line for line in lines]


def _fractions(lines: list[Line]) -> list[Line]:
    def shorter(text: str) -> str:
        text = re.sub(r"(mj-column-per-\d+-\d{2})\d+", r"\1", text)
        text = re.sub(r"\d+\.\d+(?=%)", lambda found: f"{float(found[0]):.2f}", text)
        return re.sub(r"\d+\.\d+(?=px)", lambda found: f"{float(found[0]):.0f}", text)

    def shortened(line: Line) -> Line:
        if line.kind == "css":
            return line._replace(name=shorter(line.name))
        attributes = tuple((name, shorter(value)) for name, value in line.attributes)
        return line._replace(
            attributes=attributes,
            styles=tuple((name, shorter(value)) for name, value in line.styles),
        )

    return [shortened(line) if line.kind in ("css", "open") else line for line in lines]


def _style_elements(lines: list[Line]) -> list[Line]:
    kept: list[Line] = []
    opened: Line | None = None
    for line in lines:
        is_style = line.name == "style"
        again = is_style and line.kind == "open" and line == opened
        if again and kept and kept[-1].kind == "close":
            kept.pop()
            continue
        if is_style and line.kind == "open":
            opened = line
        if line.kind == "css" and kept and kept[-1].kind == "css":
            kept[-1] = kept[-1]._replace(name=kept[-1].name + line.name)
            continue
        kept.append(line)
    return kept


def _widths(lines: list[Line]) -> list[Line]:
    kept = []
    for line, in_outlook in _in_outlook(lines):
        if in_outlook and line.name in ("td", "table"):
            kept.append(_without(_without_style(line, "width"), "width"))
        elif line.name == "img" and line.kind == "open":
            kept.append(_without(line, "width"))
        elif line.name == "td" and [name for name, _ in line.styles] == ["width"]:
            kept.append(_without_style(line, "width"))
        elif line.name == "div" and ("margin", "0px auto") in line.styles:
            kept.append(_without_style(line, "max-width"))
        else:
            kept.append(line)
    return kept


def _outlook_classes(lines: list[Line]) -> list[Line]:
    kept = []
    for line, in_outlook in _in_outlook(lines):
        classes = dict(line.attributes).get("class", "")
        if in_outlook and "-outlook" in classes:
            plain = " ".join(sorted(classes.replace("-outlook", "").split()))
            attributes = {**dict(line.attributes), "class": plain}
            line = line._replace(attributes=tuple(attributes.items()))  # noqa: PLW2901
        kept.append(line)
    return kept


def _table_width(lines: list[Line]) -> list[Line]:
    return [
        line._replace(
            attributes=tuple(
                (name, value.removesuffix("px") if name == "width" else value)
                for name, value in line.attributes
            )
        )
        if line.name == "table"
        else line
        for line in lines
    ]


def _joined_conditionals(lines: list[Line]) -> list[Line]:
    kept: list[Line] = []
    for line in lines:
        if line.kind == "if" and kept and kept[-1].kind == "endif":
            kept.pop()
        else:
            kept.append(line)
    return kept


def _border_collapse(lines: list[Line]) -> list[Line]:
    return [
        _without_style(line, "border-collapse") if line.name == "table" else line for line in lines
    ]


def _body_class(lines: list[Line]) -> list[Line]:
    kept, moved = [], ""
    for line in lines:
        attributes = dict(line.attributes)
        if line.kind == "open" and line.name == "body":
            moved = attributes.pop("class", "")
        elif attributes.get("role") == "article" and moved:
            attributes["class"] = moved
        kept.append(line._replace(attributes=tuple(sorted(attributes.items()))))
    return kept


DIFFERENCES = (
    Difference(
        "word-spacing",
        "MJML says word-spacing:normal on the wrapper once more; it stands on body in both.",
        _word_spacing,
    ),
    Difference(
        "vertical-align-attribute",
        "MRML writes vertical-align as an attribute of a td, which no program knows.",
        _vertical_align,
    ),
    Difference(
        "order-of-column-rules",
        "MRML sorts the rules of column widths by name; each names a class of its own.",
        _rule_order,
    ),
    Difference(
        "fractions",
        "MRML counts with seven digits and does not round Outlook's pixels.",
        _fractions,
    ),
    Difference(
        "style-elements",
        "MRML gives each mj-style an element of its own, which Gmail takes better.",
        _style_elements,
    ),
    Difference(
        "widths-without-padding",
        "MRML forgets some paddings when it counts widths for Outlook and for pictures: "
        "pad the texts, not the section.",
        _widths,
    ),
    Difference(
        "outlook-classes",
        "Of several css-classes MRML marks only the last one as Outlook's.",
        _outlook_classes,
    ),
    Difference(
        "table-width",
        "MRML writes a table's width with its px, which programs read as the number.",
        _table_width,
    ),
    Difference(
        "joined-conditionals",
        "MJML joins conditional comments that touch each other also when their conditions differ.",
        _joined_conditionals,
    ),
    Difference(
        "border-collapse",
        "MRML writes border-collapse:separate on more tables; none of them draws it.",
        _border_collapse,
    ),
    Difference(
        "body-class",
        "MRML writes the css-class of mj-body on the wrapper inside of body, MJML on body itself.",
        _body_class,
    ),
)

#: Documents that do not look the same in a browser, each with its reason.
LOOKS_DIFFERENT = {
    "columns": "widths-without-padding: on a phone, a picture in a padded column in a padded "
    "section is as wide as the column without the section's padding",
    "attributes-table": "border-collapse: a dashed border of a table begins with another dash",
}
