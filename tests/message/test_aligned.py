"""Base64 with holes: decoded, it is the pieces and the values between them, at any alignment."""

from base64 import b64decode
from itertools import product

from digest.message.aligned import AlignedBody
from digest.model.edition import Placeholder

LETTERS = bytes(range(65, 91)) * 8


def _filled(body: AlignedBody, values: dict[Placeholder, bytes]) -> bytes:
    out: list[bytes] = []
    body.fill(values, out)
    return b"".join(out)


def test_every_alignment_of_short_pieces_and_values_decodes_to_itself() -> None:
    holes = (Placeholder.NAME, Placeholder.ADDRESS)

    for lengths in product(range(5), repeat=5):
        first, name, second, address, last = (LETTERS[length : 2 * length] for length in lengths)
        body = AlignedBody((first, second, last), holes)
        filled = _filled(body, {Placeholder.NAME: name, Placeholder.ADDRESS: address})

        decoded = b64decode(filled.replace(b"\r\n", b""), validate=True)
        assert decoded == first + name + second + address + last, lengths


def test_lines_are_full_inside_a_piece_and_never_too_long_or_empty() -> None:
    for before, value, after in product((0, 1, 55, 56, 57, 58, 114, 170), repeat=3):
        body = AlignedBody((LETTERS[:before], LETTERS[:after]), (Placeholder.NAME,))
        lines = _filled(body, {Placeholder.NAME: LETTERS[:value]}).split(b"\r\n")

        assert lines.pop() == b""
        assert all(1 <= len(line) <= 76 for line in lines)


def test_a_placeholder_may_stand_in_many_places() -> None:
    body = AlignedBody((b"a", b"bc", b"def", b""), (Placeholder.NAME,) * 3)

    filled = _filled(body, {Placeholder.NAME: b"X"})

    assert b64decode(filled.replace(b"\r\n", b"")) == b"aXbcXdefX"
    assert body.holes == (Placeholder.NAME,)
