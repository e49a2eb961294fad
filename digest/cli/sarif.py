"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the files.

What must stay true: the same findings give the same bytes, a result's `ruleIndex` is its rule's
place in the table, paths are relative to the site, and nothing personal is in it: a log is made to
be uploaded, so findings that name readers are only counted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from digest import __version__
from digest.model.finding import CheckRule, Finding

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: Where a finding stands that is about no file: a result without a place is shown by nobody.
_NOWHERE = "digest.toml"


def to_sarif(findings: Sequence[Finding], rules: Mapping[str, CheckRule]) -> dict[str, Any]:
    """Return a SARIF log of the findings with the table of all rules."""
    order = {rule: place for place, rule in enumerate(rules)}
    named = {rule.id for rule in rules.values() if rule.personal}
    personal = Counter(one.rule for one in findings if one.rule in named)
    driver = {
        "name": "digest",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": "https://github.com/digest-mailer/digest",
        "rules": [_rule(rule) for rule in rules.values()],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SITE": {"description": {"text": "The site's folder."}}},
        "results": [
            _result(one, order.get(one.rule, -1)) for one in findings if one.rule not in personal
        ],
    }
    if personal:
        run["properties"] = {"leftOut": dict(sorted(personal.items()))}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: CheckRule) -> dict[str, Any]:
    help_text = f"{_sentence(rule.why)} To mend: {_sentence(rule.mend)}"
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": _sentence(rule.what)},
        "fullDescription": {"text": f"{_sentence(rule.what)} {_sentence(rule.why)}"},
        "help": {"text": help_text, "markdown": help_text},
        "defaultConfiguration": {"level": rule.level.value},
        "properties": {"waivable": rule.waivable},
    }


def _result(finding: Finding, place: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": place,
        "level": finding.level.value,
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _location(finding)}],
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
    }
    if finding.edition:
        result["properties"] = {"edition": finding.edition}
    if finding.waived:
        result["suppressions"] = [
            {"kind": "inSource", "status": "accepted", "justification": finding.waived}
        ]
    return result


def _message(finding: Finding) -> str:
    return " ".join(filter(None, (_sentence(finding.what), finding.hint)))


def _location(finding: Finding) -> dict[str, Any]:
    # RFC 3986, section 4.2: a first segment with a colon would read as a scheme.
    path = quote(finding.file.replace("\\", "/").lstrip("/") or _NOWHERE, safe="/")
    return {
        "artifactLocation": {"uri": path, "uriBaseId": "SITE"},
        "region": {"startLine": max(1, finding.line)},
    }


def _fingerprint(finding: Finding) -> str:
    """Return what says that a finding is the same as before although lines have moved."""
    said = "\0".join((finding.rule, finding.file, finding.what))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
