"""What an author gets wrong in a template is named with file, line, hint and the lines around."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.model.edition import Placeholder
from digest.paths import shipped
from digest.rendering.renderer import Renderer
from tests.rendering.issue_maker import ALL_LINKS, item, make_edition, make_issue, opportunity

FOOT = "mail/blocks/foot.mjml.j2"
OPEN = "<mj-section>\n<mj-column>\n<mj-text>\n"
CLOSE = "\n</mj-text>\n</mj-column>\n</mj-section>\n"


def failure(
    site: Path, name: str, source: str, links: frozenset[Placeholder] = ALL_LINKS
) -> TemplateError:
    """Return the error of rendering with one template of the site's own."""
    file = site / "templates" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    issue = make_issue(item("a"), opportunity("b"))
    renderer = Renderer([site / "templates", shipped("templates")])
    with pytest.raises(TemplateError) as caught:
        renderer.render(issue, make_edition(issue), links=links)
    return caught.value


@pytest.mark.parametrize(
    ("inside", "line", "what"),
    [
        ("{{ issue.titel }}", 4, "unknown name 'titel'"),
        ("\n{{ isue.title }}", 5, "unknown name 'isue'"),
        ("{{ reader.phone }}", 4, "unknown name 'phone'"),
        ("{% if %}", 4, "Expected an expression"),
        ("{{ issue.title", 5, "unexpected '/'"),
        ("{% include 'mail/nowhere.mjml.j2' %}", 4, "there is no template 'mail/nowhere.mjml.j2'"),
        ("{{ 1 / 0 }}", 4, "division by zero"),
        ("{{ issue.__class__.__mro__ }}", 4, "unsafe"),
        ("{% for n in range(10 ** 9) %}{% endfor %}", 4, "Range too big"),
        ("{% include 'mail/blocks/foot.mjml.j2' %}", 4, "includes or calls itself without end"),
        ("{{ reader.name|upper }}", 0, "a template changes"),
        ("{{ reader.name[:3] }}", 0, "throws it away"),
        ("<p>never closed", 5, "</mj-text> stands where <p> (opened in line 4) must be closed"),
        ("<mj-image src='x' alt='' />", 4, "<mj-image> cannot stand in <mj-text>"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(
    tmp_path: Path, inside: str, line: int, what: str
) -> None:
    error = failure(tmp_path, FOOT, OPEN + inside + CLOSE)

    assert what in error.what
    assert error.file == f"templates/{FOOT}" or not line
    assert error.line == line


def test_the_excerpt_shows_the_line_and_its_neighbours_and_points_at_it(tmp_path: Path) -> None:
    error = failure(tmp_path, FOOT, OPEN + "{{ issue.titel }}" + CLOSE)

    assert error.excerpt.split("\n") == [
        "  3 | <mj-text>",
        "> 4 | {{ issue.titel }}",
        "  5 | </mj-text>",
    ]
    assert error.excerpt in str(error)


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        ("<mj-texd>x</mj-texd>", "unknown component <mj-texd>"),
        ('<mj-text colour="red">x</mj-text>', "<mj-text> knows no 'colour'"),
        ("<mj-section></mj-section>", "<mj-section> cannot stand in <mj-column>"),
        ("<mj-text>x</mj-table>", "</mj-table> stands where <mj-text>"),
    ],
)
def test_mjml_inside_a_macro_inside_a_loop_still_names_its_own_line(
    tmp_path: Path, tag: str, what: str
) -> None:
    source = (
        "{% macro block(n) %}\n<mj-section><mj-column>\n"
        f"{tag}\n</mj-column></mj-section>\n"
        "{% endmacro %}\n{% for n in range(3) %}{{ block(n) }}{% endfor %}\n"
    )

    error = failure(tmp_path, FOOT, source)

    assert what in error.what
    assert (error.file, error.line) == (f"templates/{FOOT}", 3)


def test_a_shipped_template_that_the_sites_own_breaks_is_named_in_full(tmp_path: Path) -> None:
    error = failure(tmp_path, "mail/kinds/takeaway.mjml.j2", "<mj-text>inside of a text</mj-text>")

    assert error.file == "templates/mail/kinds/takeaway.mjml.j2"
    assert "<mj-text> cannot stand in <mj-text>" in error.what


def test_a_link_that_is_not_offered_cannot_be_printed(tmp_path: Path) -> None:
    source = OPEN + '<a href="{{ reader.leave_url }}">x</a>' + CLOSE

    error = failure(tmp_path, FOOT, source, links=frozenset())

    assert "{% if reader.leave_url %}" in error.what
    assert (error.file, error.line) == (f"templates/{FOOT}", 4)


def test_a_template_that_writes_without_end_is_stopped(tmp_path: Path) -> None:
    loop = "{% for a in range(1000) %}{% for b in range(99999) %}xxxxxxxxxx{% endfor %}{% endfor %}"

    error = failure(tmp_path, FOOT, OPEN + loop + CLOSE)

    assert "2,000,000" in error.what


def test_20_000_nested_elements_from_a_loop_are_an_error_at_the_loop(tmp_path: Path) -> None:
    loop = "{% for n in range(20000) %}<div>{% endfor %}"

    error = failure(tmp_path, FOOT, OPEN + loop + CLOSE)

    assert "60 deep" in error.what
    assert error.line == 4


def test_a_template_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "templates" / FOOT
    file.parent.mkdir(parents=True)
    file.write_bytes("<mj-text>caf\xe9".encode("latin-1"))
    issue = make_issue(item("a"))

    with pytest.raises(TemplateError, match="not UTF-8"):
        Renderer([tmp_path / "templates", shipped("templates")]).render(
            issue, make_edition(issue), links=ALL_LINKS
        )


def test_a_site_can_extend_the_template_that_it_overrides(tmp_path: Path) -> None:
    file = tmp_path / "templates" / "mail" / "issue.mjml.j2"
    file.parent.mkdir(parents=True)
    file.write_text(
        '{% extends "shipped/mail/issue.mjml.j2" %}\n{% block blocks %}{{ super() }}'
        "<mj-section><mj-column><mj-text>P.S.</mj-text></mj-column></mj-section>{% endblock %}"
    )
    issue = make_issue(item("a"))

    rendered = Renderer([tmp_path / "templates", shipped("templates")]).render(
        issue, make_edition(issue), links=ALL_LINKS
    )

    assert "P.S." in rendered.html
    assert "Title of a" in rendered.html


def test_a_broken_file_of_words_is_named(tmp_path: Path) -> None:
    error = failure(tmp_path, "mail/phrases/en.toml", "leave = Unsubscribe")

    assert error.file.endswith("en.toml")


def test_a_sentence_with_an_unknown_hole_is_named(tmp_path: Path) -> None:
    error = failure(tmp_path, "mail/phrases/en.toml", 'issue_number = "No. {nummer}"')

    assert "a hole that nothing fills: No. {nummer}" in error.what
    assert "{number}" in error.hint
