"""What readers do with the links of a mail that they got: leave, and answer an invitation.

The pages are those of a real `digest web` process; the host of a link is mapped to its port, as a
reverse proxy would, and nothing else of the link is touched.
"""

from __future__ import annotations

import http.client
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.acceptance.conftest import SentSample
from tests.acceptance.mails import mails_of
from tests.sites import BASE_URL, Site, terminate
from tests.smtp_server import RecordingServer

URLENCODED = ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")
MULTIPART = (
    "multipart/form-data; boundary=XyZ",
    b'--XyZ\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    b"One-Click\r\n--XyZ--\r\n",
)


@dataclass(frozen=True)
class Page:
    """What the pages answered."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Web:
    """A site whose sample was sent, and its public pages, served by a process."""

    site: Site
    port: int

    def ask(self, method: str, url: str, form: tuple[str, bytes] | None = None) -> Page:
        """Follow a link, without cookies and without saying where from."""
        assert url.startswith(BASE_URL)
        parts = urlsplit(url)
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        kind, body = form or ("", b"")
        headers = {"Host": parts.netloc, **({"Content-Type": kind} if kind else {})}
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        line.request(method, target, body or None, headers)
        got = line.getresponse()
        page = Page(got.status, dict(got.getheaders()), got.read().decode())
        line.close()
        return page

    def state(self, address: str) -> str:
        """Return how a subscription stands."""
        return str(self.site.call("subscribers", "show", address, "--json").json["state"])


@pytest.fixture(scope="module")
def web(sent: SentSample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The pages of a copy of the sample's site; each test takes readers of its own."""
    site = sent.site.copy(tmp_path_factory.mktemp("web") / "site")
    with site.having(web__port="0").start("web") as process:
        line = process.wait_for_line("Public pages on ")
        yield Web(site, int(line.split("Public pages on ")[1].split()[0].rsplit(":", 1)[1][:-1]))
        assert terminate(process).code == 0


@pytest.mark.parametrize(
    ("address", "form"),
    [("grace.okafor@readers.example", URLENCODED), ("sato.hanako@readers.example", MULTIPART)],
)
def test_one_click_on_a_received_mail_takes_the_reader_out_of_the_next_send(
    web: Web, sent: SentSample, tmp_path: Path, address: str, form: tuple[str, bytes]
) -> None:
    mail = sent.mails[address]

    answer = web.ask("POST", mail.leave_url, form)
    left = web.state(address)
    with RecordingServer() as server:
        site = web.site.copy(tmp_path / "site").through(server)
        site.write_item("news", "Something new")
        ran = site.call("send-now", "--yes")
        second = mails_of(server.messages)

    assert answer.status == 200
    assert left == "left"
    assert ran.code == 0, ran.said
    assert address not in second
    assert "jonas.weber@readers.example" in second
    assert "left" in str(site.why(address)[0]["reason"])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scanner_that_follows_the_link_changes_nothing(
    web: Web, sent: SentSample, method: str
) -> None:
    mail = sent.mails["lin.yue@readers.example"]

    answer = web.ask(method, mail.leave_url)

    assert answer.status == 200
    assert web.state(mail.rcpt) == "active"
    if method == "GET":
        assert answer.text.count("<button") == 1
        assert 'method="post"' in answer.text


def test_leaving_twice_is_answered_like_leaving_once(web: Web, sent: SentSample) -> None:
    mail = sent.mails["tomasz.zielinski@readers.example"]

    answers = [web.ask("POST", mail.leave_url, form) for form in (URLENCODED, None, MULTIPART)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len({answer.text for answer in answers}) == 1
    assert web.state(mail.rcpt) == "left"


def test_a_post_that_says_something_else_still_ends_the_subscription(
    web: Web, sent: SentSample
) -> None:
    mail = sent.mails["maria.fernandez@readers.example"]
    huge = ("application/octet-stream", b"\0" * 300_000)

    answer = web.ask("POST", mail.leave_url, huge)

    assert answer.status == 200
    assert web.state(mail.rcpt) == "left"


def test_a_broken_link_changes_nothing_and_tells_nothing(web: Web, sent: SentSample) -> None:
    mail = sent.mails["frontdesk@readers.example"]
    token = mail.leave_url.rsplit("/", 1)[1]
    broken = [
        token[:-1],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[:10] + ("A" if token[10] != "A" else "B") + token[11:],
        token + "A",
        "A" * 32,
        "%00",
        "..%2f..%2fetc%2fpasswd",
    ]

    shown = [web.ask("GET", f"{BASE_URL}/l/{one}") for one in broken]
    posted = [web.ask("POST", f"{BASE_URL}/l/{one}", URLENCODED) for one in broken]

    assert {page.status for page in shown} == {404}
    assert {page.status for page in posted} <= {200, 404}
    assert web.state(mail.rcpt) == "active"


def test_a_link_for_answering_does_not_leave_nor_the_other_way_round(
    web: Web, sent: SentSample
) -> None:
    mail = sent.mails["nakamura.ren@readers.example"]
    answering = urlsplit(mail.answer_url("accept")).path.rsplit("/", 1)[1]
    leaving = mail.leave_url.rsplit("/", 1)[1]

    web.ask("POST", f"{BASE_URL}/l/{answering}", URLENCODED)
    crossed = web.ask("POST", f"{BASE_URL}/a/{leaving}?choice=accept")

    assert web.state(mail.rcpt) == "active"
    assert crossed.status == 404


@pytest.mark.parametrize(
    ("address", "language", "words"),
    [
        ("wu.jiaqi@readers.example", "zh-Hans", "退订"),
        ("kobayashi.mio@readers.example", "ja", "配信を停止"),
        ("jonas.weber@readers.example", "en", "Leave The Takeaway?"),
    ],
)
def test_the_page_speaks_the_readers_language(
    web: Web, sent: SentSample, address: str, language: str, words: str
) -> None:
    page = web.ask("GET", sent.mails[address].leave_url)

    assert f'<html lang="{language}"' in page.text
    assert words in page.text


def test_no_page_shows_an_address_or_a_name_and_each_is_locked_down(
    web: Web, sent: SentSample
) -> None:
    mail = sent.mails["amelia.hart@readers.example"]
    urls = [mail.leave_url, mail.answer_url("accept"), f"{BASE_URL}/l/none", f"{BASE_URL}/none"]

    for url in urls:
        page = web.ask("GET", url)

        assert "amelia" not in page.text.lower()
        assert "hart" not in page.text.lower()
        assert "@" not in page.text.split("</style>")[-1]
        headers = {name.lower(): value for name, value in page.headers.items()}
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
        assert "set-cookie" not in headers


def test_an_invitation_shows_its_question_and_takes_the_last_answer(
    web: Web, sent: SentSample
) -> None:
    mail = sent.mails["amelia.hart@readers.example"]
    accept, decline = mail.answer_url("accept"), mail.answer_url("decline")

    shown = web.ask("GET", accept)
    yes = web.ask("POST", accept, ("application/x-www-form-urlencoded", b"answer=accept"))
    no = web.ask("POST", decline, ("application/x-www-form-urlencoded", b"answer=decline"))

    path = sent.site.folder / "questions" / "travel-free-afternoon.md"
    question = tomllib.loads(path.read_text(encoding="utf-8").split("+++")[1])["question"]
    assert shown.status == 200
    assert question in unescape(shown.text)
    assert shown.text.count("<button") == 2
    assert "You said yes" in yes.text
    assert "You said no" in no.text


def test_following_the_answer_link_decides_nothing(web: Web, sent: SentSample) -> None:
    mail = sent.mails["chen.siyuan@readers.example"]

    first = web.ask("GET", mail.answer_url("decline"))
    web.ask("HEAD", mail.answer_url("accept"))
    again = web.ask("GET", mail.answer_url("decline"))

    assert first.status == 200
    assert first.text == again.text
    assert '<html lang="zh-Hans"' in first.text


def test_an_answer_that_is_neither_yes_nor_no_asks_again(web: Web, sent: SentSample) -> None:
    mail = sent.mails["zhao.mingzhe@readers.example"]
    url = mail.answer_url("accept").split("?")[0]

    answers = [
        web.ask("POST", url, ("application/x-www-form-urlencoded", body))
        for body in (b"answer=perhaps", b"answer=accept&answer=decline", b"", b"\xff" * 100_000)
    ]

    assert [answer.status for answer in answers] == [200] * 4
    assert all(answer.text.count("<button") == 2 for answer in answers)


def test_other_methods_and_places_are_refused(web: Web, sent: SentSample) -> None:
    mail = sent.mails["priya.raman@readers.example"]

    refused = [web.ask(method, mail.leave_url).status for method in ("PUT", "DELETE", "PATCH")]

    assert refused == [405, 405, 405]
    assert web.ask("GET", f"{BASE_URL}/").status == 404
    assert web.ask("GET", f"{BASE_URL}/health").text == "ok\n"
    assert web.state(mail.rcpt) == "active"
