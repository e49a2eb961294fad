"""Waivers: findings that an editor knows of and means, each with its reason.

A waived finding stays in the list, with the reason, and stops nothing. What must stay true: a
waiver never hides what it does not name, and one that is wrong stops a send like any other error,
for whoever wrote it believes that something is settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from digest.model.finding import CheckRule, Finding, Level, Waiver


def apply_waivers(
    findings: Iterable[Finding], waivers: Sequence[Waiver], rules: Mapping[str, CheckRule]
) -> list[Finding]:
    """Return the findings, those that a waiver covers with its reason, and what is wrong with
    waivers: unknown rules, and rules that none may waive."""
    good = [waiver for waiver in waivers if waiver.rule in rules and rules[waiver.rule].waivable]
    wrong = [_wrong(waiver, rules) for waiver in waivers if waiver not in good]
    return [*cover(findings, good), *wrong]


def cover(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    """Return the findings, each with the reason of the waiver that covers it, if one does."""
    return [_waived(finding, waivers) for finding in findings]


def unused_waivers(
    findings: Iterable[Finding], waivers: Iterable[Waiver], files: frozenset[str]
) -> list[Finding]:
    """Return a note for each waiver in one of the files that waives none of the findings.

    `files` are those that were checked whole: an item of another issue is not among them.
    """
    found = list(findings)
    return [
        Finding(
            rule="waiver-unused",
            level=Level.NOTE,
            file=waiver.file,
            line=waiver.line,
            what=f"nothing is found that '{waiver.rule}' would have to be waived for",
            hint="Delete the waiver.",
        )
        for waiver in waivers
        if waiver.file in files and not any(_covers(waiver, finding) for finding in found)
    ]


def _waived(finding: Finding, waivers: Sequence[Waiver]) -> Finding:
    reason = next((waiver.reason for waiver in waivers if _covers(waiver, finding)), "")
    return replace(finding, waived=reason)


def _covers(waiver: Waiver, finding: Finding) -> bool:
    if waiver.rule != finding.rule:
        return False
    return not waiver.covers or finding.file in waiver.covers


def _wrong(waiver: Waiver, rules: Mapping[str, CheckRule]) -> Finding:
    rule, what = "waiver-forbidden", f"'{waiver.rule}' cannot be waived"
    hint = "Mend what it finds, and delete the waiver."
    if waiver.rule not in rules:
        near = get_close_matches(waiver.rule, rules, n=1)
        rule, what = "waiver-unknown", f"there is no rule '{waiver.rule}'"
        hint = f"Did you mean '{near[0]}'?" if near else "docs/checks.md has them all."
    return Finding(
        rule=rule,
        level=Level.ERROR,
        file=waiver.file,
        line=waiver.line,
        what=what,
        hint=hint,
    )
