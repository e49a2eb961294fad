"""Asking whether a page is there: real servers on this machine, let in by name, and nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from digest.content.probing import MOST_BYTES, Health, Prober, is_public

HERE = "127.0.0.1"
PUBLIC, NEVER = "93.184.216.34", "169.254.169.254"


class Pages(BaseHTTPRequestHandler):
    """Answers as its server's `answers` say: path -> (status, headers), HEAD and GET apart."""

    server: Any

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")
        self.wfile.write(b"x" * self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, method: str) -> None:
        self.server.asked.append((method, self.path, self.headers["Host"]))
        known = self.server.answers.get((method, self.path)) or self.server.answers.get(self.path)
        status, headers = known or (404, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def pages(answers: dict[Any, tuple[int, dict[str, str]]], body: int = 10) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer((HERE, 0), Pages)
    server.answers, server.asked, server.body = answers, [], body
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def speaking(say: Any) -> Iterator[int]:
    """Run a server of bytes: `say` gets each connection."""
    listening = socket.create_server((HERE, 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line, suppress(OSError):
                say(line)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def prober(seconds: float = 5.0, names: dict[str, list[str]] | None = None) -> Prober:
    """Return one that finds every name on this machine, and may go there."""
    known = names or {}
    return Prober(
        resolve=lambda host, _port: known.get(host, [HERE]),
        allow=lambda address: address == HERE,
        seconds=seconds,
    )


@pytest.mark.parametrize("status", [200, 204, 299, 401, 403, 429, 451])
def test_a_page_that_answers_or_only_refuses_programs_is_alive(status: int) -> None:
    with pages({"/a": (status, {})}) as server:
        probed = prober().probe(f"http://news.example:{server.server_port}/a")

    assert probed.health is Health.ALIVE


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_does_not_exist_is_gone(status: int) -> None:
    with pages({"/a": (status, {})}) as server:
        probed = prober().probe(f"http://news.example:{server.server_port}/a")

    assert probed.health is Health.GONE
    assert str(status) in probed.said


def test_a_server_in_trouble_is_only_silent() -> None:
    with pages({"/a": (503, {})}) as server:
        probed = prober().probe(f"http://news.example:{server.server_port}/a")

    assert probed.health is Health.SILENT


def test_who_refuses_head_is_asked_with_get_and_everyone_else_is_asked_once() -> None:
    answers = {("HEAD", "/only-get"): (405, {}), ("GET", "/only-get"): (200, {}), "/a": (200, {})}
    with pages(answers) as server:
        base = f"http://news.example:{server.server_port}"
        found = [prober().probe(f"{base}{path}").health for path in ("/only-get", "/a")]

        asked = [(method, path) for method, path, _ in server.asked]
    assert found == [Health.ALIVE, Health.ALIVE]
    assert asked == [("HEAD", "/only-get"), ("GET", "/only-get"), ("HEAD", "/a")]


def test_a_huge_page_is_not_read_to_its_end() -> None:
    answers = {("HEAD", "/a"): (405, {}), ("GET", "/a"): (200, {})}
    with pages(answers, body=200 * MOST_BYTES) as server:
        began = time.monotonic()
        probed = prober().probe(f"http://news.example:{server.server_port}/a")

    assert probed.health is Health.ALIVE
    assert time.monotonic() - began < 4


def test_redirects_are_followed_and_an_endless_one_is_not() -> None:
    answers = {
        "/a": (301, {"Location": "/b"}),
        "/b": (302, {"Location": "c?x=1"}),
        "/c?x=1": (200, {}),
        "/loop": (307, {"Location": "/loop"}),
    }
    with pages(answers) as server:
        base = f"http://news.example:{server.server_port}"
        good, endless = prober().probe(f"{base}/a"), prober().probe(f"{base}/loop")

    assert good.health is Health.ALIVE
    assert endless.health is Health.SILENT
    assert "redirects" in endless.said


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fec0::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::7f00:1",
        "not an address",
        "",
    ],
)
def test_an_address_that_only_some_machines_reach_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/a",
        "http://localhost:{port}/a",
        "http://2130706433:{port}/a",
        "http://0x7f.1:{port}/a",
        "http://user@127.0.0.1:{port}/a",
    ],
)
def test_nothing_on_this_machine_is_ever_asked_however_it_is_written(url: str) -> None:
    with pages({"/a": (200, {})}) as server:
        probed = Prober(seconds=5).probe(url.format(port=server.server_port))

    assert probed.health in (Health.PRIVATE, Health.GONE)
    assert server.asked == []


def test_a_name_that_leads_to_a_private_address_among_others_is_not_asked() -> None:
    looked: list[str] = []

    def look(host: str, _port: int) -> list[str]:
        looked.append(host)
        return [PUBLIC, NEVER]

    probed = Prober(resolve=look, seconds=2).probe("http://rebinds.example/a")

    assert probed.health is Health.PRIVATE
    assert NEVER in probed.said
    assert looked == ["rebinds.example"]


def test_after_a_redirect_the_address_is_looked_at_again() -> None:
    with pages({"/a": (302, {"Location": "http://inside.example/secret"})}) as server:
        probed = prober(names={"inside.example": [NEVER]}).probe(
            f"http://news.example:{server.server_port}/a"
        )

    assert probed.health is Health.PRIVATE
    assert "inside.example" in probed.said


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://news.example/", "javascript:1", "http://"]
)
def test_a_redirect_out_of_the_web_is_not_followed(to: str) -> None:
    with pages({"/a": (302, {"Location": to})}) as server:
        probed = prober().probe(f"http://news.example:{server.server_port}/a")

    assert probed.health is Health.SILENT


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    answers = iter([[HERE], [NEVER]])
    with pages({"/a": (200, {})}) as server:
        once = Prober(resolve=lambda *_: next(answers), allow=lambda a: a == HERE, seconds=5)

        probed = once.probe(f"http://news.example:{server.server_port}/a")

        asked = server.asked
    assert probed.health is Health.ALIVE
    assert asked == [("HEAD", "/a", f"news.example:{server.server_port}")]


def test_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with pages({"/a": (200, {})}) as server, pages({}) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{HERE}:{proxy.server_port}")

        probed = prober().probe(f"http://news.example:{server.server_port}/a")

        assert proxy.asked == []
    assert probed.health is Health.ALIVE


def test_a_host_that_does_not_exist_is_gone() -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    def away(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    assert Prober(resolve=nobody).probe("https://gone.example/").health is Health.GONE
    assert Prober(resolve=lambda *_: []).probe("https://gone.example/").health is Health.GONE
    assert Prober(resolve=away).probe("https://gone.example/").health is Health.SILENT


def test_a_server_that_never_answers_costs_no_more_than_the_time() -> None:
    with speaking(lambda _line: time.sleep(20)) as port:
        began = time.monotonic()
        probed = prober(seconds=0.5).probe(f"http://slow.example:{port}/")

    assert probed.health is Health.SILENT
    assert time.monotonic() - began < 3


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off() -> None:
    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(200):
            line.sendall(b"X-%d: y\r\n" % number)
            time.sleep(0.05)

    with speaking(drip) as port:
        began = time.monotonic()
        probed = prober(seconds=0.5).probe(f"http://drips.example:{port}/")

    assert probed.health is Health.SILENT
    assert "0.5 seconds" in probed.said
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "answer",
    [b"", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100, b"x" * 200_000],
)
def test_whatever_a_server_says_nothing_is_raised(answer: bytes) -> None:
    def say(line: socket.socket) -> None:
        line.recv(4096)
        line.sendall(answer)

    with speaking(say) as port:
        probed = prober().probe(f"http://odd.example:{port}/")

    assert probed.health is Health.SILENT
    assert probed.said


def test_a_server_without_tls_behind_https_is_silent() -> None:
    with pages({"/a": (200, {})}) as server:
        probed = prober().probe(f"https://news.example:{server.server_port}/a")

    assert probed.health is Health.SILENT


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://news.example:99999/",
        "http://news.example:port/",
        "http://" + "x" * 300 + ".example/",
        "http://\u200b.example/",
        "mailto:a@b.example",
        "",
    ],
)
def test_an_address_that_is_none_is_silent(url: str) -> None:
    assert prober().probe(url).health is Health.SILENT


def test_a_path_cannot_begin_a_header_of_its_own() -> None:
    with pages({}) as server:
        prober().probe(f"http://news.example:{server.server_port}/a b\u2028微?q=\u3000&x=ü")

        paths = {path for _, path, _ in server.asked}
    assert paths == {"/a%20b%E2%80%A8%E5%BE%AE?q=%E3%80%80&x=%C3%BC"}
