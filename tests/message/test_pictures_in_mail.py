"""Pictures in a message: each travels once, beside the HTML that shows it, and only if it does."""

from __future__ import annotations

import email
import re
from base64 import b64decode
from dataclasses import replace
from email import policy
from email.message import EmailMessage

import pytest

from digest.errors import DigestError
from digest.message.composer import Composer
from digest.message.pictures import PictureParts, embedded
from digest.message.splice import compile_program
from digest.model.edition import Rendered
from digest.model.picture import Picture
from tests.message.editions import (
    BASE_URL,
    LEAVE,
    LETTERHEAD,
    MESSAGE_KEY,
    NOON,
    RING,
    entry,
    frozen,
    reader,
    rendered,
)
from tests.picture_maker import gif, jpeg, picture, png

HERO = picture(png(1200, 400))
ICON = picture(jpeg(), media_type="image/jpeg")
LOOP = picture(gif(), media_type="image/gif")
MESSAGE_ID = "<16.3f.abcdefghijklmnop@example.org>"
# RFC 5322, section 3.6.4, without the obsolete forms: what RFC 2392 makes a cid URL of.
CONTENT_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")


def showing(*pictures: Picture, by: str = '<img src="cid:{}" alt="">') -> Rendered:
    """Return an edition that shows pictures."""
    shown = "".join(by.format(each.content_id) for each in pictures)
    return rendered(html=f"<p>{LEAVE}</p>{shown}\n", text=LEAVE, pictures=pictures)


def filled(edition: Rendered) -> bytes:
    """Return the message of a reader."""
    program = compile_program(edition, LETTERHEAD, language="en")
    return program.fill(reader(), date=NOON, message_id=MESSAGE_ID)


def parsed(raw: bytes) -> EmailMessage:
    """Return a message as the standard library reads it."""
    return email.message_from_bytes(raw, policy=policy.default)


def shape(part: EmailMessage) -> object:
    """Return the media types of a message, nested as its parts are."""
    kind = part.get_content_type()
    return (kind, [shape(each) for each in part.iter_parts()]) if part.is_multipart() else kind


def test_pictures_stand_beside_the_html_and_the_text_alone() -> None:
    message = parsed(filled(showing(HERO, ICON, LOOP)))

    related = ("multipart/related", ["text/html", "image/png", "image/jpeg", "image/gif"])
    assert shape(message) == ("multipart/alternative", ["text/plain", related])
    html = message.get_body(("html",))
    assert html is not None
    assert f'src="cid:{HERO.content_id}"' in html.get_content()


def test_a_picture_is_inline_under_the_name_of_its_content() -> None:
    message = parsed(filled(showing(HERO)))

    [part] = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert part["Content-ID"] == f"<{HERO.content_id}>"
    assert CONTENT_ID.fullmatch(part["Content-ID"])
    assert part.get_content_disposition() == "inline"
    assert part.get_filename() == f"{HERO.sha256}.png"
    assert part.get_content() == HERO.content


def test_the_related_parts_name_their_root() -> None:
    related = list(parsed(filled(showing(HERO))).iter_parts())[1]

    assert related.get_param("type") == "text/html"  # RFC 2387, section 3.1
    assert related.get_boundary() != parsed(filled(showing(HERO))).get_boundary()


def test_without_pictures_a_message_is_what_it_always_was() -> None:
    message = parsed(filled(rendered()))

    assert shape(message) == ("multipart/alternative", ["text/plain", "text/html"])


def test_hosted_pictures_do_not_travel() -> None:
    page = f'<p>{LEAVE}</p><img src="https://static.example.org/{HERO.file_name}" alt="">\n'
    edition = rendered(html=page, text=LEAVE, pictures=(HERO,))

    raw = filled(edition)

    assert shape(parsed(raw)) == ("multipart/alternative", ["text/plain", "text/html"])
    assert filled(replace(edition, pictures=())) == raw


def test_what_the_html_does_not_show_does_not_travel() -> None:
    edition = replace(showing(HERO), pictures=(ICON, HERO))

    assert embedded(edition) == (HERO,)
    assert b"image/jpeg" not in filled(edition)


def test_a_picture_shown_twice_travels_once() -> None:
    raw = filled(replace(showing(HERO, HERO), pictures=(HERO,)))

    assert raw.count(b"Content-ID: ") == 1


@pytest.mark.parametrize(
    "by",
    [
        "<img alt='' src='cid:{}'>",
        '<td background="cid:{}">',
        '<v:fill type="frame" src="cid:{}" />',
        '<div style="background:url(cid:{})">',
        "<div style=\"background:url('cid:{}')\">",
        "<img alt='' SRC = CID:{}>",
    ],
)
def test_a_picture_is_found_however_the_html_shows_it(by: str) -> None:
    assert embedded(showing(HERO, by=by)) == (HERO,)


@pytest.mark.parametrize("name", ["x", "", "0" * 32 + "@picture", ICON.content_id])
def test_a_picture_that_the_edition_does_not_carry_is_refused(name: str) -> None:
    edition = rendered(html=f'<p>{LEAVE}</p><img src="cid:{name}" alt="">', text=LEAVE)

    with pytest.raises(DigestError, match="shows a picture that is not there"):
        compile_program(replace(edition, pictures=(HERO,)), LETTERHEAD, language="en")


def test_a_text_that_only_speaks_of_cid_shows_nothing() -> None:
    edition = rendered(html=f"<p>{LEAVE} Write cid:x, or src=&quot;cid:y&quot;.</p>", text=LEAVE)

    assert embedded(edition) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"media_type": "image/svg+xml"},
        {"media_type": "image/png\r\nBcc: x@example.org"},
        {"media_type": ""},
        {"sha256": 'x"\r\nBcc: x@example.org'},
        {"sha256": "ab" * 31},
    ],
)
def test_a_picture_cannot_inject_a_header(wrong: dict[str, str]) -> None:
    odd = replace(HERO, **wrong)

    with pytest.raises(DigestError):
        PictureParts().part(odd)


def test_editions_share_the_bytes_of_a_picture() -> None:
    parts = PictureParts()

    first = parts.part(HERO)
    again = parts.part(replace(HERO, file="elsewhere.png"))

    assert again is first
    assert b64decode(first.body) == HERO.content


def test_every_edition_of_a_mailing_carries_its_own_pictures() -> None:
    editions = [frozen(showing(HERO, ICON)), frozen(showing(ICON), edition_id=2)]
    composer = Composer(LETTERHEAD, editions, base_url=BASE_URL, ring=RING, message_key=MESSAGE_KEY)

    messages = [parsed(composer.compose(entry(edition_id=number)).content) for number in (1, 2)]

    found = [
        [part.get_filename() for part in message.walk() if part.get_filename()]
        for message in messages
    ]
    assert found == [[HERO.file_name, ICON.file_name], [ICON.file_name]]


def test_the_boundary_of_the_pictures_stands_in_no_part() -> None:
    quoting = picture(b"--=_pictures_ --=_digest_ " * 30)

    raw = filled(showing(quoting, HERO))

    outer, inner = re.findall(rb'boundary="([^"]+)"', raw)
    assert raw.count(b"--" + outer) == 3
    assert raw.count(b"--" + inner) == 4
    assert not outer.startswith(inner)
    assert not inner.startswith(outer)


def test_pictures_of_a_megabyte_are_spliced_as_rightly_as_small_ones() -> None:
    large = picture(bytes(range(256)) * 4_000)

    message = parsed(filled(showing(large, HERO)))

    shown = [part.get_content() for part in message.walk() if part.get_filename()]
    assert shown == [large.content, HERO.content]
