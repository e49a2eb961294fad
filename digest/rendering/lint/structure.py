"""Markup that holds together, and that can be listened to: headings, tables, ids, tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.mail import Mail, quoted, words_of
from digest.rendering.lint.reading import Part
from digest.rendering.lint.tree import Document, Element

HEADINGS = CheckRule(
    id="heading-order",
    level=Level.WARNING,
    what="not exactly one h1, a level that is skipped, or an empty heading",
    why="who listens to a mail jumps from heading to heading and loses the thread",
    mend="Use one h1 for the title, then h2, h3 in their order; size is a matter of style.",
)
TABLES = CheckRule(
    id="layout-table",
    level=Level.WARNING,
    what='a table for layout without role="presentation"',
    why="a screen reader counts out its rows and columns",
    mend='Write role="presentation" on it; a table of data has <th>.',
)
IDS = CheckRule(
    id="duplicate-id",
    level=Level.WARNING,
    what="two elements with the same id",
    why="a link inside the mail leads to the first of them",
    mend="Give each an id of its own, or none.",
)
TAGS = CheckRule(
    id="unbalanced-tags",
    level=Level.ERROR,
    what="tags that do not match, for everybody or for Outlook",
    why="a webmail puts the mail into its own page: a stray closing tag breaks out of it, an open "
    "one swallows what follows",
    mend="Close in reverse order what is opened, within the same conditional comment.",
)
RULES = (HEADINGS, TABLES, IDS, TAGS)

_LEVELS = ("h1", "h2", "h3", "h4", "h5", "h6")
_OF_DATA = ("th", "caption")


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what does not hold together."""
    yield from _headings(mail)
    yield from _tables(mail)
    yield from _ids(mail)
    yield from _tags(mail)


def _headings(mail: Mail) -> Iterator[Finding]:
    headings = [each for each in mail.html.elements if each.tag in _LEVELS]
    first = [each for each in headings if each.tag == "h1"]
    if len(first) != 1:
        count = len(first) or "no"
        yield mail.noticed(HEADINGS, f"there are {count} h1: one is the title of the mail")
    before = 0
    for heading in headings:
        level, words = int(heading.tag[1]), words_of(heading)
        if not words:
            yield mail.noticed(HEADINGS, f"a {heading.tag} is empty")
        elif before and level > before + 1:
            what = f"{quoted(words)} is an h{level} after an h{before}"
            yield mail.noticed(HEADINGS, what, about=words)
        before = level


def _tables(mail: Mail) -> Iterator[Finding]:
    plain, outlook = _bare(mail.html), _bare(mail.conditionals.document)
    for tables, where in ((plain, ""), (outlook[len(plain) :], "in Outlook, ")):
        if tables:
            count = len(tables)
            many = "a table for layout has" if count == 1 else f"{count} tables for layout have"
            words = quoted(words_of(tables[0]))
            yield mail.noticed(TABLES, f"{where}{many} no role: {words}")


def _bare(document: Document) -> list[Element]:
    """Return the tables that neither say that they are for layout, nor hold headed data."""
    of_data = {table for cell in document.find(*_OF_DATA) for table in _table_of(cell)}
    return [each for each in document.find("table") if not _is_told(each) and each not in of_data]


def _is_told(table: Element) -> bool:
    return table.attributes.get("role", "").lower() in ("presentation", "none", "table")


def _table_of(cell: Element) -> Iterable[Element]:
    """Return the table that a cell stands in, if there is one."""
    return [next((each for each in cell.ancestors if each.tag == "table"), cell)]


def _ids(mail: Mail) -> Iterator[Finding]:
    counted = Counter(
        each.attributes["id"] for each in mail.html.elements if "id" in each.attributes
    )
    for name, count in counted.items():
        if count > 1:
            yield mail.noticed(IDS, f"the id {quoted(name)} stands there {count} times")


def _tags(mail: Mail) -> Iterator[Finding]:
    plain = _mismatches(mail.html)
    yield from (mail.noticed(TAGS, what) for what in plain)
    for what in _mismatches(mail.conditionals.document):
        if what not in plain:
            yield mail.noticed(TAGS, f"in Outlook, {what}")


def _mismatches(document: Document) -> list[str]:
    found = [
        f"{_times(count)}<{tag}> is never closed"
        for tag, count in Counter(document.unclosed).items()
    ]
    found += [
        f"{_times(count)}</{tag}> closes nothing" for tag, count in Counter(document.stray).items()
    ]
    found += [
        f"a tag never ends, at {quoted(piece.text)}"
        for piece in document.pieces
        if piece.part is Part.BOGUS and piece.text.startswith("<")
    ]
    return found


def _times(count: int) -> str:
    return f"{count} times, " if count > 1 else ""
