"""Header fields: any name in any script stands, and no value begins a line of its own."""

import email
import re
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.errors import DigestError, RecipientError
from digest.message.headers import (
    addr_spec,
    address_field,
    date_field,
    identifier_field,
    list_id_field,
    recipient_spec,
    refuse_unsafe,
    text_field,
    to_field,
    uri_field,
)

SAFE = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"), max_size=300
).filter(lambda text: "=?" not in text)
WORD = re.compile(rb"=\?utf-8\?[bq]\?[!-~]*?\?=")


def _decoded(field: bytes) -> str:
    """Decode by the legacy reader: `policy.default` puts spaces between adjacent encoded words."""
    raw = email.message_from_bytes(field + b"\r\n", policy=policy.compat32)
    return str(make_header(decode_header(next(iter(raw.values())))))


def _parsed(field: bytes):
    message = email.message_from_bytes(field + b"\r\n", policy=policy.default)
    assert len(message.keys()) == 1
    return message[message.keys()[0]]


def _refuse_illegal(field: bytes) -> None:
    assert field.isascii()
    assert field.endswith(b"\r\n")
    for number, line in enumerate(field[:-2].split(b"\r\n")):
        assert b"\r" not in line
        assert b"\n" not in line
        assert len(line) <= (76 if WORD.search(line) else 78)
        assert line.strip()
        assert not number or line.startswith(b" ")
    for word in WORD.findall(field):
        assert len(word) <= 75
        # Decoded alone, each word is whole: no character is split over two.
        assert "\ufffd" not in str(make_header(decode_header(word.decode()))) or b"77+9" in word


@settings(deadline=None)  # other builds share this machine
@given(SAFE)
@example("微信支付" * 40)
@example("👩‍👩‍👧‍👦" * 20)
@example("Café au lait, " * 30)
@example("é" * 200)
@example("a =? b")
def test_any_subject_survives_to_the_last_space(subject: str) -> None:
    field = text_field("Subject", subject)

    _refuse_illegal(field)
    assert _decoded(field) == subject


@settings(deadline=None)  # other builds share this machine
@given(st.text(" abcdefgh", max_size=400))
def test_a_plain_subject_is_folded_and_unfolds_to_itself(subject: str) -> None:
    field = text_field("Subject", subject)

    _refuse_illegal(field)
    assert str(make_header(decode_header(_parsed(field)))) == subject


@pytest.mark.parametrize("offset", range(16))
def test_no_character_is_split_wherever_a_word_ends(offset: int) -> None:
    latin = "x" * offset + "Café au lait " * 20
    chinese = "x" * offset + "微信é👩" * 20

    for subject in (latin, chinese):
        field = text_field("Subject", subject)
        _refuse_illegal(field)
        assert _decoded(field) == subject


def test_what_looks_like_an_encoded_word_is_encoded_itself() -> None:
    assert text_field("Subject", "a =? b") == b"Subject: =?utf-8?b?YSA9PyBi?=\r\n"


def test_a_plain_subject_stays_readable_on_the_wire() -> None:
    field = text_field("Subject", "Key takeaways of the " + "Open Class " * 8 + "in 2023")

    assert b"=?" not in field
    assert field.count(b"\r\n ") == 1


def test_a_latin_subject_is_readable_and_a_chinese_one_short() -> None:
    latin = text_field("Subject", "Café openings of the week, and what to do")
    chinese = text_field("Subject", "微信公开课要点")

    assert latin == (b"Subject: =?utf-8?q?Caf=C3=A9_openings_of_the_week=2C_and_what_to_do?=\r\n")
    assert chinese == b"Subject: =?utf-8?b?5b6u5L+h5YWs5byA6K++6KaB54K5?=\r\n"


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("", b"To: a@example.org\r\n"),
        ("  \u3000 ", b"To: a@example.org\r\n"),
        ("Ada Lovelace", b"To: Ada Lovelace <a@example.org>\r\n"),
        ("  Ada   Lovelace ", b"To: Ada Lovelace <a@example.org>\r\n"),
        ("Doe, John", b'To: "Doe, John" <a@example.org>\r\n'),
        ("J. Doe", b'To: "J. Doe" <a@example.org>\r\n'),
        ('The "Q"', b'To: "The \\"Q\\"" <a@example.org>\r\n'),
        ("back\\slash", b'To: "back\\\\slash" <a@example.org>\r\n'),
        ("b@example.org", b'To: "b@example.org" <a@example.org>\r\n'),
        ("x> <b@example.org", b'To: "x> <b@example.org" <a@example.org>\r\n'),
        ("a =? b", b"To: =?utf-8?b?YSA9PyBi?= <a@example.org>\r\n"),
        ("山田", b"To: =?utf-8?b?5bGx55Sw?= <a@example.org>\r\n"),
    ],
)
def test_a_name_is_written_in_the_simplest_form_that_holds_it(name: str, wire: bytes) -> None:
    assert address_field("To", name, "a@example.org") == wire


@settings(deadline=None)  # other builds share this machine
@given(SAFE)
@example("微信支付" * 40)
@example("👩‍👩‍👧‍👦" * 20)
@example("Café au lait, " * 30)
@example("é" * 200)
@example("a =? b")
def test_any_name_survives_beside_its_address(name: str) -> None:
    field = address_field("To", name, "a@example.org")
    shown = re.sub(" +", " ", name).strip()

    mailbox = _parsed(field).addresses[0]
    words = WORD.findall(field)
    found = str(make_header(decode_header(b" ".join(words).decode()))) if words else ""

    _refuse_illegal(field)
    assert (mailbox.username, mailbox.domain) == ("a", "example.org")
    assert (found or mailbox.display_name) == shown


def test_a_long_quoted_name_keeps_its_specials_when_it_is_folded() -> None:
    # The standard library drops the quotes here, and the comma makes two addresses of it.
    name = "Lovelace, Augusta Ada King-Noel, Countess of Lovelace, née Byron <x@example.com> " * 3

    field = address_field("To", name, "a@example.org")

    assert field.count(b"<") == 1
    assert [mailbox.addr_spec for mailbox in _parsed(field).addresses] == ["a@example.org"]
    assert _decoded(field).startswith(name.strip())


def test_a_long_address_goes_on_a_line_of_its_own() -> None:
    address = "a" * 60 + "@" + "b" * 60 + ".example.org"

    field = address_field("To", "Ada Lovelace", address)

    assert field == f"To: Ada Lovelace\r\n <{address}>\r\n".encode()


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.L+news@Example.ORG", "Ada.L+news@Example.ORG"),
        ("o'neil@example.org", "o'neil@example.org"),
        ('"a b"@example.org', '"a b"@example.org'),
        ("a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        ("a.@docomo.ne.jp", '"a."@docomo.ne.jp'),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@localhost", "a@localhost"),
    ],
)
def test_an_address_is_written_in_ascii(address: str, wire: str) -> None:
    assert addr_spec(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@exa mple.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@example.org\r\nBcc: x@example.org",
        "ada\r\n@example.org",
        "ada@example.org>, <x@example.org",
        "a, b@example.org",
        "<ada@example.org>",
        "Ada <ada@example.org>",
        "ada@example.org\x00",
        '"a\r\nb"@example.org',
        '"a"b"@example.org',
        "=?utf-8?q?a?=@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b." * 127 + "org",
        "a@" + "b" * 64 + ".org",
        "a@" + "例" * 400 + ".jp",
        "a@" + "例" * 1_000_000 + ".jp",
        "a@\u2028.jp",
        "a@\ud800.jp",
        "\ud800@example.org",
    ],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    with pytest.raises(RecipientError, match="address"):
        addr_spec(address)


def test_only_a_recipients_address_may_be_beyond_ascii() -> None:
    assert recipient_spec("山田.taro@bücher.example") == "山田.taro@xn--bcher-kva.example"
    with pytest.raises(RecipientError, match="From address is not ASCII before the @"):
        addr_spec("山田@example.org", "From address")


@pytest.mark.parametrize(
    "address",
    [
        "山 田@example.org",
        "山\u3000田@example.org",
        "山\u2028@example.org",
        "山\x85@example.org",
        "山\xa0@example.org",
        "山\r\n@example.org",
        "山\ud800@example.org",
        "山>@example.org",
        "山,b@example.org",
        "山..b@example.org",
        '"山"@example.org',
        "=?山?=@example.org",
        "山" * 22 + "@example.org",
    ],
)
def test_what_is_no_address_beyond_ascii_either_is_refused(address: str) -> None:
    with pytest.raises(RecipientError, match="address"):
        recipient_spec(address)


def test_to_shows_an_address_beyond_ascii_as_it_is() -> None:
    assert to_field("", "山田@example.org").decode() == "To: 山田@example.org\r\n"
    assert to_field("Ada", "é@example.org").decode() == "To: Ada <é@example.org>\r\n"


HOSTILE = [
    "a\nBcc: x@example.org",
    "a\r\n\r\nbody",
    "a\rb",
    "a\x00b",
    "a\tb",
    "a\x1bb",
    "a\x7fb",
    "a\x85b",
    "a\x9fb",
    "a\u2028b",
    "a\u2029b",
    "a\ud83d",
    "=?UTF-8?Q?=0A?=Bcc: x@example.org",
    "=?utf-8?b?DQpCY2M6IHhAZXhhbXBsZS5vcmc=?=",
    "x=?a?b?c?=",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_begins_a_line_of_its_own(value: str) -> None:
    with pytest.raises(RecipientError, match="subject holds"):
        text_field("Subject", value)
    with pytest.raises(RecipientError, match="name holds"):
        address_field("To", value, "a@example.org")
    with pytest.raises(DigestError, match="greeting holds"):
        refuse_unsafe(value, "greeting", DigestError)


def test_a_refusal_names_the_value_and_does_not_show_it() -> None:
    with pytest.raises(RecipientError) as caught:
        refuse_unsafe("Ada Secret\n", "name")

    assert "name" in str(caught.value)
    assert "U+000A" in str(caught.value)
    assert "Secret" not in str(caught.value)


def test_a_name_without_end_is_refused() -> None:
    with pytest.raises(RecipientError, match="longer than 1000"):
        address_field("To", "a" * 1001, "a@example.org")


def test_a_hostile_value_is_refused_at_once() -> None:
    with pytest.raises(RecipientError):
        address_field("To", "=? " * 500_000, "a@example.org")


@pytest.mark.parametrize("length", [20, 77, 78, 79, 200, 900])
def test_a_uri_is_never_encoded_nor_folded(length: int) -> None:
    uri = "https://example.org/" + "a" * (length - 20)

    field = uri_field("List-Unsubscribe", uri)

    assert field == f"List-Unsubscribe: <{uri}>\r\n".encode()


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "x",
        "https://a b",
        "https://a>\r\nX: y",
        "https://a<b",
        "https://é",
        "https://" + "a" * 900,
    ],
)
def test_what_is_not_a_uri_is_refused(uri: str) -> None:
    with pytest.raises(DigestError, match="URI"):
        uri_field("List-Unsubscribe", uri)


def test_equal_instants_have_equal_dates() -> None:
    noon = datetime(2036, 2, 29, 12, 0, 5, 999, tzinfo=UTC)
    in_tokyo = noon.astimezone(timezone(timedelta(hours=9)))

    assert date_field(in_tokyo) == date_field(noon) == b"Date: Fri, 29 Feb 2036 12:00:05 +0000\r\n"
    assert _parsed(date_field(noon)).datetime == noon.replace(microsecond=0)


def test_a_date_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="aware"):
        date_field(datetime(2023, 3, 31))


@pytest.mark.parametrize("identifier", ["a@b", "<a@b>\r\nX: y", "<a b@c>", "<<a@b>>", ""])
def test_what_is_not_a_message_id_is_a_bug(identifier: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        identifier_field("Message-ID", identifier)


def test_a_list_id_names_the_newsletter_and_never_changes_its_id() -> None:
    plain = list_id_field("Open Class", "open-class", "example.org")
    nameless = list_id_field("", "open-class", "example.org")
    chinese = list_id_field("微信公开课", "open-class", "example.org")

    assert plain == b"List-Id: Open Class <open-class.example.org>\r\n"
    assert nameless == b"List-Id: <open-class.example.org>\r\n"
    assert chinese.endswith(b"?= <open-class.example.org>\r\n")


@pytest.mark.parametrize("label", ["", "a b", "a\r\nX: y", "a>", ".a", "例", "a" * 250])
def test_a_newsletter_id_that_cannot_be_a_list_id_is_refused(label: str) -> None:
    with pytest.raises(DigestError, match="List-Id"):
        list_id_field("Open Class", label, "example.org")
