"""What was meant to be filled in, taken out or finished before anybody sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.mail import Mail, quoted

MARKER = CheckRule(
    id="leftover-marker",
    level=Level.ERROR,
    what="a marker where nothing personal is filled in, or an altered one",
    why="a reader sees a row of letters and digits in place of a name or link",
    mend="Print reader.* only in the two parts of the mail, as it is.",
    waivable=False,
)
TEMPLATE = CheckRule(
    id="leftover-template",
    level=Level.ERROR,
    what="pieces of a template: {{ }}, {% %}, *|NAME|*, %%name%%",
    why="a reader sees the machinery in place of what it should have said",
    mend="Fill it in, or take it out.",
)
UNFINISHED = CheckRule(
    id="unfinished-text",
    level=Level.ERROR,
    what="TK, TKTK, TODO:, FIXME, lorem ipsum",
    why="an editor meant to come back to it, and a mail cannot be called back",
    mend="Write what belongs there.",
)
PRINTED = CheckRule(
    id="printed-value",
    level=Level.WARNING,
    what="None, undefined, null, NaN or [object Object] where words should be",
    why="a template printed a value that was not there",
    mend="Give the value, or ask for it in the template: {% if ... %}.",
)
RULES = (MARKER, TEMPLATE, UNFINISHED, PRINTED)

_MARKER = re.compile(r"(?<![0-9a-zA-Z])mk[0-9a-fA-F]{16,32}(?:\d{0,2}k)?", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"\{\{[^{}\n]{0,200}\}?\}?|\{%[^{}\n]{0,200}%?\}?|\{#[^{}\n]{0,200}#\}"
    r"|\}\}|%\}|\*\|[A-Z_:0-9]{1,40}\|\*|%%[a-zA-Z_]{1,40}%%"
)
_UNFINISHED = re.compile(  # a Chinese character beside it ends a Latin word
    r"(?<![A-Za-z0-9_.-])(?:TK(?:TK)*|FIXME|TODO(?=:)|XXX+)(?!\.?[A-Za-z0-9_-])"
    r"|\b(?:[Ll]orem ipsum|[Dd]olor sit amet|[Cc]onsectetur adipisc)",
)
_ALONE = re.compile(r"[\W_]*(?P<value>None|undefined|null|NaN|\[object Object\])[\W_]*")
_WORTH_A_LOOK = re.compile(r"None|undefined|null|NaN|\[object")


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what was left in the subject, the preheader and both parts."""
    rendered = mail.rendered
    for name, said in (("subject", rendered.subject), ("preheader", rendered.preheader)):
        for marker in rendered.markers:
            if marker in said:
                yield mail.noticed(MARKER, f"the {name} holds the sign of something personal")
        yield from _in_words(mail, f"the {name}", said)
    said = "\n".join(words for _, words in mail.html.words)
    values = (value for each in mail.html.elements for value in _read_values(each.attributes))
    yield from _in_words(mail, "the HTML", "\n".join((said, *values)))
    yield from _in_words(mail, "the text", rendered.text)
    yield from _printed(mail)


def _read_values(attributes: dict[str, str]) -> Iterator[str]:
    """Yield the attributes that a reader sees, hears or follows."""
    for name in ("alt", "title", "aria-label", "href", "src"):
        if value := attributes.get(name):
            yield value


def _in_words(mail: Mail, where: str, text: str) -> Iterator[Finding]:
    for found in dict.fromkeys(_MARKER.findall(text)):
        if found not in mail.rendered.markers:
            yield mail.noticed(MARKER, f"{where} holds {quoted(found)}, which nothing fills")
    for found in dict.fromkeys(_TEMPLATE.findall(text)):
        yield mail.noticed(TEMPLATE, f"{where} holds {quoted(found)}", about=found)
    for match in _UNFINISHED.finditer(text):
        around = text[max(match.start() - 15, 0) : match.end() + 15]
        what = f"{where} holds {quoted(match[0])}, in {quoted(around)}"
        yield mail.noticed(UNFINISHED, what, about=match[0])


def _printed(mail: Mail) -> Iterator[Finding]:
    lines = mail.rendered.text.split("\n")
    said = [("the HTML", words) for _, words in mail.html.words]
    for where, words in (*said, *(("the text", line) for line in lines)):
        if not _WORTH_A_LOOK.search(words):
            continue
        match = _ALONE.fullmatch(words.rpartition(": ")[2] or words)
        if match:
            yield mail.noticed(PRINTED, f"{where} says only '{match['value']}'", about=words)
