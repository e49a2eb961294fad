"""Front matter: what is taken, and that every complaint names the line of the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digest.content.frontmatter import MAX_BYTES, decode, parse_document, parse_table, read_text
from digest.errors import ContentError


def complaint(text: str) -> str:
    with pytest.raises(ContentError) as caught:
        parse_document(text, "x.md")
    return str(caught.value)


def test_front_matter_and_body_are_split() -> None:
    source = parse_document(
        '+++\ntitle = "Palm"\ndate = 2023-03-31\n+++\n\nThe *body*.\n\n', "x.md"
    )

    assert source.data == {"title": "Palm", "date": date(2023, 3, 31)}
    assert (source.body, source.body_line) == ("The *body*.", 6)
    assert (source.line("date"), source.line("none"), source.line()) == (3, 1, 1)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    text = decode(b"\xef\xbb\xbf+++\r\na = 1\r\n+++\r\none\r\ntwo\r\n", "x.md")

    source = parse_document(text, "x.md")

    assert source.data == {"a": 1}
    assert source.body == "one\ntwo"


def test_blank_lines_before_the_front_matter_do_no_harm() -> None:
    source = parse_document("\n\n+++  \na = 1\n+++ \n", "x.md")

    assert source.line("a") == 4
    assert source.body == ""


def test_a_yaml_header_is_told_to_become_toml() -> None:
    assert complaint("---\ntitle: x\n---\n") == (
        "x.md:1: the header stands between --- lines, as YAML. "
        'Use +++ lines and TOML: title = "...", not title: ...'
    )


@pytest.mark.parametrize("text", ["", "\n", "# Title\n", "+++title\n"])
def test_a_file_without_front_matter_is_told_how_to_begin(text: str) -> None:
    assert complaint(text).startswith("x.md:1: the file does not begin with front matter")


def test_front_matter_without_its_end_is_refused() -> None:
    assert complaint('+++\ntitle = "x"\nbody').startswith(
        "x.md:1: the front matter has no closing +++"
    )


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("\ntitle = x", 3),
        ('title = "x', 2),
        ("a = 1\nb = 2\na = 3", 4),
        ('a = """\nlong\n', 3),
        ("a = 2023-13-01", 2),
        ("[[a]]\n[a]", 3),
        ("a = 1e5000000000000000000000000000000000000x", 2),
        ("a = " + "1" * 5000, 2),
    ],
)
def test_a_syntax_error_names_the_line_of_the_file(toml: str, line: int) -> None:
    said = complaint(f"+++\n{toml}\n+++\n")

    assert said.startswith(f"x.md:{line}: TOML syntax"), said
    assert "(at line" not in said


def test_values_nested_beyond_reason_are_refused() -> None:
    assert "nested too deeply" in complaint(f"+++\na = {'[' * 20_000}\n+++\n")


def test_bytes_that_are_not_utf_8_are_named() -> None:
    with pytest.raises(ContentError, match=r"x.md:2: not UTF-8: byte 0xe9 at offset 7. Save"):
        decode(b"+++\nab \xe9\n", "x.md")


def test_utf_16_is_recognised() -> None:
    with pytest.raises(ContentError, match="looks like UTF-16"):
        decode("+++\n".encode("utf-16"), "x.md")


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x7f", "\x85", "\u2028"])
def test_a_control_character_in_the_body_is_named_with_its_line(char: str) -> None:
    said = complaint(f"+++\n+++\n\none\ntw{char}o\n")

    assert said.startswith(f"x.md:5: the control character U+{ord(char):04X}")


def test_what_is_not_a_regular_file_of_a_sane_size_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "huge.md"
    huge.write_bytes(b"x" * (MAX_BYTES + 1))

    for path, said in ((huge, "larger than"), (tmp_path, "regular"), (tmp_path / "no", "regular")):
        with pytest.raises(ContentError, match=said):
            read_text(path, "x.md")


def test_a_table_file_counts_its_lines_from_the_first() -> None:
    source = parse_table("a = 1\n\nb = 2\n", "x.toml")

    assert (source.line("a"), source.line("b")) == (1, 3)


def test_a_key_of_endless_parts_is_refused() -> None:
    said = complaint(f"+++\na = 1\n{'a.' * 400_000}b = 1\n+++\n")

    assert said == "x.md:3: a key has more parts than any file needs. Mend it."
