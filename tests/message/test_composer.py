"""The composer: from an outbox entry to an envelope, the same on every attempt."""

import email
import re
from dataclasses import replace
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.errors import ConfigurationError, DigestError, RecipientError
from digest.message.composer import Composer
from digest.message.markers import fill_html, fill_text
from digest.message.message_ids import ReturnPath, read_message_id, read_return_path
from digest.message.tokens import KeyRing, Purpose, Token, read_token
from digest.model.edition import FrozenEdition
from digest.model.newsletter import Letterhead, Mailbox
from tests.message.editions import (
    ACCEPT,
    BASE_URL,
    DECLINE,
    GREETING,
    LEAVE,
    LETTERHEAD,
    MESSAGE_KEY,
    NOON,
    RING,
    entry,
    frozen,
    rendered,
)

INVITING = rendered(
    html=f'{GREETING} <a href="{ACCEPT}">Yes</a> <a href="{DECLINE}">No</a> {LEAVE}\n',
    text=f"{GREETING}\nYes: {ACCEPT}\nNo: {DECLINE}\nLeave: {LEAVE}\n",
)


NAMES = (
    st.text(max_size=400)
    | st.text('. \r\n\x00a<>"=?é微', max_size=120)
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=1000)
)
ADDRESSES = st.builds("{}@{}".format, st.text('a.-+ "\r\n<', max_size=70), st.just("example.org"))


def _composer(
    *editions: FrozenEdition,
    base_url: str | None = BASE_URL,
    letterhead: Letterhead = LETTERHEAD,
    ring: KeyRing = RING,
    return_path: ReturnPath | None = None,
    test: bool = False,
    harmless: bool = False,
) -> Composer:
    return Composer(
        letterhead,
        editions or [frozen(rendered())],
        base_url=base_url,
        ring=ring,
        message_key=MESSAGE_KEY,
        return_path=return_path,
        test=test,
        harmless=harmless,
    )


_READY = _composer(frozen(INVITING), return_path=ReturnPath("bounces@example.org"))


def _parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _tokens(content: bytes) -> list[Token]:
    """Return every token in the headers and both parts, each verified."""
    message = _parsed(content)
    said = [
        str(message["List-Unsubscribe"]),
        *(part.get_content() for part in message.iter_parts()),
    ]
    texts = re.findall(r"/[al]/([A-Za-z0-9_-]{32})", " ".join(said))
    tokens = [token for text in texts if (token := read_token(RING, text))]
    assert len(tokens) == len(texts)
    return tokens


def test_an_entry_gives_the_same_bytes_on_every_attempt() -> None:
    first = _composer().compose(entry())
    again = _composer().compose(entry(attempts=3))

    assert again == first
    assert first.content


def test_two_entries_share_nothing_that_tells_who_they_are() -> None:
    composer = _composer()

    envelopes = [composer.compose(entry(entry_id=number)) for number in (1, 2)]

    identifiers = [_parsed(each.content)["Message-ID"] for each in envelopes]
    assert len(set(identifiers)) == 2
    assert [read_message_id(MESSAGE_KEY, each) for each in identifiers] == [(42, 1), (42, 2)]
    assert not any("ada" in each.lower() for each in identifiers)


def test_a_message_id_has_the_domain_of_from() -> None:
    sender = Mailbox(name="", address="news@bücher.example")
    composer = _composer(letterhead=replace(LETTERHEAD, sender=sender))

    envelope = composer.compose(entry())

    assert envelope.sender == "news@xn--bcher-kva.example"
    assert _parsed(envelope.content)["Message-ID"].endswith("@xn--bcher-kva.example>")
    assert _parsed(envelope.content)["From"] == "news@xn--bcher-kva.example"


def test_the_date_is_when_the_entry_was_due() -> None:
    message = _parsed(_composer().compose(entry()).content)

    assert message["Date"].datetime == NOON


def test_the_unsubscribe_header_ends_this_readers_subscription() -> None:
    content = _composer().compose(entry()).content

    tokens = _tokens(content)

    assert len(tokens) == 3
    assert {(each.purpose, each.handle, each.context) for each in tokens} == {
        (Purpose.LEAVE, entry().handle, 7)
    }


def test_an_invitation_can_be_answered_by_its_creator() -> None:
    composer = _composer(frozen(INVITING))

    tokens = _tokens(composer.compose(entry(invitation_id=9)).content)

    answers = [each for each in tokens if each.purpose is Purpose.ANSWER]
    assert len(answers) == 4
    assert {(each.handle, each.context) for each in answers} == {(entry().handle, 9)}


def test_an_invitation_without_an_invited_creator_is_refused() -> None:
    composer = _composer(frozen(INVITING))

    with pytest.raises(RecipientError, match=r"subscriber 77.*accept_url"):
        composer.compose(entry(invitation_id=0))


@pytest.mark.parametrize(
    ("name", "recipient"),
    [
        ("Ada\nBcc: x@example.org", "ada@example.org"),
        ("=?utf-8?q?x?=", "ada@example.org"),
        ("Ada", "ada@example.org\r\nRCPT TO:<x@example.org>"),
        ("Ada", "山 田@example.org"),
        ("Ada", ""),
    ],
)
def test_a_value_that_cannot_stand_is_one_recipients_error(name: str, recipient: str) -> None:
    composer = _composer()

    with pytest.raises(RecipientError, match="subscriber 77") as caught:
        composer.compose(entry(name=name, recipient=recipient))

    assert "Bcc" not in str(caught.value)
    assert composer.compose(entry()).recipient == "ada@example.org"


def test_an_odd_but_real_address_is_written_as_smtp_wants_it() -> None:
    envelope = _composer().compose(entry(recipient="ada..l@docomo.ne.jp"))

    assert envelope.recipient == '"ada..l"@docomo.ne.jp'
    assert _parsed(envelope.content)["To"].addresses[0].username == "ada..l"


def test_a_report_comes_back_to_the_entry_by_its_return_path() -> None:
    composer = _composer(return_path=ReturnPath("bounces@example.net"))

    first, second = (composer.compose(entry(entry_id=number)) for number in (1, 2))

    assert first.sender.startswith("bounces+")
    assert first.sender.endswith("@example.net")
    found = [read_return_path(MESSAGE_KEY, each.sender) for each in (first, second)]
    assert found == [(42, 1), (42, 2)]
    assert "ada" not in first.sender


@pytest.mark.parametrize("kind", ["test", "harmless"])
def test_a_report_of_a_mail_that_no_entry_stands_for_names_none(kind: str) -> None:
    composer = _composer(return_path=ReturnPath("bounces@example.net"), **{kind: True})

    assert composer.compose(entry()).sender == "bounces@example.net"


def test_a_report_calls_the_message_by_its_message_id() -> None:
    for composer in (_composer(), _composer(test=True)):
        envelope = composer.compose(entry())

        assert _parsed(envelope.content)["Message-ID"] == f"<{envelope.envelope_id}@example.org>"
        # xtext (RFC 3461, section 4) writes all of these as themselves.
        assert re.fullmatch(r"[a-z0-9.]{1,100}", envelope.envelope_id)


@settings(deadline=None)  # other builds share this machine
@given(NAMES, ADDRESSES)
@example(".", ".@docomo.ne.jp")
@example("Ada\r\n.\r\nQUIT", "a@example.org")
@example("." * 80, "." * 60 + "@example.org")
@example(" ." * 300, "a" * 60 + "@" + "b" * 60 + ".example.org")
def test_what_is_called_wire_ready_is_so(name: str, address: str) -> None:
    try:
        envelope = _READY.compose(entry(name=name, recipient=address, invitation_id=9))
    except RecipientError:
        return  # refused before anybody was told that it is ready

    lines = envelope.content.split(b"\r\n")
    assert envelope.wire_ready
    assert envelope.content.isascii()
    assert lines[-1] == b""
    assert not any(b"\r" in line or b"\n" in line or line[:1] == b"." for line in lines)
    assert max(map(len, lines)) <= 998


def test_an_address_beyond_ascii_is_written_as_it_is_and_announced() -> None:
    envelope = _composer().compose(entry(name="山田 太郎", recipient="山田@example.org"))

    assert (envelope.smtputf8, envelope.wire_ready) == (True, False)
    assert envelope.recipient == "山田@example.org"
    head, _, body = envelope.content.partition(b"\r\n\r\n")
    assert "<山田@example.org>" in head.decode()
    assert body.isascii()
    assert not _composer().compose(entry()).smtputf8


def test_a_test_mail_says_so_and_its_links_change_nothing() -> None:
    composer = _composer(frozen(INVITING), test=True)

    content = composer.compose(entry(invitation_id=9)).content

    tokens = _tokens(content)
    assert _parsed(content)["Subject"] == "[Test] Key takeaways"
    assert {(each.purpose, each.handle, each.context) for each in tokens} == {
        (Purpose.TEST, bytes(8), 0)
    }
    assert read_message_id(MESSAGE_KEY, _parsed(content)["Message-ID"]) is None


def test_a_test_mail_shows_an_invitation_to_who_has_none() -> None:
    content = _composer(frozen(INVITING), test=True).compose(entry(invitation_id=0)).content

    assert b"[Test] " in content
    assert len(_tokens(content)) == 7


def test_what_build_shows_is_what_is_sent_but_for_the_tokens() -> None:
    sent = _composer(frozen(INVITING)).compose(entry(invitation_id=9)).content
    shown = _composer(frozen(INVITING), harmless=True).compose(entry(invitation_id=9)).content

    def blurred(content: bytes) -> list[str]:
        message = _parsed(content)
        parts = [part.get_content() for part in message.iter_parts()]
        said = [f"{name}: {value}" for name, value in message.items()] + parts
        return [re.sub(r"/[A-Za-z0-9_-]{32}", "/TOKEN", each) for each in said]

    assert blurred(shown) == blurred(sent)
    assert {each.purpose for each in _tokens(shown)} == {Purpose.TEST}


def test_html_and_text_filled_on_their_own_are_those_of_the_mail() -> None:
    composer = _composer()
    odd = entry(name="Zoë “Q” <山田>")

    parts = [part.get_content() for part in _parsed(composer.compose(odd).content).iter_parts()]

    personal = composer.personal(odd)
    alone = [fill_text(rendered(), personal), fill_html(rendered(), personal)]
    assert [part.replace("\r\n", "\n") for part in parts] == alone


def test_without_a_base_url_mail_has_no_links_and_no_one_click() -> None:
    plain = rendered(html=f"<p>{GREETING}</p>", text=GREETING)
    composer = _composer(frozen(plain), base_url=None)

    content = composer.compose(entry()).content

    assert b"List-Unsubscribe" not in content
    assert b"http" not in content


def test_each_entry_gets_its_own_edition() -> None:
    german = rendered(html=f"<p>Hallo</p>{LEAVE}", text=f"Hallo {LEAVE}")
    composer = _composer(frozen(rendered()), frozen(german, edition_id=2, language="de"))

    first, second = (composer.compose(entry(edition_id=number)).content for number in (1, 2))

    assert b"Content-Language: en\r\n" in first
    assert b"Content-Language: de\r\n" in second


def test_a_broken_edition_is_named_before_anything_leaves() -> None:
    broken = rendered(html=f"{GREETING[:-3]} {LEAVE}", text=f"{GREETING} {LEAVE}")
    composer = _composer(frozen(rendered()), frozen(broken, edition_id=2, language="ja"))

    with pytest.raises(DigestError, match=r"edition key-of-editi \(ja\): a marker was altered"):
        composer.compile_editions()


def test_a_rotated_key_leaves_the_message_id_as_it_was() -> None:
    rotated = KeyRing(2, {**RING.keys, 2: b"n" * 32})

    before = _parsed(_composer().compose(entry()).content)
    after = _parsed(_composer(ring=rotated).compose(entry()).content)

    assert after["Message-ID"] == before["Message-ID"]
    assert after["List-Unsubscribe"] != before["List-Unsubscribe"]


def test_a_base_url_that_cannot_begin_a_link_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        _composer(base_url="http://news.example.org")
