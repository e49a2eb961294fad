"""Every rule by which files are checked: what it looks for, why, and how to mend what it finds.

A rule's id stands in waivers and in other people's CI, so it never changes its meaning. An error is
only what would harm a reader or the sender.
"""

from __future__ import annotations

from functools import cache

from digest.content import file_rules, text_rules
from digest.model.finding import CheckRule, Finding

#: All rules that this room finds anything by.
RULES: tuple[CheckRule, ...] = (*file_rules.RULES, *text_rules.RULES)


@cache
def _by_id() -> dict[str, CheckRule]:
    return {rule.id: rule for rule in RULES}


def noticed(rule: str, file: str, what: str, hint: str = "", line: int = 0) -> Finding:
    """Return a finding of a rule, at the rule's level."""
    level = _by_id()[rule].level
    return Finding(rule=rule, level=level, file=file, line=line, what=what, hint=hint)
