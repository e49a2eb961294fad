"""Signed mail as it is sent: the real command, a real Postfix on the way, and dkimpy at the end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.mails import mails_of
from tests.dkim_keys import verdicts, write_key
from tests.postfix import Postfix
from tests.sites import Site, letter_site, sample_site
from tests.smtp_server import RecordingServer

#: Readers whose mail has something for a relay to stumble over.
ODD = {
    "o'neil+x@readers.example": 'O\'Neil, "The Q" <x@example.com>',
    "a..b@docomo.ne.jp": "山田 太郎",
    "long@readers.example": "微信支付" * 40,
    "plain@readers.example": "",
    "dots@readers.example": "... . ..",
    "spaces@readers.example": "a   b",
    "emoji@readers.example": "👩‍👩‍👧‍👦 & <b>семья</b>",
    "latin@readers.example": "Café au lait, " * 12,
    "山田@readers.example": "Beyond ASCII",
}


@pytest.fixture(scope="module")
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


@pytest.fixture(scope="module")
def relay(server: RecordingServer) -> Iterator[Postfix]:
    with Postfix(relay_to=server.port) as running:
        yield running


def _signing(site: Site, domain: str) -> Site:
    write_key(site.home / "dkim.pem", "2048")
    write_key(site.home / "ed25519.pem", "ed25519")
    return site.having(
        dkim__domain=domain,
        dkim__selector="r1",
        dkim__key_file="dkim.pem",
        dkim__ed25519_selector="e1",
        dkim__ed25519_key_file="ed25519.pem",
    )


def _dns(site: Site) -> dict[str, str]:
    """Return what the command says to publish."""
    return {each["name"]: each["value"] for each in site.call("dkim", "record", "--json").json}


def _import(site: Site, readers: dict[str, str]) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([("email", "name"), *readers.items()])
    ran = site.call("subscribers", "import", str(site.write("odd.csv", stream.getvalue())))
    assert ran.code == 0, ran.said


def test_every_signature_survives_a_real_relay(
    tmp_path: Path, server: RecordingServer, relay: Postfix
) -> None:
    server.messages.clear()
    site = _signing(letter_site(tmp_path / "site", readers=2), "news.example").through(relay.port)
    _import(site, ODD)

    ran = site.run("send-now", "--yes")
    server.wait_for(2 + len(ODD), seconds=60)

    assert ran.code == 0, ran.said
    dns = _dns(site)
    taken = {message.rcpt: message.content for message in server.messages}
    assert {each.replace('"', "") for each in taken} >= set(ODD)
    assert {rcpt: verdicts(content, dns) for rcpt, content in taken.items()} == {
        rcpt: [True, True] for rcpt in taken
    }
    assert all(content.startswith(b"Received: ") for content in taken.values())


def test_the_sample_with_its_pictures_survives_a_real_relay(
    tmp_path: Path, server: RecordingServer, relay: Postfix
) -> None:
    server.messages.clear()
    site = _signing(sample_site(tmp_path / "site"), "news.example").through(relay.port)

    ran = site.run("send-now", "--yes")
    planned = site.status()["planned"]
    server.wait_for(planned, seconds=60)

    assert ran.code == 0, ran.said
    dns = _dns(site)
    assert planned > 5
    assert [verdicts(message.content, dns) for message in server.messages] == [
        [True, True]
    ] * planned


def test_a_changed_mail_is_found_out_on_the_way(
    tmp_path: Path, server: RecordingServer, relay: Postfix
) -> None:
    server.messages.clear()
    site = _signing(letter_site(tmp_path / "site", readers=1), "news.example").through(relay.port)
    site.run("send-now", "--yes")
    server.wait_for(1, seconds=60)
    content = server.messages[0].content

    changed = content.replace(b"List-Unsubscribe: <https", b"List-Unsubscribe: <http")

    dns = _dns(site)
    assert verdicts(content, dns) == [True, True]
    assert verdicts(changed, dns) == [False, False]


def test_a_test_mail_is_signed_and_what_only_shows_one_is_not(tmp_path: Path) -> None:
    with RecordingServer() as server:
        site = _signing(letter_site(tmp_path / "site"), "news.example").through(server)
        tested = site.call("send-now", "--test", "me@readers.example")
        built = site.call("build", "--out", str(tmp_path / "out"))
        messages = list(server.messages)

    shown = [path.read_bytes() for path in (tmp_path / "out").rglob("*.eml")]
    assert (tested.code, built.code) == (0, 0), tested.said + built.said
    assert [verdicts(message.content, _dns(site)) for message in messages] == [[True, True]]
    assert shown
    assert all(b"DKIM-Signature" not in each for each in shown)


def test_a_key_that_cannot_be_used_stops_a_send_before_anything_is_frozen(tmp_path: Path) -> None:
    with RecordingServer() as server:
        site = _signing(letter_site(tmp_path / "site"), "news.example").through(server)
        (site.home / "dkim.pem").chmod(0o644)
        stopped = site.call("send-now", "--yes")
        checked = site.call("check", "--format", "json")
        mailings = site.call("status", "--json").json
        (site.home / "dkim.pem").chmod(0o600)
        mended = site.call("send-now", "--yes")

        assert stopped.code == 2
        assert "dkim.pem: others can read this key. chmod 600" in stopped.err
        assert mailings == []
        assert "dkim-key" in {each["rule"] for each in checked.json}
        assert mended.code == 0, mended.said
        assert len(mails_of(server.messages)) == 3


def test_a_key_from_a_secret_signs_as_one_from_a_file(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    write_key(secrets / "digest_dkim__key", "2048")
    site = site.having(dkim__domain="news.example", dkim__selector="r1")
    site = replace(site, environ={**site.environ, "CREDENTIALS_DIRECTORY": str(secrets)})

    ran = site.call("dkim", "record", "--json")

    assert json.loads(ran.out)[0]["name"] == "r1._domainkey.news.example"
    assert "PRIVATE" not in ran.said


def test_the_record_of_the_dns_is_printed_for_a_form_and_for_a_zone(tmp_path: Path) -> None:
    site = _signing(letter_site(tmp_path / "site"), "news.example")

    ran = site.call("dkim", "record")
    without = letter_site(tmp_path / "other").call("dkim", "record")

    assert ran.code == 0
    assert "  name   r1._domainkey.news.example\n  value  v=DKIM1; k=rsa; p=MII" in ran.out
    assert '  zone   e1._domainkey.news.example. IN TXT ( "v=DKIM1; k=ed25519; p=' in ran.out
    assert without.code == 2
    assert "there is no key to sign with. docs/dkim.md says how to make one." in without.err
