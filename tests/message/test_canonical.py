"""The relaxed forms are those of dkimpy, whatever a header or body holds."""

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.message.canonical import fields, relaxed_body, relaxed_field

#: Lines as bodies have them, blanks in all places.
LINES = st.lists(st.text("a \t.é", max_size=12).map(str.encode), max_size=8)
VALUES = st.text("ab \t:;=é<>", max_size=60).map(str.encode)


@settings(deadline=None)  # other builds share this machine
@given(LINES)
@example([])
@example([b"", b"", b""])
@example([b" ", b"\t", b""])
@example([b"a ", b"", b""])
def test_a_body_is_levelled_as_dkimpy_levels_it(lines: list[bytes]) -> None:
    body = b"".join(line + b"\r\n" for line in lines)

    assert relaxed_body(body) == Relaxed.canonicalize_body(body)


@settings(deadline=None)  # other builds share this machine
@given(st.sampled_from([b"Subject", b"X-y", b"LIST-ID"]), st.lists(VALUES, min_size=1, max_size=4))
def test_a_field_is_levelled_as_dkimpy_levels_it(name: bytes, pieces: list[bytes]) -> None:
    value = b"\r\n ".join(pieces) + b"\r\n"

    ours = relaxed_field(name + b":" + value)

    ((their_name, their_value),) = Relaxed.canonicalize_headers([(name, value)])
    assert ours == their_name + b":" + their_value


@pytest.mark.parametrize(
    ("field", "levelled"),
    [
        # The examples of RFC 6376, section 3.4.5.
        (b"A: X\r\n", b"a:X\r\n"),
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),
        (b"Empty:\r\n", b"empty:\r\n"),
        (b"Colons: a:b: c\r\n", b"colons:a:b: c\r\n"),
    ],
)
def test_a_field_in_relaxed_form(field: bytes, levelled: bytes) -> None:
    assert relaxed_field(field) == levelled


def test_the_body_of_the_rfc() -> None:
    assert relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"


def test_folded_lines_belong_to_their_field() -> None:
    block = b"A: x\r\n y\r\nB: z\r\nC:\r\n\tw\r\n\r\n"

    assert fields(block) == [b"A: x\r\n y\r\n", b"B: z\r\n", b"C:\r\n\tw\r\n"]
