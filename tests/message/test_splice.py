"""The spliced bytes say exactly what a straightforward `EmailMessage` says."""

import email
import re
from base64 import b64decode
from email import policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from digest.errors import DigestError, RecipientError
from digest.message.markers import fill_html, fill_subject, fill_text
from digest.message.splice import compile_program
from digest.model.edition import Personal, Placeholder, Rendered
from digest.model.newsletter import Letterhead, Mailbox
from tests.message.editions import (
    GREETING,
    LEAVE,
    LETTERHEAD,
    LINKS,
    MARKER,
    NOON,
    reader,
    rendered,
)
from tests.picture_maker import picture

MESSAGE_ID = "<16.3f.abcdefghijklmnop@example.org>"
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029")
HOSTILE_NAMES = [
    "", " ", "Ada", "O'Neil", '"', '""', "\\", '\\"', "a\\", "<script>alert(1)</script>", "&amp;",
    "a@b.org", "x> <y@example.org", "Doe, John; (esq.): <j@x.org>", "=?", "?=", "= ?utf-8?q?x? =",
    ".", "..", "{name}", "{0}", "%s", "%(name)s", "${name}", "{{ name }}", "$(reboot)", "'; DROP--",
    "山田 太郎", "微信支付" * 40, "👩‍👩‍👧‍👦 семья", "محمد علي", "\u202eevil", "e\u0301\u0323" * 30,
    "नमस्ते", "x" * 300, "a b " * 80, "\u3000", "\ufeff", "\u200b", "\U0010ffff", "ﷺ", "Ⅷ", "ß" * 76,
    "Zoë", "To: x", "Bcc: x@example.org", ".\u00a0.", "-" * 70, "--=_digest_x", "_", "=", "=20",
    "=41",
]  # fmt: skip
NAMES = st.sampled_from(HOSTILE_NAMES) | st.text(CHARACTERS, max_size=120).filter(
    lambda text: "=?" not in text
)
ADDRESSES = st.sampled_from(
    ["a@example.org", "o'neil+x@mail.example.co.jp", "x" * 64 + "@" + "y" * 60 + ".example.org"]
)
# Anything an editor's page may hold; a carriage return has a test of its own. Without a 7 no half
# of a marker comes about: hypothesis draws pieces of what it drew before.
STATIC = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\r7"), max_size=70
) | st.sampled_from(["", "a", "ab", "abc", "é", "\n", "\n.\n", "--=_digest_", "<p>微信</p>" * 30])
PICTURES = st.builds(
    picture,
    st.binary(min_size=1, max_size=300)
    | st.sampled_from([b"x" * 57, b"x" * 58, b"\r\n.\r\n", b"\0" * 5000, b"--=_pictures_"]),
    media_type=st.sampled_from(["image/png", "image/jpeg", "image/gif"]),
)
SUBJECTS = st.text(CHARACTERS, max_size=60).filter(lambda text: not set(text) & set("?7"))


@st.composite
def editions(draw: st.DrawFn) -> Rendered:
    """Return an edition with markers at random places of its subject, text and HTML.

    Some show pictures: of any bytes and size, the same one twice as well.
    """

    def template(static: st.SearchStrategy[str], holes: list[Placeholder], most: int) -> str:
        pieces = draw(
            st.lists(static | st.sampled_from([MARKER[each] for each in holes]), max_size=most)
        )
        return "".join(pieces)

    pictures = draw(st.lists(PICTURES, max_size=3, unique_by=lambda each: each.sha256))
    shown = [f'<img src="cid:{each.content_id}" alt="">' for each in pictures]
    html = template(STATIC | st.sampled_from([*shown, ""]), list(Placeholder), 12)
    return rendered(
        subject=template(SUBJECTS, [Placeholder.NAME, Placeholder.GREETING], 3),
        html="".join((html, *shown, "\n")),
        text=template(STATIC, list(Placeholder), 12) + "\n",
        pictures=tuple(pictures),
    )


def _straightforward(edition: Rendered, person: Personal) -> EmailMessage:
    """Build the message as anyone would, one header after the other."""
    message = EmailMessage(policy=policy.SMTP)
    shown = re.sub(" +", " ", person.name).strip()
    message["From"] = Address(LETTERHEAD.sender.name, addr_spec=LETTERHEAD.sender.address)
    message["To"] = Address(shown, addr_spec=person.address)
    message["Subject"] = fill_subject(edition, person)
    message["Date"] = format_datetime(NOON)
    message["Message-ID"] = MESSAGE_ID
    message["Reply-To"] = Address("", addr_spec="editor@example.org")
    message["List-Id"] = "Open Class <open-class.example.org>"
    message["List-Unsubscribe"] = f"<{person.links[Placeholder.LEAVE_URL]}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Precedence"] = "bulk"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(fill_text(edition, person), cte="base64")
    message.add_alternative(fill_html(edition, person), subtype="html", cte="base64")
    html = list(message.iter_parts())[1]
    for each in edition.pictures:
        html.add_related(
            each.content,
            *each.media_type.split("/"),
            cid=f"<{each.content_id}>",
            filename=each.file_name,
            disposition="inline",
        )
    message["Content-Language"] = "en"  # before, it would become the text part's
    return message


def _told(part: EmailMessage) -> list[object]:
    """Return what a part says, and the parts within it."""
    said = [part.get_content_type(), part.get_content_charset(), part["Content-ID"]]
    said += [part["Content-Transfer-Encoding"], part.get_filename(), part.get_content_disposition()]
    if part.is_multipart():
        return [*said[:3], [_told(each) for each in part.iter_parts()]]
    return [*said, part.get_content()]


def _defects(message: EmailMessage) -> list[object]:
    return [defect for part in message.walk() for defect in part.defects]


def _decoded(raw: bytes, field: str) -> str:
    """Decode a field by the legacy reader, which joins adjacent encoded words rightly."""
    value = email.message_from_bytes(raw, policy=policy.compat32)[field].replace("\r\n", "")
    return str(make_header(decode_header(value)))


def _refuse_same_addresses(raw: bytes, parsed: EmailMessage, plain: EmailMessage) -> None:
    wanted = plain["To"].addresses
    if raw.partition(b"\r\nSubject")[0].partition(b"\r\nTo: ")[2].count(b"=?utf-8?") > 1:
        # `policy.default` puts a space between adjacent encoded words (python/cpython#128110), in
        # its own messages too; the legacy decoder shows that the bytes are right.
        assert [each.addr_spec for each in parsed["To"].addresses] == [wanted[0].addr_spec]
        assert _decoded(raw, "To").rpartition("<")[0].rstrip(" ") == wanted[0].display_name
    else:
        assert parsed["To"].addresses == wanted
    assert parsed["From"].addresses == plain["From"].addresses
    assert parsed["Reply-To"].addresses == plain["Reply-To"].addresses


def _joins_to_an_encoded_word(edition: Rendered, person: Personal) -> bool:
    """Return whether a name such as "=?" stands twice in the subject: refused, as it should be."""
    return bool(re.search(r"=\?.*\?=", fill_subject(edition, person)))


@settings(deadline=None)  # other builds share this machine
@given(editions(), NAMES, ADDRESSES)
@example(rendered(), "", "a@example.org")
@example(rendered(html=GREETING, text=LEAVE), "é", "a@example.org")
def test_spliced_bytes_say_what_a_straightforward_message_says(
    edition: Rendered, name: str, address: str
) -> None:
    person = reader(name, address)
    assume(not _joins_to_an_encoded_word(edition, person))
    plain = _straightforward(edition, person)

    raw = compile_program(edition, LETTERHEAD, language="en").fill(
        person, date=NOON, message_id=MESSAGE_ID
    )

    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert sorted(parsed.keys()) == sorted(plain.keys())
    _refuse_same_addresses(raw, parsed, plain)
    assert _decoded(raw, "Subject") == fill_subject(edition, person)
    for field in set(plain.keys()) - {"From", "To", "Reply-To", "Subject", "Content-Type"}:
        assert str(parsed[field]) == str(plain[field]), field
    assert _told(parsed) == _told(plain)
    assert _defects(parsed) == []


@settings(deadline=None)  # other builds share this machine
@given(editions(), NAMES, ADDRESSES)
def test_spliced_bytes_are_legal_on_every_wire(edition: Rendered, name: str, address: str) -> None:
    assume(not _joins_to_an_encoded_word(edition, reader(name, address)))
    program = compile_program(edition, LETTERHEAD, language="en")

    raw = program.fill(reader(name, address), date=NOON, message_id=MESSAGE_ID)

    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line or len(line) > 998 for line in lines)
    # Strict base64: no empty line, no line over 76 characters, nothing outside the alphabet.
    wire = rb'(?:base64|filename="[a-z0-9.]+")\r\n\r\n(.*?)\r\n--'
    bodies = re.findall(wire, raw, re.DOTALL)
    assert len(bodies) == 2 + len(edition.pictures)
    assert all(1 <= len(line) <= 76 for body in bodies for line in body.split(b"\r\n"))
    for body, shown in zip(bodies[2:], edition.pictures, strict=True):
        assert b64decode(body.replace(b"\r\n", b""), validate=True) == shown.content
    for body, said in zip(bodies[:2], (fill_text, fill_html), strict=True):
        decoded = b64decode(body.replace(b"\r\n", b""), validate=True).decode()
        assert decoded == said(edition, reader(name, address)).replace("\n", "\r\n")
    assert program.fill(reader(name, address), date=NOON, message_id=MESSAGE_ID) == raw


def test_headers_stand_in_their_order() -> None:
    raw = compile_program(rendered(), LETTERHEAD, language="zh-Hans").fill(
        reader(), date=NOON, message_id=MESSAGE_ID
    )

    assert raw.partition(b"\r\n\r\n")[0].decode().split("\r\n") == [
        "From: Open Class <news@example.org>",
        "To: Ada <ada@example.org>",
        "Subject: Key takeaways",
        "Date: Fri, 31 Mar 2023 12:00:00 +0000",
        f"Message-ID: {MESSAGE_ID}",
        "Reply-To: editor@example.org",
        "List-Id: Open Class <open-class.example.org>",
        f"List-Unsubscribe: <{LINKS[Placeholder.LEAVE_URL]}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_digest_5598540ed15901a925d0"',
        "Content-Language: zh-Hans",
    ]


@pytest.mark.parametrize("length", [60, 77, 78, 79, 120, 500])
def test_one_click_headers_are_raw_however_long_the_link(length: int) -> None:
    # Python's own generator makes an RFC 2047 word of it from 78 characters on.
    link = "https://news.example.org/".ljust(length, "x")
    person = Personal(name="Ada", address="a@example.org", links={Placeholder.LEAVE_URL: link})

    raw = compile_program(rendered(), LETTERHEAD, language="en").fill(
        person, date=NOON, message_id=MESSAGE_ID
    )

    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize(
    "subject", ["", " ", "x" * 300, "Key takeaways " * 20, "要点" * 100, " a  b ", "a =? b"]
)
def test_any_subject_that_an_editor_writes_compiles(subject: str) -> None:
    raw = compile_program(rendered(subject=subject), LETTERHEAD, language="en").fill(
        reader(), date=NOON, message_id=MESSAGE_ID
    )

    assert _decoded(raw, "Subject") == subject


def test_without_a_leave_link_there_is_no_one_click() -> None:
    edition = rendered(html=f"<p>{GREETING}</p>", text=GREETING)

    raw = compile_program(edition, LETTERHEAD, language="en").fill(
        Personal(name="Ada", address="a@example.org"), date=NOON, message_id=MESSAGE_ID
    )

    assert b"List-Unsubscribe" not in raw
    assert b"List-Id" in raw


def test_a_program_without_placeholders_is_the_same_for_all_but_in_its_headers() -> None:
    program = compile_program(
        rendered(html="<p>Hello</p>", text="Hello"), LETTERHEAD, language="en"
    )

    bodies = {
        program.fill(reader(name), date=NOON, message_id=MESSAGE_ID).partition(b"\r\n\r\n")[2]
        for name in ("Ada", "山田")
    }

    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a\rb\nc\r\nd", "a\r\nb\r\nc\r\nd\r\n"),
        ("a\n\r\nb\n\n", "a\r\n\r\nb\r\n\r\n"),
        ("", "\r\n"),
        ("a\x0b\x0c\x85\u2028b", "a\x0b\x0c\x85\u2028b\r\n"),
    ],
)
def test_every_line_end_of_a_page_becomes_the_wires(template: str, said: str) -> None:
    program = compile_program(rendered(html=template, text=template), LETTERHEAD, language="en")

    raw = program.fill(reader(), date=NOON, message_id=MESSAGE_ID)

    parts = email.message_from_bytes(raw, policy=policy.default).iter_parts()
    assert [part.get_content() for part in parts] == [said, said]


@pytest.mark.parametrize(
    "name", ["Ada\r\nBcc: x@example.org", "Ada\x00", "=?UTF-8?Q?=0A?=Bcc: x@y"]
)
def test_a_name_cannot_inject_a_header(name: str) -> None:
    program = compile_program(rendered(), LETTERHEAD, language="en")

    with pytest.raises(RecipientError, match="name"):
        program.fill(reader(name), date=NOON, message_id=MESSAGE_ID)


@pytest.mark.parametrize(
    "subject", ["=?UTF-8?Q?=0A?=Bcc: x@y", "a\r\nBcc: x@y", "a\nb", "a\x00", "a\u2028b", "\ud800"]
)
def test_a_subject_cannot_inject_a_header(subject: str) -> None:
    for personal in ("", MARKER[Placeholder.NAME]):
        with pytest.raises(DigestError, match="subject") as caught:
            compile_program(rendered(subject=subject + personal), LETTERHEAD, language="en")
        assert not isinstance(caught.value, RecipientError)


def test_a_subject_and_a_name_cannot_make_an_encoded_word_together() -> None:
    edition = rendered(subject=f"=?utf-8?q?{MARKER[Placeholder.NAME]}", html=LEAVE, text=LEAVE)
    program = compile_program(edition, LETTERHEAD, language="en")

    with pytest.raises(RecipientError, match="subject holds an encoded word"):
        program.fill(reader("=0ABcc: x@y?="), date=NOON, message_id=MESSAGE_ID)


@pytest.mark.parametrize("language", ["", "en\r\nBcc: x@y", "en us", "日本", "abcdefghi"])
def test_what_is_no_language_tag_is_refused(language: str) -> None:
    with pytest.raises(DigestError, match="language tag"):
        compile_program(rendered(), LETTERHEAD, language=language)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": Mailbox(name="x", address="nobody")},
        {"sender": Mailbox(name="x\r\nBcc: y@z.org", address="news@example.org")},
        {"reply_to": Mailbox(name="x", address="a@b@c\n.org")},
        {"name": "Open\nClass"},
        {"newsletter": "open class"},
    ],
)
def test_a_letterhead_that_cannot_stand_is_refused_for_all(wrong: dict) -> None:
    sender = Mailbox(name="Open Class", address="news@example.org")
    letterhead = Letterhead(**{"newsletter": "open-class", "name": "x", "sender": sender, **wrong})

    with pytest.raises(DigestError) as caught:
        compile_program(rendered(), letterhead, language="en")

    assert not isinstance(caught.value, RecipientError)


def test_half_a_character_in_a_page_is_refused() -> None:
    with pytest.raises(DigestError, match="half a character"):
        compile_program(
            rendered(html=f"{GREETING}\ud83d", text=GREETING), LETTERHEAD, language="en"
        )


def test_an_altered_marker_never_reaches_a_reader() -> None:
    edition = rendered(html=f"{GREETING} {LEAVE[:-2]}", text=f"{GREETING} {LEAVE}")

    with pytest.raises(DigestError, match="a marker was altered"):
        compile_program(edition, LETTERHEAD, language="en")


def test_a_page_of_a_megabyte_is_spliced_as_rightly_as_a_small_one() -> None:
    page = f"<p>{GREETING}</p>" + "<p>微信公开课 key takeaways</p>\n" * 30_000 + LEAVE + "\n"
    edition = rendered(html=page, text=f"{GREETING}\n")
    person = reader("Zoë “Q” 山田")

    raw = compile_program(edition, LETTERHEAD, language="en").fill(
        person, date=NOON, message_id=MESSAGE_ID
    )

    html = list(email.message_from_bytes(raw, policy=policy.default).iter_parts())[1]
    assert len(page.encode()) > 1_000_000
    assert html.get_content() == fill_html(edition, person).replace("\n", "\r\n")


def test_the_boundary_depends_on_the_content_and_never_occurs_in_it() -> None:
    def boundary(html: str) -> bytes:
        raw = compile_program(rendered(html=html, text="x"), LETTERHEAD, language="en").fill(
            reader(), date=NOON, message_id=MESSAGE_ID
        )
        found = re.search(rb'boundary="([^"]+)"', raw)
        assert found
        assert raw.count(b"--" + found[1]) == 3
        return found[1]

    first = boundary("<p>a</p>")
    quoting = boundary(f"<p>--{first.decode()}--</p>")

    assert boundary("<p>a</p>") == first
    assert quoting != first
