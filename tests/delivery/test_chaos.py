"""Trouble by share: drawn as often as asked, and again in the same order from the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from digest.delivery.chaos import read_chaos
from digest.errors import UsageError


def test_troubles_come_as_often_as_their_shares_say() -> None:
    chaos = read_chaos("451=5%, 535=1%,drop=2.5%", seed=7)

    drawn = [chaos.draw() for _ in range(40_000)]

    counted = Counter(trouble.reply[:3] for trouble in drawn if trouble)
    assert {name: round(count / 400, 0) for name, count in counted.items()} == {
        "451": 5,
        "535": 1,
        "": pytest.approx(2.5, abs=0.5),
    }
    assert {trouble.at for trouble in drawn if trouble and not trouble.reply} == {
        "login",
        "body",
        "dot",
        "kept",
    }


def test_the_same_seed_draws_the_same_troubles() -> None:
    first, again, other = (read_chaos("451=50%,drop=50%", seed=seed) for seed in (1, 1, 2))

    drawn = [[one.draw() for _ in range(50)] for one in (first, again, other)]

    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert None not in drawn[0]


def test_a_share_of_nothing_never_strikes() -> None:
    chaos = read_chaos("451=0%")

    assert {chaos.draw() for _ in range(1000)} == {None}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no trouble is named"),
        ("250=5%", "'250' is unknown; there are 421, 451"),
        ("451", "'' is no share of 451"),
        ("451=5", "'5' is no share of 451"),
        ("451=-5%", "'-5%' is no share"),
        ("451=nan%", "'nan%' is no share"),
        ("451=5%,451=6%", "451 is named twice"),
        ("451=60%,drop=41%", "more than 100 %"),
    ],
)
def test_shares_that_are_none_are_refused_with_an_example(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        read_chaos(text)

    assert "451=5%,535=1%,drop=2%" in caught.value.hint
