"""SARIF: valid by the standard's own schema, always the same, and with nobody's address in it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.cli.sarif import to_sarif
from digest.model.finding import CheckRule, Finding, Level
from digest.workflow.gate_rules import catalogue
from tests.cli.json_schema import complaints

SCHEMA = json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text("utf-8"))
ALT = Finding(
    rule="missing-alt",
    level=Level.ERROR,
    what="a picture says nothing",
    file="content/news/items/a.md",
    line=4,
    edition="en 0123abcd",
    hint="Write what it shows.",
)


def results(*findings: Finding) -> list[dict[str, Any]]:
    log = to_sarif(findings, catalogue())
    found: list[dict[str, Any]] = log["runs"][0]["results"]
    return found


def test_a_log_of_every_rule_at_every_place_is_valid_by_the_standard() -> None:
    found = [
        Finding(rule=rule.id, level=rule.level, what="x", file=file, line=line, waived=waived)
        for rule in catalogue().values()
        for file, line in (("", 0), ("content/news/items/a.md", 7))
        for waived in ("", "It is meant.")
    ]

    log = json.loads(json.dumps(to_sarif(found, catalogue())))

    assert list(complaints(log, SCHEMA)) == []


def test_a_log_without_findings_is_valid_and_still_names_every_rule() -> None:
    log = to_sarif([], catalogue())

    assert list(complaints(log, SCHEMA)) == []
    assert log["runs"][0]["results"] == []
    assert [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]] == [*catalogue()]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda log: log.update(version="2.0.0"),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["results"][0].update(level="fatal"),
        lambda log: log["runs"][0]["results"][0].update(colour="red"),
        lambda log: log["runs"][0]["results"][0].update(ruleIndex=-2),
        lambda log: log["runs"][0]["tool"]["driver"].update(informationUri="not a uri"),
        lambda log: log["runs"].append(log),
    ],
)
def test_the_validator_notices_what_is_wrong(spoil: Any) -> None:
    log = json.loads(json.dumps(to_sarif([ALT], catalogue())))

    spoil(log)

    assert list(complaints(log, SCHEMA))


def test_a_result_has_its_rule_its_level_and_its_place() -> None:
    [result] = results(ALT)

    rules = [*catalogue()]
    assert rules[result["ruleIndex"]] == result["ruleId"] == "missing-alt"
    assert result["level"] == "error"
    assert result["message"]["text"] == "A picture says nothing. Write what it shows."
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "content/news/items/a.md"
    assert place["region"] == {"startLine": 4}
    assert result["properties"] == {"edition": "en 0123abcd"}
    assert "suppressions" not in result


def test_a_waived_finding_is_suppressed_with_its_reason() -> None:
    [result] = results(replace(ALT, waived="It is art."))

    assert result["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "It is art."}
    ]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("", "digest.toml"),
        (
            "content/news/items/手のひら 1%.md",
            "content/news/items/%E6%89%8B%E3%81%AE%E3%81%B2%E3%82%89%201%25.md",
        ),
        ("/etc/passwd", "etc/passwd"),
        ("a:b.md", "a%3Ab.md"),
    ],
)
def test_a_path_is_a_relative_uri_whatever_it_holds(file: str, uri: str) -> None:
    [result] = results(replace(ALT, file=file, line=0))

    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri
    assert place["region"] == {"startLine": 1}


def test_a_finding_is_known_again_when_lines_have_moved() -> None:
    here, moved, another = results(ALT, replace(ALT, line=90), replace(ALT, what="other"))

    assert here["partialFingerprints"] == moved["partialFingerprints"]
    assert here["partialFingerprints"] != another["partialFingerprints"]


def test_what_names_readers_is_left_out_and_counted() -> None:
    named = replace(ALT, rule="unsafe-value", what="subscriber 2 (jo@readers.example)", file="")

    log = to_sarif([named, ALT], catalogue())

    assert "jo@readers.example" not in json.dumps(log)
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == ["missing-alt"]
    assert log["runs"][0]["properties"] == {"leftOut": {"unsafe-value": 1}}
    assert list(complaints(log, SCHEMA)) == []


def test_every_rule_that_names_readers_says_so() -> None:
    assert {rule.id for rule in catalogue().values() if rule.personal} == {
        "empty-name",
        "unsafe-value",
    }


def test_the_same_findings_give_the_same_bytes() -> None:
    rules: dict[str, CheckRule] = dict(catalogue())

    first, second = (json.dumps(to_sarif([ALT], rules)) for _ in range(2))

    assert first == second
