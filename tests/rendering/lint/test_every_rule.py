"""Every rule of the linter: a mail that breaks it, one that does not, and a row for the docs."""

from __future__ import annotations

import re

import pytest

from digest.rendering.lint.rules import RULES
from tests.rendering.lint.cases import CASES, Case
from tests.rendering.lint.mail_maker import lint, mail, rules


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_mail_that_breaks_the_rule_is_told_so(case: Case) -> None:
    found = lint(case.broken, question=case.question)

    levels = {rule.id: rule.level for rule in RULES}
    told = [finding for finding in found if finding.rule == case.rule]
    assert told
    assert {finding.level for finding in told} == {levels[case.rule]}
    assert all(finding.what and finding.hint for finding in told)
    assert {finding.edition for finding in told} == {"en 01234567"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_mail_that_keeps_the_rule_is_not_told_of_it(case: Case) -> None:
    assert case.rule not in rules(case.whole, question=case.question)


def test_every_rule_has_a_mail_that_breaks_it() -> None:
    assert sorted(case.rule for case in CASES) == sorted(rule.id for rule in RULES)


def test_every_rule_says_what_why_and_how_to_mend_it() -> None:
    for rule in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
        assert all((rule.what, rule.why, rule.mend))
        assert rule.mend.endswith(".")
        assert not rule.what.endswith(".")


def test_a_mail_without_a_fault_has_no_finding() -> None:
    assert lint(mail()) == []


def test_the_same_mail_has_the_same_findings_in_the_same_order() -> None:
    broken = mail('<p style="color:#aaa">A</p><form></form>', subject="")

    assert lint(broken) == lint(broken)
