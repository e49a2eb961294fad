"""Captured mail for people: the preview's SMTP port, its JSON API, and trouble on purpose."""

from __future__ import annotations

import json
import re
import smtplib
import urllib.request
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.sites import Process, Site, letter_site

FREE = {"preview__port": "0", "preview__smtp_port": "0"}


@pytest.fixture
def letter(tmp_path: Path) -> Site:
    return letter_site(tmp_path / "site", readers=40)


def places(process: Process) -> tuple[str, int]:
    """Return where the pages are and which port takes mail, as the command says."""
    url = re.search(r"(http://[^/]+)/", process.wait_for_line("Preview on "))
    port = re.search(r":(\d+); mail is captured", process.wait_for_line("SMTP for any program"))
    assert url
    assert port
    return url[1], int(port[1])


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def send(port: int, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message.set_content("words")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.login("anybody", "anything")
        client.send_message(message)


def test_any_program_sends_to_the_preview_and_its_tests_ask_for_the_mail(letter: Site) -> None:
    with letter.having(**FREE).start("preview") as process:
        url, port = places(process)

        send(port, "From a program")

        found = asked(f"{url}/captured/api/wait?subject=from+a+program&timeout=10")
        opened = asked(f"{url}/captured/api/messages/{found['id']}")
    assert found["envelope"] == {"from": "a@example.org", "to": "b@example.org"}
    assert opened["text"].strip() == "words"


def test_the_preview_makes_trouble_where_it_is_asked_to(letter: Site) -> None:
    with letter.having(**FREE).start("preview", "--chaos", "550=100%") as process:
        _, port = places(process)

        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(port, "x")


def test_a_taken_port_leaves_the_pages(letter: Site) -> None:
    with letter.having(**FREE).start("preview") as first:
        _, port = places(first)
        taken = {**FREE, "preview__smtp_port": str(port)}
        with letter.having(**taken).start("preview") as second:
            said = second.wait_for_line("smtp_port")
            url = re.search(r"http://[^/]+/", second.wait_for_line("Preview on "))
            assert url
            listed = asked(f"{url[0]}captured/api/messages")

    assert "Set another [preview] smtp_port (DIGEST_PREVIEW__SMTP_PORT)" in said
    assert listed["total"] == 0


def test_send_now_ends_with_the_address_of_the_captured_mail(letter: Site) -> None:
    done = letter.call("send-now", "--yes")

    assert done.code == 0
    assert done.out.splitlines()[-1] == (
        "To look at them: digest preview, then http://127.0.0.1:8026/captured"
    )


def test_a_mailing_is_rehearsed_through_temporary_trouble(letter: Site) -> None:
    done = letter.call(
        "send-now", "--yes", "--wait", "0s", "--chaos", "451=30%", "--chaos-seed", "5"
    )
    again = letter.call("send-now", "--yes", "--wait", "0s")

    assert "Rehearsal: the capture server makes trouble (451=30%)." in done.err
    assert done.code == 75
    assert " deferred" in done.out
    assert again.code in (0, 75)


def test_a_rehearsed_login_that_is_refused_pauses_the_mailing(letter: Site) -> None:
    done = letter.call("send-now", "--yes", "--wait", "0s", "--chaos", "535=100%")

    assert done.code in (1, 75)
    assert "535" in done.out + done.err
    assert "0 sent" not in done.out
    assert "refused" not in done.out.split("535")[0]


def test_chaos_is_for_captured_mail_only(letter: Site) -> None:
    real = letter.having(
        smtp__host="127.0.0.1", smtp__port="9", site__base_url="http://127.0.0.1:1"
    )

    done = real.call("send-now", "--yes", "--chaos", "451=5%")

    assert done.code == 2
    assert "here it would really be sent" in done.err


@pytest.mark.parametrize(
    "wrong", [["--chaos", "250=5%"], ["--chaos", "451"], ["--chaos-seed", "5"]]
)
def test_shares_that_are_none_stop_before_anything_is_sent(letter: Site, wrong: list[str]) -> None:
    done = letter.call("send-now", "--yes", *wrong)

    assert done.code == 2
    assert "--chaos" in done.err
    assert not (letter.home / "var" / "captured").exists()
