"""A row becomes the same frozen noun that its constructor would make."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model.audience import Subscriber
from digest.model.freeze import Newcomer
from tests.content.roster_maker import NOON, newcomers, roster_of

CELLS = {
    "name": ("Ann Lee", {"name": "Ann Lee"}, {}),
    "language": ("ja_JP", {"language": "ja-JP"}, {}),
    "timezone": ("Asia/Tokyo", {"timezone": "Asia/Tokyo"}, {}),
    "roles": ("merchant;Brand", {"roles": ("brand", "merchant")}, {}),
    "fields": ("pay", {"fields": ("pay",)}, {}),
    "verified": ("search", {"verified": ("search",)}, {}),
    "topics": ("live", {}, {"topics": ("live",)}),
    "status": ("Pending", {}, {"status": "pending"}),
    "subscribed_at": (NOON.isoformat(), {}, {"subscribed_at": NOON}),
    "city": ("Zürich", {"attributes": (("city", "Zürich"),)}, {}),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(["email", *CELLS]), st.sets(st.sampled_from(["email", *CELLS])))
def test_any_columns_in_any_order_make_what_the_constructors_make(
    tmp_path: Path, order: list[str], left_out: set[str]
) -> None:
    columns = [column for column in order if column == "email" or column not in left_out]
    cells = {"email": "Ann@Example.org"} | {name: cell for name, (cell, _, _) in CELLS.items()}
    person: dict[str, object] = {"address": "Ann@example.org"}
    rest: dict[str, object] = {}
    for column in columns:
        if column != "email":
            person |= CELLS[column][1]
            rest |= CELLS[column][2]

    (found,) = newcomers(
        roster_of(tmp_path, f"{','.join(columns)}\n{','.join(cells[name] for name in columns)}\n")
    )

    expected = Newcomer(
        line=2,
        subscriber=Subscriber(**person),  # type: ignore[arg-type]
        given=found.given,
        **rest,  # type: ignore[arg-type]
    )
    assert found == expected
    assert hash(found) == hash(expected)
    assert repr(found) == repr(expected)


def test_a_row_makes_frozen_nouns_with_every_field(tmp_path: Path) -> None:
    (found,) = newcomers(roster_of(tmp_path, "email\nann@example.org\n"))

    for noun in (found, found.subscriber):
        for each in fields(noun):
            with pytest.raises(FrozenInstanceError):
                setattr(noun, each.name, getattr(noun, each.name))
        assert copy.copy(noun) == noun == pickle.loads(pickle.dumps(noun))
        assert replace(noun) == noun
    assert type(found) is Newcomer
    assert type(found.subscriber) is Subscriber


def test_a_row_of_blanks_is_passed_over_and_one_without_an_address_is_not(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, "email,name\n , \n,\n,Ann\n \t,Bo\nann@example.org,\n")

    rows = list(roster)

    assert [row.line for row in rows] == [4, 5, 6]
    assert [isinstance(row, Newcomer) for row in rows] == [False, False, True]
