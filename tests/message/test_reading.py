"""Any message is read: what a reader sees, what stands there, and never an exception."""

from __future__ import annotations

import time
import unicodedata
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.message.part_tree import DEEPEST, MOST_PARTS
from digest.message.reading import ReadMessage, read_message


def built(*, attachment: bytes = b"") -> bytes:
    """Return a message of the standard library: text and HTML with a picture in it."""
    message = EmailMessage()
    message["From"] = "Zoë <zoe@example.org>"
    message["Subject"] = "微信公开课 digest " * 8
    message["Date"] = "Fri, 31 Mar 2023 18:30:00 +0900"
    message.set_content("Grüße, 支付\n")
    message.add_alternative('<p>支付</p><img src="cid:pic@x">', subtype="html")
    html = message.get_payload()[1]
    html.add_related(b"\x89PNG\r\n\0", "image", "png", cid="<pic@x>")
    if attachment:
        message.add_attachment(attachment, "application", "pdf", filename="表.pdf")
    return message.as_bytes()


def tree(message: ReadMessage) -> list[tuple[str, int, str]]:
    return [(part.number, part.depth, part.content_type) for part in message.parts]


def test_headers_are_read_in_order_as_seen_and_as_they_stand() -> None:
    message = read_message(built())

    names = [header.name for header in message.headers]

    assert names[:3] == ["From", "Subject", "Date"]
    assert message.header("from") == "Zoë <zoe@example.org>"
    assert message.subject == ("微信公开课 digest " * 8).strip()
    assert "=?utf-8?" in message.headers[1].raw
    assert message.sent_at is not None
    assert message.sent_at.isoformat() == "2023-03-31T09:30:00+00:00"


def test_the_parts_are_a_tree_with_html_text_and_pictures() -> None:
    message = read_message(built(attachment=b"%PDF\r\n"))

    assert tree(message) == [
        ("1", 0, "multipart/mixed"),
        ("1.1", 1, "multipart/alternative"),
        ("1.1.1", 2, "text/plain"),
        ("1.1.2", 2, "multipart/related"),
        ("1.1.2.1", 3, "text/html"),
        ("1.1.2.2", 3, "image/png"),
        ("1.2", 1, "application/pdf"),
    ]
    assert message.html.strip() == '<p>支付</p><img src="cid:pic@x">'
    assert message.text.replace("\r", "") == "Grüße, 支付\n"
    assert message.by_content_id["pic@x"].content == b"\x89PNG\r\n\0"
    assert [part.file_name for part in message.attachments] == ["", "表.pdf"]
    assert message.parts[-1].is_attachment
    assert message.parts[-1].size == 6
    assert message.odd == ()


def test_a_message_within_the_message_is_shown_as_a_part_and_not_as_the_mail() -> None:
    inner = b"Subject: inner\n\n<no>"
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: message/rfc822\n\n" + inner + b"\n--b\n\nouter text\n--b--\n"
    )

    message = read_message(raw)

    assert tree(message) == [
        ("1", 0, "multipart/mixed"),
        ("1.1", 1, "message/rfc822"),
        ("1.1.1", 2, "text/plain"),
        ("1.2", 1, "text/plain"),
    ]
    assert message.text == "outer text"
    assert message.parts[2].headers[0].value == "inner"


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        (b"=?utf-8?b?5b6u?= =?utf-8?b?5L+h?=", "微信"),
        (b"=?utf-8?b?5b4=?= =?UTF-8?b?ruS/oQ==?=", "微信"),  # a character cut in two
        (b"=?UTF-8*en?Q?a=5Fb_c?=", "a_b c"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?gb2312?B?zqLQxQ==?= x", "微信 x"),
        (b"=?x-unknown?b?AAAA?=", "␀␀␀"),
        (b"=?utf-8?b?!!!?=", "=?utf-8?b?!!!?="),
        (b"\xe5\xbe\xae\xe4\xbf\xa1", "微信"),
        (b"caf\xe9", "café"),
        (b"=?UTF-8?Q?a=0ABcc:_x@y?=", "a␊Bcc: x@y"),
        (b"a\r\n b\r\n\tc", "a b c"),
        (b"a\rBcc: x@y", "a␍Bcc: x@y"),
        (b"\x1b[31mred", "␛[31mred"),
        (b"", ""),
    ],
)
def test_a_subject_is_one_visible_line(raw: bytes, seen: str) -> None:
    message = read_message(b"Subject: " + raw + b"\r\n\r\nbody")

    assert message.subject == seen
    assert message.subject.isprintable()


@pytest.mark.parametrize(
    ("said", "data", "text", "odd"),
    [
        (b"text/plain; charset=utf-8", "é".encode(), "é", ()),
        (b"text/plain; charset=utf-8", b"\xe9", "\ufffd", ("message: its bytes are not utf-8",)),
        (b"text/plain; charset=us-ascii", "é".encode(), "é", ()),
        (b"text/plain; charset=x-none", b"a", "a", ("message: its charset 'x-none' is unknown",)),
        (b"text/plain; charset=idna", b"a", "a", ("message: its charset 'idna' is unknown",)),
        (b"text/plain; charset=base64", b"a", "a", ("message: its charset 'base64' is unknown",)),
        (b'text/plain; charset="SHIFT_JIS"', "日本".encode("cp932"), "日本", ()),
        (b"text/plain", "日本".encode(), "日本", ()),
        (b"text/plain", b"caf\xe9", "café", ()),
        (b"text/html", b'<meta charset="euc-jp">' + "日".encode("euc-jp"), "日", ()),
        (b"text/plain; charset*0=utf; charset*1=-8", "é".encode(), "é", ()),
        (b";;;", b"a", "a", ()),
    ],
)
def test_bytes_become_text_whatever_the_charset_says(
    said: bytes, data: bytes, text: str, odd: tuple[str, ...]
) -> None:
    message = read_message(b"Content-Type: " + said + b"\n\n" + data)

    assert (message.html or message.text).endswith(text)
    assert message.odd == odd


def test_file_names_are_read_in_every_way_that_they_are_written() -> None:
    ways = [
        b"attachment; filename*=UTF-8''%E8%A1%A8.pdf",
        b"attachment; filename*0*=UTF-8''%E8%A1; filename*1*=%A8.pdf",
        b'attachment; filename="=?utf-8?b?6KGoLnBkZg==?="',
        'attachment; filename="表.pdf"'.encode(),
        b'attachment; filename="\xe8\xa1\xa8.pdf',
    ]

    read = [read_message(b"Content-Disposition: " + way + b"\n\n").parts[0] for way in ways]

    assert [part.file_name.strip('"') for part in read] == ["表.pdf"] * 5
    assert {part.disposition for part in read} == {"attachment"}


def test_a_message_with_lone_carriage_returns_only_is_read() -> None:
    message = read_message(b"Subject: a\rFrom: b\r\rbody\r")

    assert (message.subject, message.header("From"), message.text) == ("a", "b", "body\n")


def test_what_is_wrong_with_a_header_is_said() -> None:
    message = read_message(b"Subject: a\rb\nno field\nX-\xc3\xa9: 1\nX: \xc3\xa9\n\nbody")

    assert message.odd == (
        "message: a line of its header is no field",
        "message: a carriage return stands alone in its header",
        "message: its header holds characters beyond ASCII that are not encoded",
    )
    assert message.text == "body"


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\r\n\r\n", b":", b"\0" * 100, b"--\n--", b"\xff\xfe"]
)
def test_what_is_hardly_a_message_has_one_part(raw: bytes) -> None:
    message = read_message(raw)

    assert len(message.parts) == 1
    assert message.raw == raw
    assert message.html == ""


def nested(levels: int) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (each, each)
        for each in range(levels)
    )
    return (
        opened
        + b"\ninnermost\n"
        + b"".join(b"--b%d--\n" % each for each in reversed(range(levels)))
    )


def test_a_message_nested_a_thousand_deep_is_read_as_far_as_anybody_looks() -> None:
    message = read_message(nested(1000))

    assert len(message.parts) == DEEPEST + 1
    assert f"nested deeper than {DEEPEST}" in message.odd[-1]
    assert read_message(nested(50)).text == "innermost"


def test_messages_within_messages_end_too() -> None:
    message = read_message(b"Content-Type: message/rfc822\n\n" * 1000 + b"\nend")

    assert len(message.parts) == DEEPEST + 1


def test_parts_without_number_are_counted_up_to_a_limit() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 20_000

    message = read_message(raw)

    assert len(message.parts) == MOST_PARTS
    assert "more parts than are looked at" in " ".join(message.odd)


HOSTILE = {
    "hyphens": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--\n" * 3_000_000,
    "header without end": b"A: " + b"x" * 10_000_000,
    "fields": b"A:b\n" * 2_500_000,
    "folds": b"A: b\n" + b" \n" * 3_000_000,
    "encoded words": b"Subject: " + b"=?u?q?" * 40_000 + b"\n\n",
    "parameters": b"Content-Type: a/b" + b';a="' * 60_000 + b"\n\n",
    "headers only": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nA:" * 1_000_000,
    "white space": b"A: b\n" + b" " * 9_000_000 + b"\nx",
    "deep and long": nested(400) + b"--x\n" * 2_000_000,
    "base64": b"Content-Transfer-Encoding: base64\n\n" + b"!" * 10_000_000,
    "quoted": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 10_000_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_ten_megabytes_made_to_hurt_are_read_in_seconds(name: str) -> None:
    begun = time.process_time()

    message = read_message(HOSTILE[name])
    _ = (message.html, message.text, message.odd, [part.size for part in message.parts])

    assert time.process_time() - begun < 5


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=b\n",
                b"Content-Type: multipart/alternative; boundary=c\r\n",
                b"Content-Type: message/rfc822\n",
                b"Content-Type: text/html; charset=utf-16\n",
                b"Content-Transfer-Encoding: base64\n",
                b"Content-Transfer-Encoding: quoted-printable\n",
                b"Content-ID: <a>\n",
                b"--b\n",
                b"--b--\r\n",
                b"--c\n",
                b"--c--",
                b"\n",
                b"\r\n",
                b"\r",
                b"\n\n",
            ]
        )
        | st.binary(max_size=20),
        max_size=40,
    ).map(b"".join)
)
def test_any_bytes_are_read_and_the_numbers_of_the_parts_are_their_own(raw: bytes) -> None:
    message = read_message(raw)

    numbers = [part.number for part in message.parts]

    assert len(set(numbers)) == len(numbers)
    assert all(message.part(number) is not None for number in numbers)
    _ = (message.html, message.text, message.odd, message.sent_at, message.by_content_id)
    shown = "".join(header.value for part in message.parts for header in part.headers)
    # Signs that only join or turn others are part of names in many scripts; controls of none.
    assert {unicodedata.category(sign) for sign in shown}.isdisjoint({"Cc", "Zl", "Zp"})
