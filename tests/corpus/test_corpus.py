"""The corpus: what we compile has the structure that MJML 5 gives it, but for what is known."""

from __future__ import annotations

import re

import pytest

from digest.rendering.components import schema
from tests.corpus.attributes import samples
from tests.corpus.canonical import canonical
from tests.corpus.comparing import (
    DOCUMENTS,
    EXPECTED,
    differences,
    generated,
    names,
    ours,
    seen,
    source,
    unlike,
)
from tests.corpus.differences import DIFFERENCES, LOOKS_DIFFERENT
from tests.rendering.outlook_view import unbalanced


@pytest.mark.parametrize("name", names())
def test_we_write_what_mjml_5_writes_but_for_the_known_differences(name: str) -> None:
    found = unlike(name)

    assert found == []


@pytest.mark.parametrize("name", names())
def test_each_known_difference_shows_where_it_is_known_to_and_nowhere_else(name: str) -> None:
    known = [difference for difference, documents in seen().items() if name in documents]

    assert differences(name) == known


def test_every_known_difference_is_seen_somewhere() -> None:
    assert {name for name, documents in seen().items() if documents} == {
        each.name for each in DIFFERENCES
    }
    assert set(LOOKS_DIFFERENT) <= set(names())


def test_the_corpus_holds_every_component_and_every_attribute_that_is_allowed() -> None:
    tags = [tag for name in names() for tag in re.findall(r"<[^<>]+>", source(name))]

    for component, known in schema().items():
        mine = [tag for tag in tags if re.match(rf"<{component}[\s/>]", tag)]
        assert mine, component
        for attribute in known["attributes"]:
            used = any(re.search(rf"\s{attribute}=", tag) for tag in mine)
            assert used, f"{component} {attribute}"


@pytest.mark.parametrize("name", sorted(generated()))
def test_the_written_documents_are_those_that_the_schema_asks_for(name: str) -> None:
    assert source(name) == generated()[name], "python -m tests.corpus --write"


def test_every_choice_of_an_enumeration_is_tried() -> None:
    assert samples("align", "enum(left,center,right)") == ["left", "center", "right"]


def test_every_document_has_its_expected_file_and_the_other_way_round() -> None:
    documents = {file.stem for file in DOCUMENTS.glob("*.mjml")}

    assert {file.stem for file in EXPECTED.glob("*.html")} == documents


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("outlook", [True, False])
def test_what_outlook_and_everybody_else_read_is_balanced(name: str, outlook: bool) -> None:
    assert unbalanced(ours(name), outlook=outlook) == []


def test_a_difference_that_nobody_knows_is_noticed() -> None:
    html = ours("newsletter")

    for before, after in [
        ('align="center"', 'align="left"'),
        ("padding:0 24px", "padding:0 23px"),
        ("<h2", "<h3"),
        ("Dear reader", "Dear  Reader"),
        ("<!--[if mso | IE]>", "<!--[if mso]>"),
        ("</b><br>", "</b> <i></i><br>"),
    ]:
        assert before in html or before.replace("<br>", "<br />") in html, before
        changed = html.replace(before, after, 1).replace(before.replace("<br>", "<br />"), after, 1)
        assert canonical(changed) != canonical(html), before


def test_what_nobody_sees_makes_no_difference() -> None:
    one = '<td class="a b" style="color:red;margin:0" width="3">\n  x <b>y</b>\n</td>'
    two = '<td width="3" style="margin:0; color:red" class="b a" id=""> x <b>y</b></td>'

    assert canonical(one) == canonical(two)
