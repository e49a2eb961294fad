"""Two texts held against each other: what is new, gone and changed, and never slowly."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.comparing import Change, Piece, aligned, by_words

SAME, NEW, GONE, CHANGED = Change.SAME, Change.NEW, Change.GONE, Change.CHANGED


def told(before: list[str], after: list[str]) -> list[tuple[Change, str, str]]:
    """Return each step with its words."""
    return [
        (
            step.change,
            before[step.before] if step.before is not None else "",
            after[step.after] if step.after is not None else "",
        )
        for step in aligned(before, after)
    ]


def test_what_is_nearly_the_same_is_changed_and_all_else_is_new_or_gone() -> None:
    before = ["Hello", "Palm payment is announced for spring", "Nothing like it"]
    after = ["Hello", "Something else altogether", "Palm payment is open since spring"]

    assert told(before, after) == [
        (SAME, "Hello", "Hello"),
        (NEW, "", "Something else altogether"),
        (CHANGED, "Palm payment is announced for spring", "Palm payment is open since spring"),
        (GONE, "Nothing like it", ""),
    ]


def test_a_change_is_told_by_words() -> None:
    assert by_words("It opens in March 2023.", "It opens in May 2023.") == (
        Piece(change=SAME, text="It opens in "),
        Piece(change=GONE, text="March "),
        Piece(change=NEW, text="May "),
        Piece(change=SAME, text="2023."),
    )


def test_scripts_without_spaces_are_compared_by_signs() -> None:
    pieces = by_words("微信支付将于三月开放", "微信支付将于五月开放")

    assert [(each.change, each.text) for each in pieces] == [
        (SAME, "微信支付将于"),
        (GONE, "三"),
        (NEW, "五"),
        (SAME, "月开放"),
    ]


def test_a_number_among_signs_is_a_word_of_its_own() -> None:
    assert [(each.change, each.text) for each in by_words("第 1 期", "第 2 期")] == [
        (SAME, "第 "),
        (GONE, "1 "),
        (NEW, "2 "),
        (SAME, "期"),
    ]


def test_two_texts_with_nothing_in_common_are_not_mixed() -> None:
    for before, after in [
        ("What grew this year", "Issue two, and more"),
        ("ライブ販売は2022年に急伸しました", "クリエイターの収入が増加、倍率は未確定"),
    ]:
        assert by_words(before, after) == (
            Piece(change=GONE, text=before),
            Piece(change=NEW, text=after),
        )


def test_where_lines_break_is_no_difference_but_where_words_end_is() -> None:
    assert told(["one two\nthree 微信"], ["one\ntwo three 微\n信"])[0][0] is SAME
    assert [each.change for each in by_words("one two\nthree", "one two three")] == [SAME]
    assert told(["nowhere"], ["now here"]) != [(SAME, "nowhere", "now here")]


def test_nothing_against_something_is_all_new() -> None:
    assert told([], ["a", "b"]) == [(NEW, "", "a"), (NEW, "", "b")]
    assert told(["a"], []) == [(GONE, "a", "")]
    assert by_words("", "") == ()
    assert by_words("", "a") == (Piece(change=NEW, text="a"),)


_TEXTS = st.lists(st.text(alphabet="ab c微信\n", max_size=8), max_size=12)


@given(_TEXTS, _TEXTS)
def test_every_text_of_both_sides_is_told_once_and_in_order(
    before: list[str], after: list[str]
) -> None:
    steps = aligned(before, after)

    assert [step.before for step in steps if step.before is not None] == list(range(len(before)))
    assert [step.after for step in steps if step.after is not None] == list(range(len(after)))
    for step in steps:
        assert (step.before is None) == (step.change is NEW)
        assert (step.after is None) == (step.change is GONE)


@given(st.text(alphabet="ab <&\n微信", max_size=60), st.text(alphabet="ab <&\n微信", max_size=60))
def test_no_word_is_lost_or_made_up(before: str, after: str) -> None:
    pieces = by_words(before, after)

    old = "".join(each.text for each in pieces if each.change is not NEW)
    new = "".join(each.text for each in pieces if each.change is not GONE)
    assert "".join(old.split()) == "".join(before.split())
    assert "".join(new.split()) == "".join(after.split())


_RANDOM = random.Random(7)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["same"] * 1500, ["same"] * 1400 + ["other"] * 100),
        (
            [f"{n % 7} words here" for n in range(1500)],
            [f"{n % 5} words here" for n in range(1500)],
        ),
        (["a b c d e f"] * 1500, ["a b c d e g"] * 1500),
        (["a " * 3_000], ["b a " * 3_000]),
        (
            ["".join(_RANDOM.choices("微信支付", k=1_900))],
            ["".join(_RANDOM.choices("微信支付", k=1_900))],
        ),
        (["x" * 1_000_000], ["y" * 1_000_000]),
    ],
    ids=["equal", "rhythm", "alike", "long", "signs", "one word"],
)
def test_texts_made_to_be_slow_are_compared_in_seconds(before: list[str], after: list[str]) -> None:
    begun = time.process_time()

    for step in aligned(before, after):
        if step.change is CHANGED:
            by_words(before[step.before or 0], after[step.after or 0])

    assert time.process_time() - begun < 5
