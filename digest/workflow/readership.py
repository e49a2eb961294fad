"""The values of all who would get an issue: what cannot be mailed, and who makes it heaviest.

Looked at before anything is frozen, in one pass over the readers. A value that is wrong is a
warning and no error: its reader alone would be refused, and is named here, while holding back an
issue from everyone for one person's name would harm more. What must stay true: what passes here is
what the message room takes.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digest.errors import RecipientError
from digest.message.headers import address_field
from digest.model.edition import Personal, Placeholder
from digest.model.finding import Finding, Level
from digest.workflow.ports import Readers

#: So many readers are named; of the others only the number is said.
NAMED = 20
_RULE = "unsafe-value"


@dataclass(kw_only=True)
class Readership:
    """What a pass over the readers found."""

    readers: int = 0
    findings: list[Finding] = field(default_factory=list)
    without_name: int = 0
    first_without_name: str = ""
    longest_name: str = ""
    longest_address: str = ""

    def heaviest(self, links: Mapping[Placeholder, str]) -> Personal:
        """Return the values that make a message largest: of the longest name and address."""
        return Personal(name=self.longest_name, address=self.longest_address, links=links)


def readership_of(readers: Readers, newsletter: str, at: datetime) -> Readership:
    """Look at everybody whom a mailing of a newsletter would reach now."""
    return look_at_readers(readers.recipients(newsletter, at))


def look_at_readers(recipients: Iterable[tuple[int, str, str]]) -> Readership:
    """Read (subscriber id, address, name) of everybody once, and return what was found.

    Who cannot be mailed gets no message, and so makes none heavier.
    """
    seen, unsafe, name_weight, address_weight = Readership(), 0, -1, -1
    for subscriber_id, address, name in recipients:
        seen.readers += 1
        if trouble := _trouble(address, name):
            unsafe += 1
            if unsafe <= NAMED:
                seen.findings.append(_unsafe(subscriber_id, address, trouble))
            continue
        # In HTML a name weighs at most six bytes a character, so few names need to be written out.
        if len(name) * 6 > name_weight and (weight := _weight(name)) > name_weight:
            seen.longest_name, name_weight = name, weight
        if len(address) > address_weight:
            seen.longest_address, address_weight = address, len(address)
        if not name.strip():
            seen.without_name += 1
            seen.first_without_name = seen.first_without_name or address
    if unsafe > NAMED:
        seen.findings.append(_many(unsafe))
    return seen


def _weight(text: str) -> int:
    return len(html.escape(text).encode("utf-8", "replace"))


def _trouble(address: str, name: str) -> RecipientError | None:
    # A plain name and address need no closer look: nearly all are, and there may be a million.
    if name.isascii() and name.isprintable() and "=?" not in name and len(name) < 60:
        name = ""
    try:
        address_field("To", name, address)
    except RecipientError as error:
        return error
    return None


def _unsafe(subscriber_id: int, address: str, trouble: RecipientError) -> Finding:
    return Finding(
        rule=_RULE,
        level=Level.WARNING,
        what=f"subscriber {subscriber_id} ({address}) cannot be mailed: {trouble.what}",
        hint=trouble.hint or "Correct it: digest subscribers import FILE.",
    )


def _many(unsafe: int) -> Finding:
    return Finding(
        rule=_RULE,
        level=Level.WARNING,
        what=f"{unsafe - NAMED:,} more subscribers cannot be mailed, {unsafe:,} in all",
        hint="Correct these; the next ones are named then.",
    )
