"""Wrapping plain text: 72 cells a line, and the rules of Japanese and Chinese."""

from __future__ import annotations

import pytest

from digest.rendering.wrapping import COLUMNS, cells, clip, wrap

JAPANESE = "チャンネルは、開始から三年。「ライブ販売」の売上は大きく伸びた（2022年）。" * 6
ENGLISH = "Live-stream sales on Channels grew several times over in the year 2022. " * 6


@pytest.mark.parametrize("text", [JAPANESE, ENGLISH, JAPANESE + ENGLISH, "ｶﾀｶﾅ がｶﾞ " * 40])
def test_no_line_is_wider_than_72_cells_and_nothing_is_lost(text: str) -> None:
    lines = wrap(text).rstrip("\n").split("\n")

    assert max(map(cells, lines)) <= COLUMNS
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_no_closing_mark_begins_a_line_and_no_bracket_ends_one() -> None:
    for width in range(20, 80):
        lines = wrap(JAPANESE, width).rstrip("\n").split("\n")

        assert not [line for line in lines if line[0] in "、。」）ー"]
        assert not [line for line in lines if line[-1] in "「（"]


def test_a_link_is_never_broken_even_when_it_is_too_long() -> None:
    link = "https://x.example/" + "a" * 100

    lines = wrap(f"Read it here: <{link}> now, 詳しくは<{link}>へ。").split("\n")

    assert sum(link in line for line in lines) == 2


def test_the_later_lines_of_a_bullet_hang_under_its_text() -> None:
    lines = wrap("- " + ENGLISH + "\n12. " + ENGLISH).rstrip("\n").split("\n")

    assert lines[1].startswith("  ")
    assert lines[1][2] != " "
    assert lines[-1].startswith("    ")


def test_empty_lines_stay_but_never_more_than_two() -> None:
    assert wrap("\n\na\n\nb\n\n\n\n  \nc\n\n") == "a\n\nb\n\n\nc\n"


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("short", 10, "short"),
        ("some longer words here", 16, "some longer…"),
        ("チャンネルの要点", 9, "チャンネ…"),
        ("aaaaaaaaaaaaaaaaaaaa", 10, "aaaaaaaaa…"),
        ("e\u0301" * 20, 6, "e\u0301" * 5 + "…"),
    ],
)
def test_a_text_is_clipped_by_the_room_it_takes(text: str, columns: int, expected: str) -> None:
    clipped = clip(text, columns)

    assert clipped == expected
    assert cells(clipped) <= columns
