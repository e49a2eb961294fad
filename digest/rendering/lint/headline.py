"""What an inbox shows of a mail: subject and preheader, and nothing in them that does harm.

Width is counted in cells of a terminal, where a Chinese character takes two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.mail import Mail, quoted
from digest.rendering.wrapping import cells

#: A wide inbox shows 70 to 80 cells; a phone shows half, so what counts stands first anyway.
LONGEST_SUBJECT = 78
#: The widest inboxes show about 140 beside a short subject.
LONGEST_PREHEADER = 140
_FEWEST_CAPITALS = 8

MISSING_SUBJECT = CheckRule(
    id="missing-subject",
    level=Level.ERROR,
    what="a mail without a subject",
    why="filters take it for spam, and nobody opens it",
    mend="Write subject in notes/next.md, or a pattern in newsletter.toml.",
)
MISSING_PREHEADER = CheckRule(
    id="missing-preheader",
    level=Level.WARNING,
    what="a mail without a preheader",
    why="the inbox shows the first words of the mail beside the subject, whatever they are",
    mend="Write preheader in notes/next.md.",
)
SAME = CheckRule(
    id="same-preheader",
    level=Level.WARNING,
    what="a preheader that says what the subject says",
    why="half of what the inbox shows is wasted",
    mend="Say in the preheader what else is inside.",
)
LONG_SUBJECT = CheckRule(
    id="long-subject",
    level=Level.WARNING,
    what="a subject of more than 78 cells (a Chinese character takes two)",
    why="every inbox cuts it, and it needs several lines in the header",
    mend="Shorten it; what counts stands in the first 40 cells.",
)
LONG_PREHEADER = CheckRule(
    id="long-preheader",
    level=Level.WARNING,
    what="a preheader of more than 140 cells",
    why="no inbox shows more",
    mend="Shorten it.",
)
WORDLESS = CheckRule(
    id="wordless-subject",
    level=Level.WARNING,
    what="a subject without a word: emoji or signs only",
    why="who listens hears the names of the signs, and filters count it as spam",
    mend="Say in words what is inside.",
)
SHOUTING = CheckRule(
    id="shouting",
    level=Level.WARNING,
    what="a subject or preheader all in capitals",
    why="filters count it as spam; some screen readers spell it out",
    mend="Write it as a sentence.",
)
UNSAFE = CheckRule(
    id="unsafe-character",
    level=Level.ERROR,
    what="control characters, characters that turn the direction of reading, encoded words",
    why="in a header they can add another one, or show a text that is not there",
    mend="Delete the character; it may be invisible: type the line again.",
    waivable=False,
)
RULES = (
    MISSING_SUBJECT,
    MISSING_PREHEADER,
    SAME,
    LONG_SUBJECT,
    LONG_PREHEADER,
    WORDLESS,
    SHOUTING,
    UNSAFE,
)

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_UNSAFE_IN_PARTS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]"
)
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,40}\?[bqBQ]\?")


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with subject and preheader, and unsafe characters anywhere."""
    subject, preheader = mail.rendered.subject, mail.rendered.preheader
    file = mail.note_file or mail.newsletter_file
    if not subject.strip():
        yield mail.noticed(MISSING_SUBJECT, "the mail has no subject", file=file)
    elif not any(map(str.isalnum, subject)):
        yield mail.noticed(WORDLESS, f"the subject {quoted(subject)} has no words", file=file)
    if not preheader.strip():
        yield mail.noticed(MISSING_PREHEADER, "the mail has no preheader", file=file)
    elif _plain(subject) == _plain(preheader):
        yield mail.noticed(SAME, f"subject and preheader are both {quoted(subject)}", file=file)
    yield from _long(mail, file)
    for name, said in (("subject", subject), ("preheader", preheader)):
        if _shouts(said):
            yield mail.noticed(SHOUTING, f"the {name} {quoted(said)} shouts", file=file)
    yield from _unsafe(mail, file)


def _long(mail: Mail, file: str) -> Iterator[Finding]:
    subject, preheader = cells(mail.rendered.subject), cells(mail.rendered.preheader)
    if subject > LONGEST_SUBJECT:
        what = f"the subject takes {subject} cells; an inbox shows {LONGEST_SUBJECT} at most"
        yield mail.noticed(LONG_SUBJECT, what, file=file)
    if preheader > LONGEST_PREHEADER:
        what = f"the preheader takes {preheader} cells; an inbox shows {LONGEST_PREHEADER} at most"
        yield mail.noticed(LONG_PREHEADER, what, file=file)


def _unsafe(mail: Mail, file: str) -> Iterator[Finding]:
    rendered = mail.rendered
    for name, said in (("subject", rendered.subject), ("preheader", rendered.preheader)):
        if match := _UNSAFE.search(said):
            what = f"the {name} holds the character U+{ord(match[0]):04X}"
            yield mail.noticed(UNSAFE, what, file=file)
        if match := _ENCODED_WORD.search(said):
            yield mail.noticed(UNSAFE, f"the {name} holds {quoted(match[0])}", file=file)
    for name, said in (("HTML", rendered.html), ("text", rendered.text)):
        if match := _UNSAFE_IN_PARTS.search(said):
            yield mail.noticed(UNSAFE, f"the {name} holds the character U+{ord(match[0]):04X}")


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _shouts(text: str) -> bool:
    """Return whether all of a text that has capitals is in capitals (an acronym is not enough)."""
    cased = [character for character in text if character.isupper() or character.islower()]
    return len(cased) >= _FEWEST_CAPITALS and all(map(str.isupper, cased)) and " " in text.strip()
