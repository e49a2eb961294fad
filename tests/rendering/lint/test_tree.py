"""The tree of a mail: built as a mail client builds it, and what did not match remembered."""

from __future__ import annotations

import pytest

from digest.rendering.lint.reading import decode
from digest.rendering.lint.tree import Document, Element, read_html


def drawn(element: Element) -> str:
    """Return a tree as nested tags and words."""
    inside = (each if isinstance(each, str) else drawn(each) for each in element.children)
    return f"{element.tag}({' '.join(inside)})"


def tree(html: str) -> str:
    """Return the tree of a text."""
    return drawn(read_html(html).root)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>A<br>B</p>", "(p(A br() B))"),
        ("<ul><li>A<li>B</ul>", "(ul(li(A) li(B)))"),
        ("<p>A<div>B</div>", "(p(A) div(B))"),
        ("<table><tr><td>A<td>B<tr><td>C</table>", "(table(tr(td(A) td(B)) tr(td(C))))"),
        ("<TD Class=x>A</Td>", "(td(A))"),
        ("a < b <3 </ c>", "(a < b  <3 )"),
        ("<p>A</p", "(p(A))"),
        ("<!doctype html><!-- <p>hidden</p> --><p>B</p>", "(p(B))"),
        ("<style>a>b{}</style><title>A &amp; B</title>", "(style(a>b{}) title(A & B))"),
        ("<b><i>A</b></i>C", "(b(i(A)) C)"),
    ],
)
def test_markup_is_read_as_a_mail_client_reads_it(html: str, expected: str) -> None:
    assert tree(html) == expected


@pytest.mark.parametrize(
    ("html", "unclosed", "stray"),
    [
        ("<p>A<li>B<td>C", [], []),
        ("<div><p>A</div>", [], []),
        ("<div><b>A</div>", ["b"], []),
        ("<div>A", ["div"], []),
        ("A</div></p>", [], ["div", "p"]),
        ("<td>A</tbody></td>", [], ["tbody"]),
    ],
)
def test_tags_that_do_not_match_are_remembered(
    html: str, unclosed: list[str], stray: list[str]
) -> None:
    document: Document = read_html(html)

    assert (document.unclosed, document.stray) == (unclosed, stray)


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ('<a href="x>y" b=\'1"2\' c=3 d>', {"href": "x>y", "b": '1"2', "c": "3", "d": ""}),
        ('<a href="a&amp;b&#x4e2d;">', {"href": "a&b中"}),
        ('<a x="1" X="2">', {"x": "1"}),
        ("<a/b=1>", {"b": "1"}),
        ('<a b = "1"  c= 2 >', {"b": "1", "c": "2"}),
        ("<img src=a.png/>", {"src": "a.png/"}),
    ],
)
def test_attributes_are_read_as_a_mail_client_reads_them(
    tag: str, attributes: dict[str, str]
) -> None:
    assert read_html(tag).elements[0].attributes == attributes


def test_a_character_reference_of_thousands_of_digits_is_no_number() -> None:
    assert decode(f"a&#{'9' * 5000};b&#x{'f' * 5000};c") == "a\ufffdb\ufffdc"


def test_the_words_of_an_element_hold_the_alts_of_its_pictures() -> None:
    element = read_html('<a>See <b>the</b> <img alt="chart"><style>x</style></a>').elements[0]

    assert element.text == "See the chart"
