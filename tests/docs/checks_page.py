"""The table of docs/checks.md, made from the rules themselves.

`python -m tests.docs.checks_page` writes it into the page.
"""

from __future__ import annotations

from digest.model.finding import CheckRule
from digest.workflow.gate_rules import catalogue
from tests.docs.pages import TOP

PAGE = TOP / "docs" / "checks.md"
BEGIN = "<!-- rules: written by `python -m tests.docs.checks_page` -->\n"
END = "<!-- end of rules -->"
_HEAD = "| rule | level | what | why | how to mend |\n| --- | --- | --- | --- | --- |\n"


def table() -> str:
    """Return the table of all rules, by id."""
    return _HEAD + "".join(_row(rule) for rule in catalogue().values())


def written() -> str:
    """Return the table that stands in the page."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return rest.partition(END)[0]


def write() -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")


def _row(rule: CheckRule) -> str:
    level = rule.level.value + ("" if rule.waivable else ", always")
    cells = (f"`{rule.id}`", level, *map(_cell, (rule.what, rule.why, rule.mend)))
    return f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    write()
