"""Whom the preview answers, what it lets out, and what a GET leaves behind."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.web.preview.guard import own_names
from tests.sites import Site, sample_site
from tests.web.preview.asking import Preview, running

VIEW = "/view/open-class/next"
TEST = "/test/open-class/next"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sample_site(tmp_path_factory.mktemp("preview") / "site")


@pytest.fixture(scope="module")
def preview(site: Site) -> Iterator[Preview]:
    with running(site) as started:
        yield started


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "localhost.evil"],
)
def test_a_request_for_another_name_is_refused(preview: Preview, host: str) -> None:
    answer = preview.get(VIEW, Host=host.format(port=preview.port))

    assert answer.status == 421
    assert "Takeaway" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_a_request_for_one_of_our_names_is_answered(preview: Preview, host: str) -> None:
    answer = preview.get(VIEW, Host=f"{host}:{preview.port}")

    assert answer.status == 200


def test_on_every_interface_only_the_number_counts() -> None:
    assert own_names("0.0.0.0", 8026) == {"0.0.0.0:8026"}
    assert own_names("192.0.2.7", 80) == {"192.0.2.7:80", "192.0.2.7"}
    assert "[::1]:8026" in own_names("::1", 8026)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_another_site_is_refused_even_with_the_token(
    preview: Preview, headers: dict[str, str]
) -> None:
    answer = preview.post(
        TEST, headers=headers, token=preview.bench.token, address="me@reader.example"
    )

    assert answer.status == 403
    assert not preview.bench.app.captured_folder.exists()


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_a_post_without_our_token_is_refused(preview: Preview, token: str) -> None:
    answer = preview.post(TEST, token=token, address="me@reader.example")

    assert answer.status == 403


def test_a_post_that_is_too_large_is_refused(preview: Preview) -> None:
    answer = preview.post(TEST, token=preview.bench.token, address="x" * 70_000)

    assert answer.status == 413


@pytest.mark.parametrize(
    "target",
    [
        "/static/../application.py",
        "/static/..%2fapplication.py",
        "/static/%2e%2e/%2e%2e/application.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/picture/..%2f..%2fdigest.toml",
        "/picture/%2fetc%2fpasswd",
        "/view/..%2f..%2fetc/next",
        "/mail/%2e%2e/next",
        "/view/%00/next",
    ],
)
def test_no_way_leads_out_of_the_site(preview: Preview, target: str) -> None:
    answer = preview.get(target)

    assert "root:" not in answer.text
    assert "own_names" not in answer.text
    assert "all defaults" not in answer.text


def test_every_page_carries_the_strict_policy(preview: Preview) -> None:
    for target in ("/", VIEW, TEST, f"{VIEW}?tab=checks", "/static/preview.js", "/nowhere"):
        headers = preview.get(target).headers

        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_a_mail_runs_nothing_and_loads_nothing_from_outside(preview: Preview) -> None:
    policy = preview.get("/mail/open-class/next").headers["content-security-policy"]

    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["'self'", "data:"]
    assert "script-src" not in rules
    assert rules["sandbox"] == []


def test_the_measured_mail_runs_nothing_either(preview: Preview) -> None:
    answer = preview.get("/mail/open-class/next?measured=1")

    policy = answer.headers["content-security-policy"]
    assert policy.endswith("sandbox allow-same-origin")
    assert "default-src 'none'" in policy


def test_no_page_holds_an_inline_script_or_style(preview: Preview) -> None:
    for tab in ("preview", "text", "source", "message", "checks", "links", "placeholders", "plan"):
        page = preview.get(f"{VIEW}?tab={tab}").text

        assert "<style" not in page
        assert not re.search(r"<[^>]*\s(style|on\w+)\s*=", page)
        assert page.count("<script") == 1
        assert '<script type="module" src="/static/preview.js"></script>' in page


def test_looking_changes_nothing(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site")
    before = _content_of(site.home)

    with running(site) as preview:
        for target in (VIEW, f"{VIEW}?tab=checks", f"{VIEW}?q=a", TEST, "/message/open-class/next"):
            assert preview.get(target).status == 200

    assert _content_of(site.home) == before


def test_looking_at_a_site_that_has_nothing_yet_makes_no_database_and_no_key(
    tmp_path: Path,
) -> None:
    site = sample_site(tmp_path / "site", readers=False)

    with running(site) as preview:
        assert preview.get(VIEW).status == 200
        sent = preview.post(TEST, token=preview.bench.token, address="me@reader.example")

    assert "Sent to me@reader.example" in sent.text
    assert {path.name for path in (site.home / "var").iterdir()} == {"captured"}


def test_an_unknown_address_shows_a_view_all_the_same(preview: Preview) -> None:
    strange = (
        f"{VIEW}?lang=xx&reader=%3Cscript%3E&edition=%00&tab=nope&scheme=pink&phone=999&q=%3Cb%3E"
    )

    answer = preview.get(strange)

    assert answer.status == 200
    assert "<script>" not in answer.text
    assert "<b>&lt;b" not in answer.text


def test_a_newsletter_or_issue_that_is_not_there_is_said(preview: Preview) -> None:
    assert "there is no newsletter" in preview.get("/view/nothing/next").text
    assert "is not in the database" in preview.get("/view/open-class/99").text


def _content_of(home: Path) -> dict[str, str]:
    """Return the hash of every file; the -wal and -shm of SQLite come and go with a reader."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }
