"""docs/checks.md has every rule, and every finding that the program can make is one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from digest.content.check_rules import RULES as OF_CONTENT
from digest.model.finding import Level
from digest.rendering.lint.rules import RULES as OF_MAIL
from digest.workflow.gate_rules import RULES as OF_PLANS
from digest.workflow.gate_rules import catalogue
from tests.docs.checks_page import table, written
from tests.docs.pages import TOP

#: Functions whose first argument is a rule's id, by the file they are called in.
_TAKERS = frozenset({"error", "warn", "catching", "_warning", "_error"})


def test_the_table_is_what_the_rules_say() -> None:
    assert written() == table(), "write it: python -m tests.docs.checks_page"


def test_a_rule_that_is_looked_for_in_files_and_in_mail_is_one_rule() -> None:
    for room in (OF_CONTENT, OF_MAIL, OF_PLANS):
        for rule in room:
            shown = catalogue()[rule.id]
            assert (shown.level, shown.waivable) == (rule.level, rule.waivable), rule.id
        assert len({rule.id for rule in room}) == len(room)


def test_every_rule_says_what_why_and_how_to_mend() -> None:
    for rule in catalogue().values():
        assert rule.id == rule.id.lower().replace(" ", "-").replace("_", "-")
        assert all((rule.what, rule.why, rule.mend)), rule.id


def test_every_rule_that_the_program_names_is_in_the_table() -> None:
    named = {
        (rule, path.relative_to(TOP).as_posix())
        for path in sorted((TOP / "digest").rglob("*.py"))
        for rule in _rules_named(path)
    }

    assert len(named) > 40
    assert sorted((rule, path) for rule, path in named if rule not in catalogue()) == []


def test_every_rule_of_the_table_is_one_that_the_program_can_find() -> None:
    said = {
        node.value
        for path in (TOP / "digest").rglob("*.py")
        if path.name not in ("gate_rules.py", "check_rules.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert [rule for rule in catalogue() if rule not in said] == []


def test_what_no_reason_makes_harmless_cannot_be_waived() -> None:
    never = {rule.id for rule in catalogue().values() if not rule.waivable}

    assert {"leftover-marker", "missing-unsubscribe", "unsafe-link", "edition", "content"} <= never
    assert all(catalogue()[rule].level is Level.ERROR for rule in never)


def _rules_named(path: Path) -> Iterator[str]:
    """Yield the ids that a file gives to findings: `rule="x"`, `error("x", ...)`, `"x", what`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "rule":
            yield from _texts(node.value)
        elif isinstance(node, ast.Call) and node.args and _name(node.func) in _TAKERS:
            yield from _texts(node.args[0])
        elif isinstance(node, ast.Return) and path.name == "explain.py":
            yield from _texts(node.value.elts[0] if isinstance(node.value, ast.Tuple) else None)


def _texts(node: ast.expr | None) -> Iterator[str]:
    said = node.value if isinstance(node, ast.Constant) else None
    if isinstance(said, str) and said and not {" ", "{"} & {*said}:
        yield said


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
