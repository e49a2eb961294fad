"""Links in the text part: a number in the sentence, the address below its section.

A sentence with an address in it cannot be read aloud. What is personal (to answer, to leave) is no
footnote: it is a marker, and stands on a line of its own, right where one looks for it.
"""

from __future__ import annotations

import re

_RULE = re.compile(r"^-{10,}$", re.MULTILINE)
_LINK = re.compile(r" ?<((?:https?://|mailto:)[^<>\s]+)>")


def with_footnotes(text: str) -> str:
    """Return a text whose every address stands below the section that names it.

    The same address has the same number all over the text; a section is what lies between two
    lines of dashes.
    """
    numbers: dict[str, int] = {}
    sections = _RULE.split(text)
    rules = _RULE.findall(text)
    written = [_section(section, numbers) for section in sections]
    return written[0] + "".join(map("".join, zip(rules, written[1:], strict=True)))


def _section(text: str, numbers: dict[str, int]) -> str:
    named: dict[int, str] = {}

    def numbered(link: re.Match[str]) -> str:
        number = numbers.setdefault(link[1], len(numbers) + 1)
        named[number] = link[1]
        return f" [{number}]"

    body = _LINK.sub(numbered, text)
    if not named:
        return text
    notes = "\n".join(f"[{number}] <{address}>" for number, address in sorted(named.items()))
    return f"{body.rstrip()}\n\n{notes}\n\n"
