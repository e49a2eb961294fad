"""Markers: where something personal goes, and nothing can pretend to be one."""

from __future__ import annotations

import re

import pytest

from digest.errors import DigestError
from digest.model.edition import Placeholder
from digest.rendering.markers import Markers, Reader
from tests.rendering.issue_maker import ALL_LINKS, item, make_edition, make_issue, make_renderer

NOBODY: frozenset[Placeholder] = frozenset()


def test_markers_are_letters_and_digits_and_none_is_part_of_another() -> None:
    markers = Markers("an edition")

    signs = [markers[each] for each in Placeholder]

    assert all(re.fullmatch("[a-z0-9]+", sign) for sign in signs)
    assert len({one for one in signs for other in signs if one in other}) == len(signs)
    assert sum(one in other for one in signs for other in signs) == len(signs)


def test_the_same_content_has_the_same_markers_and_other_content_others() -> None:
    same = Markers("an edition")[Placeholder.NAME] == Markers("an edition")[Placeholder.NAME]
    other = Markers("an edition")[Placeholder.NAME] == Markers("an editiom")[Placeholder.NAME]

    assert (same, other) == (True, False)


def test_content_that_holds_the_nonce_is_refused() -> None:
    markers = Markers("an edition")

    with pytest.raises(DigestError, match="secret sign"):
        markers.refuse(f"Dear {markers[Placeholder.NAME].upper()}")


def test_a_marker_of_another_edition_is_only_text() -> None:
    forged = Markers("another edition")[Placeholder.ADDRESS]
    issue = make_issue(item("a", body=f"Here stands {forged}."))

    rendered = make_renderer().render(issue, make_edition(issue), links=ALL_LINKS)

    assert forged in rendered.html
    assert forged not in rendered.markers


@pytest.mark.parametrize(
    "spoil",
    [str.upper, lambda sign: sign[:-1], lambda sign: sign[3:], lambda sign: sign.replace("k", "K")],
)
def test_an_altered_marker_is_noticed(spoil: object) -> None:
    markers = Markers("an edition")
    altered = spoil(markers[Placeholder.NAME])  # type: ignore[operator]

    with pytest.raises(DigestError, match="changes"):
        markers.used(f"Hello {altered}!", NOBODY)


def test_a_value_that_is_read_and_not_printed_is_noticed() -> None:
    markers = Markers("an edition")

    with pytest.raises(DigestError, match=r"reader\.name"):
        markers.used("Hello m!", frozenset({Placeholder.NAME}))


def test_only_the_markers_that_stand_in_a_part_are_recorded() -> None:
    markers = Markers("an edition")
    name = markers[Placeholder.NAME]

    used = markers.used(f"Hello {name}, {name}!", frozenset({Placeholder.NAME}))

    assert used == {name: Placeholder.NAME}


def test_a_reader_has_a_name_always_and_a_link_only_where_it_is_offered() -> None:
    reader = Reader(Markers("x"), frozenset({Placeholder.LEAVE_URL}))

    answers = (bool(reader.name), bool(reader.leave_url), bool(reader.accept_url))

    assert answers == (True, True, False)
    assert reader.read == {Placeholder.NAME, Placeholder.LEAVE_URL}
