"""What classic Outlook sees: its comments opened, the others' parts left out, tags that match."""

from __future__ import annotations

import pytest

from digest.rendering.lint.outlook import is_for_outlook, read_conditionals
from digest.rendering.lint.tree import read_html
from tests.rendering.lint.mail_maker import lint, mail


def seen(html: str) -> tuple[str, list[str]]:
    """Return what Outlook reads, and what is wrong with the comments."""
    conditionals = read_conditionals(read_html(html).pieces)
    return conditionals.document.root.text, conditionals.broken


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ("mso", True),
        ("mso | IE", True),
        ("!mso", False),
        ("gte mso 9", True),
        ("(gte mso 9)|(IE)", True),
        ("lte mso 11", False),
        ("mso 16", True),
        ("mso 12", False),
        ("gt mso 16", False),
        ("IE", False),
        ("!IE", True),
        ("mso & !IE", True),
        ("", False),
    ],
)
def test_outlook_reads_the_conditions_that_it_meets(condition: str, is_met: bool) -> None:
    assert is_for_outlook(condition) == is_met


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("A<!--[if mso]>B<![endif]-->C", "ABC"),
        ("A<!--[if lte mso 11]>B<![endif]-->C", "AC"),
        ("A<!--[if !mso]><!-->B<!--<![endif]-->C", "AC"),
        ("A<!--[if !mso]><!-- -->B<!--<![endif]-->C", "AC"),
        ("A<![if !mso]>B<![endif]>C", "AC"),
        ("A<!--[if mso]><!-->B<!--<![endif]-->C", "ABC"),
        ("A<!-- plain -->C", "AC"),
    ],
)
def test_outlook_sees_its_own_parts_and_not_the_others(html: str, words: str) -> None:
    assert seen(html) == (words, [])


@pytest.mark.parametrize(
    "html",
    [
        "<!--[if mso]>B-->C",
        "<!--[if mso]><!-- a --><p>B</p><![endif]-->",
        "<!--[if !mso]><!-->B",
        "B<!--<![endif]-->",
        "B<![endif]-->",
    ],
)
def test_comments_that_do_not_match_are_told(html: str) -> None:
    assert len(seen(html)[1]) >= 1


def test_a_table_that_is_opened_for_outlook_only_is_told() -> None:
    body = "<!--[if mso]><table><tr><td><![endif]--><p>A</p><!--[if mso]></td></tr><![endif]-->"

    told = [each.what for each in lint(mail(body)) if each.rule == "unbalanced-tags"]

    assert told == ["in Outlook, <table> is never closed"]


def test_a_form_for_outlook_is_told_as_such() -> None:
    told = [each.what for each in lint(mail("<!--[if mso]><form></form><![endif]-->"))]

    assert told == ["for Outlook, there is a <form>"]


def test_a_table_for_outlook_has_its_role_as_well() -> None:
    body = "<!--[if mso]><table><tr><td>A</td></tr></table><![endif]-->"

    told = [each.what for each in lint(mail(body)) if each.rule == "layout-table"]

    assert told == ["in Outlook, a table for layout has no role: 'A'"]
