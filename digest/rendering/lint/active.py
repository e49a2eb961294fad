"""What a mail must not do: run, ask for input, embed, redirect."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.mail import Mail
from digest.rendering.lint.tree import Document

ACTIVE = CheckRule(
    id="active-content",
    level=Level.ERROR,
    what="forms, scripts, frames, embedded objects, video, audio, <base>, a redirect",
    why="clients strip them, so that a hole is left, and filters take a mail that holds "
    "them for an attack on its reader",
    mend="Link to a page that does it.",
    waivable=False,
)
HANDLERS = CheckRule(
    id="event-handler",
    level=Level.ERROR,
    what="an attribute that runs code, such as onclick",
    why="filters take a mail that holds one for an attack on its reader",
    mend="Delete it; no mail client runs it.",
    waivable=False,
)
OUTLOOK = CheckRule(
    id="outlook-comments",
    level=Level.ERROR,
    what="conditional comments that do not match",
    why="Outlook hides the rest of the mail, or everybody else sees what was for Outlook",
    mend="Close <!--[if mso]> with <![endif]-->, <!--[if !mso]><!--> with <!--<![endif]-->.",
)
RULES = (ACTIVE, HANDLERS, OUTLOOK)

_NAMES = """
applet audio base button dialog embed form frame frameset iframe input object portal script select
template textarea video
"""
#: The elements that do.
FORBIDDEN = _NAMES.split()


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what runs, asks, embeds or redirects, and Outlook's comments that do not match."""
    plain = _found(mail.html)
    yield from (mail.noticed(rule, what) for rule, what in plain)
    for rule, what in _found(mail.conditionals.document):
        if (rule, what) not in plain:
            yield mail.noticed(rule, f"for Outlook, {what}")
    for broken in mail.conditionals.broken:
        yield mail.noticed(OUTLOOK, broken)


def _found(document: Document) -> list[tuple[CheckRule, str]]:
    tags = dict.fromkeys(each.tag for each in document.find(*FORBIDDEN))
    found = [(ACTIVE, f"there is a <{tag}>") for tag in tags]
    found += [
        (HANDLERS, f"<{element.tag}> has {name}")
        for element in document.elements
        for name in element.attributes
        if name.startswith("on") and name.isalpha() and len(name) > 3
    ]
    equivalents = (each.attributes.get("http-equiv", "") for each in document.find("meta"))
    if any(each.lower() in ("refresh", "set-cookie") for each in equivalents):
        found.append((ACTIVE, "there is a <meta> that redirects the reader or sets a cookie"))
    return found
