"""On which line of a file a text is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digest.content.written import WrittenLines

ITEM = """\
+++
title = "One"
do = "Go."

[[figures]]
id = "a"
label = "first"

[[figures]]
id = "b"
label = "second"
+++

The body.

Its second block.
"""
TOML = """\
name = "The Takeaway"
about = "For all languages"

[source]
en = "As told."

[[sections]]
id = "pay"
title = { en = "Pay", ja = "支払い" }
"""


@pytest.mark.parametrize(
    ("keys", "below", "line"),
    [
        (("title",), 0, 2),
        (("do",), 0, 3),
        (("figures", "a", "label"), 0, 7),
        (("figures", "b", "label"), 0, 11),
        (("figures", "b"), 0, 9),
        ((), 0, 14),
        ((), 2, 16),
        (("source",), 0, None),
        (("figures", "c", "label"), 0, None),
        (("figures", "b", "text"), 0, None),
        (("title", "en"), 0, 2),
        (("figures", 7), 0, None),
    ],
)
def test_a_key_or_a_line_of_the_body(
    tmp_path: Path, keys: tuple[str, ...], below: int, line: int | None
) -> None:
    file = tmp_path / "one.md"
    file.write_text(ITEM)

    assert WrittenLines().line(file, keys, below) == line


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("name",), 1),
        (("about", "ja"), 2),
        (("source", "en"), 5),
        (("sections", 0, "title", "ja"), 9),
        (("source", "fr"), None),
    ],
)
def test_a_key_of_newsletter_toml(
    tmp_path: Path, keys: tuple[str | int, ...], line: int | None
) -> None:
    file = tmp_path / "newsletter.toml"
    file.write_text(TOML)

    assert WrittenLines().line(file, keys) == line


def test_a_file_that_was_saved_is_read_anew(tmp_path: Path) -> None:
    file, lines = tmp_path / "one.md", WrittenLines()
    file.write_text(ITEM)
    assert lines.line(file, ("title",)) == 2

    file.write_text(ITEM.replace("+++\n", "+++\n# a comment\n", 1))
    os.utime(file, ns=(1, 1))

    assert lines.line(file, ("title",)) == 3


@pytest.mark.parametrize("content", [b"", b"no front matter", b"+++\nx = \n+++\n", b"\xff\xfe\x00"])
def test_a_file_that_is_wrong_says_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "one.md"
    file.write_bytes(content)

    assert WrittenLines().line(file, ("title",)) is None
    assert WrittenLines().line(tmp_path / "gone.md", ()) is None
    assert WrittenLines().line(tmp_path, ()) is None
