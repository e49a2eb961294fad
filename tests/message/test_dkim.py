"""Signatures: dkimpy verifies them, for any reader, and nothing can be added or changed."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.errors import RecipientError
from digest.message.composer import Composer
from digest.message.dkim import GUARDED
from digest.model.edition import Rendered
from digest.model.newsletter import Letterhead
from tests.dkim_keys import DOMAIN, pair, records, signer, verdicts
from tests.message.editions import (
    BASE_URL,
    GREETING,
    LEAVE,
    LETTERHEAD,
    MESSAGE_KEY,
    NAME,
    NOON,
    RING,
    entry,
    frozen,
    rendered,
)
from tests.picture_maker import picture

BOTH = ("2048", "ed25519")
KINDS = [("1024",), ("2048",), ("4096",), ("ed25519",), BOTH]


def _composer(
    *kinds: str,
    edition: Rendered | None = None,
    letterhead: Letterhead = LETTERHEAD,
    base_url: str | None = BASE_URL,
    domain: str = DOMAIN,
) -> Composer:
    return Composer(
        letterhead,
        [frozen(edition or rendered())],
        base_url=base_url,
        ring=RING,
        message_key=MESSAGE_KEY,
        signer=signer(*kinds, domain=domain),
    )


def _signed_fields(content: bytes) -> list[list[str]]:
    """Return the h= of each signature."""
    head = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
    return [
        [name.strip() for name in found.split(":")] for found in re.findall(r"; h=([^;]*);", head)
    ]


@pytest.mark.parametrize("kinds", KINDS, ids="+".join)
def test_dkimpy_verifies_every_signature(kinds: tuple[str, ...]) -> None:
    composer = _composer(*kinds)

    content = composer.compose(entry()).content

    assert verdicts(content, records(*kinds)) == [True] * len(kinds)
    assert content.count(b"DKIM-Signature: ") == len(kinds)


@settings(deadline=None, max_examples=60)  # other builds share this machine
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200),
    st.text("abc.+_-'", min_size=1, max_size=60),
)
@example("", "a")
@example("   a  \u3000 b ", "a..b")
@example('"a\\b"', "a.")
@example("微信支付" * 60, "a")
@example("x" * 900, "a" * 64)
def test_a_signature_holds_for_any_name_and_address(name: str, local: str) -> None:
    try:
        content = _NAMED.compose(entry(name=name, recipient=f"{local}@example.org")).content
    except RecipientError:
        return  # such a value is nobody's mail

    assert verdicts(content, records("ed25519")) == [True]


_NAMED = _composer("ed25519", edition=rendered(subject=f"For {NAME}, and others"))


@pytest.mark.parametrize(
    "edition",
    [
        rendered(subject=""),
        rendered(subject="  two  blanks  " * 9),
        rendered(subject="微信公开课要点 " * 30),
        rendered(subject="plain words that have to be folded " * 9),
        rendered(html=f"<p>{GREETING}</p>  \t \n\n\n{LEAVE}\n\n\n", text=f"{LEAVE} \n \n\n\n"),
        rendered(html="", text=""),
    ],
)
def test_a_signature_holds_for_any_edition(edition: Rendered) -> None:
    content = _composer(*BOTH, edition=edition).compose(entry()).content

    assert verdicts(content, records(*BOTH)) == [True, True]


def test_a_signature_covers_the_pictures() -> None:
    shown = picture(b"x" * 5000)
    html = f'<img src="cid:{shown.content_id}" alt="">{GREETING}{LEAVE}'
    edition = rendered(html=html, text=f"{GREETING}{LEAVE}", pictures=(shown,))

    content = _composer(*BOTH, edition=edition).compose(entry()).content

    assert verdicts(content, records(*BOTH)) == [True, True]
    assert verdicts(content.replace(b"eHh4eHh4", b"eHh4eHh5", 1), records(*BOTH)) == [False, False]


@pytest.mark.parametrize(
    "letterhead",
    [
        replace(LETTERHEAD, reply_to=None),
        replace(LETTERHEAD, name="微信公开课" * 20),
        replace(LETTERHEAD, name=""),
    ],
)
def test_a_signature_holds_for_any_letterhead(letterhead: Letterhead) -> None:
    content = _composer("ed25519", letterhead=letterhead).compose(entry()).content

    assert verdicts(content, records("ed25519")) == [True]


def test_a_signature_holds_where_the_address_is_beyond_ascii() -> None:
    envelope = _composer("2048").compose(entry(recipient="山田@example.org"))

    assert envelope.smtputf8
    assert verdicts(envelope.content, records("2048")) == [True]


def test_a_domain_beyond_ascii_signs_as_the_dns_knows_it() -> None:
    content = _composer("ed25519", domain="bücher.example").compose(entry()).content

    assert b"\r\n d=xn--bcher-kva.example;\r\n" in content
    assert verdicts(content, records("ed25519", domain="xn--bcher-kva.example")) == [True]


def test_every_field_is_signed_and_named_once_more_than_it_is_there() -> None:
    content = _composer(*BOTH).compose(entry()).content

    head = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
    present = [line.partition(":")[0].lower() for line in head.split("\r\n")]
    own = [name for name in present if name != "dkim-signature"]
    for listed in _signed_fields(content):
        assert {name: listed.count(name) for name in own} == dict.fromkeys(own, 2)
        absent = set(listed) - set(own)
        assert absent == {name.lower() for name in GUARDED} - set(own)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(own)


def test_without_links_nobody_can_add_a_way_to_leave() -> None:
    edition = rendered(html=GREETING, text=GREETING)

    content = _composer("ed25519", edition=edition, base_url=None).compose(entry()).content

    added = b"List-Unsubscribe: <https://evil.example/>\r\n" + content
    assert verdicts(content, records("ed25519")) == [True]
    assert verdicts(added, records("ed25519")) == [False]


@pytest.mark.parametrize("name", [*GUARDED, "Content-Language", "Precedence", "Auto-Submitted"])
@pytest.mark.parametrize("at_top", [True, False])
def test_nothing_can_be_added(name: str, at_top: bool) -> None:
    content = _composer("ed25519").compose(entry()).content
    head, _, body = content.partition(b"\r\n\r\n")
    field = f"{name}: evil@example.com\r\n".encode()

    changed = field + content if at_top else head + b"\r\n" + field + b"\r\n" + body

    assert verdicts(changed, records("ed25519")) == [False]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"To: Ada", b"To: Eve"),
        lambda content: content.replace(b"=One-Click", b"=Two-Clicks"),
        lambda content: content.replace(b"/l/", b"/m/", 1),
        lambda content: content.replace(b"12:00:00", b"12:00:01"),
        lambda content: content.replace(b"; t=1680264000", b"; t=1680264001"),
        lambda content: content + b"more\r\n",
        lambda content: content.replace(b"base64\r\n\r\n", b"base64\r\n\r\nAAAA\r\n", 1),
    ],
)
def test_nothing_can_be_changed(change: Callable[[bytes], bytes]) -> None:
    content = _composer("ed25519").compose(entry()).content

    assert change(content) != content
    assert verdicts(change(content), records("ed25519")) == [False]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"Subject: Key ", b"SUBJECT:\r\n\tKey \t "),
        lambda content: content.replace(b"\r\nDate: ", b"\r\ndate:   "),
        lambda content: content + b"\r\n\r\n",
        lambda content: content.replace(b"base64\r\n\r\n", b"base64  \r\n\r\n"),
        lambda content: b"Received: from a by b;\r\n later\r\nX-Spam: no\r\n" + content,
        lambda content: content.replace(b"; bh=", b";\r\n\tbh =\r\n  ").replace(b"\r\n b=", b" b="),
    ],
)
def test_what_a_relay_may_do_breaks_no_signature(change: Callable[[bytes], bytes]) -> None:
    content = _composer(*BOTH).compose(entry()).content

    assert change(content) != content
    assert verdicts(change(content), records(*BOTH)) == [True, True]


def test_a_signed_message_is_ready_for_the_wire() -> None:
    for kinds in KINDS:
        envelope = _composer(*kinds).compose(entry(name="山田 太郎 " * 20))

        lines = envelope.content.split(b"\r\n")
        assert envelope.wire_ready
        assert lines.pop() == b""
        assert not any(b"\r" in line or b"\n" in line or line[:1] == b"." for line in lines)
        assert max(len(line) for line in lines if b"https://" not in line) <= 78


def test_the_time_of_a_signature_is_when_the_entry_was_due() -> None:
    content = _composer("2048").compose(entry()).content

    assert f"; t={int(NOON.timestamp())};\r\n".encode() in content


def test_every_attempt_and_every_thread_gives_the_same_bytes() -> None:
    composer = _composer(*BOTH)
    entries = [entry(entry_id=number, name=f"Reader {number}") for number in range(40)]

    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(composer.compose, entries))
    again = [_composer(*BOTH).compose(replace(each, attempts=2)) for each in entries]

    assert first == again
    assert all(verdicts(each.content, records(*BOTH)) == [True, True] for each in first[:3])
    assert len({each.content for each in first}) == 40


def test_a_composer_says_whether_it_signs() -> None:
    unsigned = Composer(
        LETTERHEAD, [frozen(rendered())], base_url=BASE_URL, ring=RING, message_key=MESSAGE_KEY
    )

    assert _composer("ed25519").signs
    assert not unsigned.signs
    assert b"DKIM" not in unsigned.compose(entry()).content


def test_a_domain_that_is_none_is_refused() -> None:
    with pytest.raises(RecipientError, match="DKIM domain"):
        signer("ed25519", domain="exa mple.org")


def test_a_key_is_never_shown() -> None:
    shown = repr(pair("2048")) + repr(signer("2048")) + repr(pair("2048").signing)

    assert "PRIVATE" not in shown
    assert "lambda" not in shown
