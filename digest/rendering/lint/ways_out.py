"""The personal links that a mail owes its reader, and the same links in both parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model.edition import Placeholder
from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.mail import Mail, quoted

LEAVE = CheckRule(
    id="missing-unsubscribe",
    level=Level.ERROR,
    what="a mail without a link to leave, in HTML or in text, though there is one",
    why="who finds no way out says spam instead, and the law asks for it",
    mend="Print reader.leave_url in the foot of both parts.",
    waivable=False,
)
ANSWER = CheckRule(
    id="missing-answer",
    level=Level.ERROR,
    what="an invitation that cannot be accepted or declined, in HTML or in text",
    why="a creator is asked and cannot answer, and the question counts as asked",
    mend="Print reader.accept_url and reader.decline_url beside the question, in both parts.",
)
DIFFERENT = CheckRule(
    id="different-links",
    level=Level.ERROR,
    what="a link that only one of the two parts has",
    why="readers of the other part miss it; filters compare the two",
    mend="Print it in templates/mail/issue.txt.j2 as well as in the HTML.",
)
RULES = (LEAVE, ANSWER, DIFFERENT)

_ANSWERS = (Placeholder.ACCEPT_URL, Placeholder.DECLINE_URL)
#: Which of the placeholders are links: a name in a text is no link.
_LINKS = (Placeholder.LEAVE_URL, *_ANSWERS)
_TEXT = "templates/mail/issue.txt.j2"
_LEAVE_FILES = {"HTML": "templates/mail/blocks/foot.mjml.j2", "text": _TEXT}
_ANSWER_FILES = {"HTML": "templates/mail/kinds/invitation.mjml.j2", "text": _TEXT}
_IN_ANGLES = re.compile(r"<(?P<address>[^<>\s]{1,4000})>")
_BARE = re.compile(r"(?:https?://|mailto:)[^\s<>\"'「」『』（）、。，]++")
_AFTER = ".,;:!?)]}»”’"


def check(mail: Mail) -> Iterator[Finding]:
    """Yield the links that a part lacks."""
    in_html, in_text = _html_links(mail), _text_links(mail)
    named = {"HTML": _personal(mail, in_html), "text": _personal(mail, in_text)}
    offered = mail.links | named["HTML"] | named["text"]
    for part, found in named.items():
        if Placeholder.LEAVE_URL in offered - found:
            what = f"the {part} part has no link to leave"
            yield mail.noticed(LEAVE, what, file=_LEAVE_FILES[part])
        for each in _ANSWERS:
            if mail.edition.question is not None and each in offered - found:
                verb = "accept" if each is Placeholder.ACCEPT_URL else "decline"
                what = f"the {part} part has no link to {verb} the invitation"
                yield mail.noticed(ANSWER, what, file=_ANSWER_FILES[part])
    yield from _different(mail, in_html, in_text)


def _different(mail: Mail, in_html: set[str], in_text: set[str]) -> Iterator[Finding]:
    words = " ".join(words for _, words in mail.html.words) if in_text - in_html else ""
    for address in sorted(in_html - in_text):
        if mail.placeholder(address) is None:
            what = f"{quoted(address)} is in the HTML and not in the text"
            yield mail.noticed(DIFFERENT, what, about=address)
    for address in sorted(in_text - in_html):
        if mail.placeholder(address) is None and address not in words:
            what = f"{quoted(address)} is in the text and not in the HTML"
            yield mail.noticed(DIFFERENT, what, about=address)


def _html_links(mail: Mail) -> set[str]:
    links = (each.attributes.get("href", "").strip() for each in mail.html.find("a", "area"))
    return {link for link in links if link and not link.startswith("#")}


def _text_links(mail: Mail) -> set[str]:
    """Return what stands in the text as an address: in angle brackets, or by its scheme."""
    text = mail.rendered.text
    found = {
        each
        for each in _IN_ANGLES.findall(text)
        if mail.placeholder(each) or ":" in each or "//" in each
    }
    rest = _IN_ANGLES.sub(" ", text)
    bare = {each.rstrip(_AFTER) for each in _BARE.findall(rest)}
    words = {each.strip("<>()[]") for each in rest.split()}
    return found | bare | {word for word in words if mail.placeholder(word)}


def _personal(mail: Mail, links: set[str]) -> set[Placeholder]:
    found = {mail.placeholder(link) for link in links}
    return {each for each in found if each in _LINKS}
