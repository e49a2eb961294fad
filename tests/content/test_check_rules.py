"""The rules about files: whatever is found has a rule, and every rule can be found."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import digest.content
from digest.content.check_rules import RULES, noticed
from digest.model.finding import Level

ROOM = Path(digest.content.__file__ or "").parent
#: Calls that make a finding, and the place of the rule among their arguments.
_MAKERS = {"noticed": 0, "error": 0, "warn": 0, "catching": 0, "_error": 0}


def ids_in_source() -> set[str]:
    return {rule for path in ROOM.glob("*.py") for rule in _ids(path)}


def _ids(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            name = (
                function.attr
                if isinstance(function, ast.Attribute)
                else getattr(function, "id", "")
            )
            if name in _MAKERS and node.args:
                yield from _constants(node.args[0])
        elif isinstance(node, ast.Return) and path.name == "explain.py":
            # Sentences about pydantic's errors begin with the rule.
            if isinstance(node.value, ast.Tuple):
                yield from _constants(node.value.elts[0])
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "rule":
            yield from _constants(node.value)


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_rule_that_something_is_found_by_is_in_the_table() -> None:
    # What `explain` and others hand on as a plain text is a sentence, not a rule.
    found = {rule for rule in ids_in_source() if rule.replace("-", "").isalpha()}

    assert found - {rule.id for rule in RULES} == set()


def test_every_rule_of_the_table_is_found_by_something() -> None:
    assert {rule.id for rule in RULES} - ids_in_source() == set()


def test_no_rule_stands_twice() -> None:
    ids = [rule.id for rule in RULES]

    assert sorted(set(ids)) == sorted(ids)


def test_every_rule_says_what_why_and_how_to_mend_in_one_line() -> None:
    for rule in RULES:
        for text in (rule.what, rule.why, rule.mend):
            assert text, rule.id
            assert "\n" not in text
            assert "|" not in text, f"{rule.id}: it would break the table"
            assert not text.endswith("."), rule.id


def test_what_breaks_a_file_cannot_be_waived_and_what_a_text_says_can() -> None:
    waivable = {rule.id: rule.waivable for rule in RULES}

    assert not waivable["unknown-key"]
    assert waivable["unexpected-file"]
    assert waivable["number-disagrees"]


def test_a_finding_has_the_level_of_its_rule() -> None:
    levels = {rule.id: rule.level for rule in RULES}

    assert noticed("doubt-dropped", "x.md", "what").level is Level.ERROR
    assert noticed("no-note", "x.md", "what").level is levels["no-note"] is Level.WARNING
