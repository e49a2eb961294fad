"""Captured mail over HTTP: pages, the JSON API, and what a hostile mail cannot do with them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sites import Site, letter_site
from tests.web.preview.asking import Answer, Preview, running
from tests.web.preview.captured_mails import PNG, keep, letter

API = "/captured/api"
HOSTILE = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(2)>'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = letter_site(tmp_path_factory.mktemp("captured") / "site")
    keep(site, letter("First", text="微信\n支付 opens", html="<p>one</p>"), minute=0)
    picture = '<img src="cid:dot@x"><img src="https://tracker.example/p.gif"><p>two</p>'
    keep(site, letter("Second", html=picture, png=True), to="bob@example.org", minute=1)
    keep(site, letter(HOSTILE, text=HOSTILE, html=HOSTILE), to='"<b>"@example.org', minute=2)
    keep(site, b"\xff\xfe\0broken", minute=3)
    return site


@pytest.fixture(scope="module")
def preview(site: Site) -> Iterator[Preview]:
    with running(site) as started:
        yield started


def asked(preview: Preview, target: str, **query: str) -> Any:
    return json.loads(preview.get(f"{API}/{target}?{urlencode(query)}").body)


def ids(preview: Preview) -> dict[str, str]:
    return {row["subject"]: row["id"] for row in asked(preview, "messages")["messages"]}


def test_the_api_lists_and_searches(preview: Preview) -> None:
    listed = asked(preview, "messages", limit="2")
    found = asked(preview, "messages", q="信支付")

    assert (listed["total"], len(listed["messages"])) == (4, 2)
    assert listed["messages"][1]["subject"].startswith('"><script>')
    assert [row["subject"] for row in found["messages"]] == ["First"]
    assert found["messages"][0]["envelope"] == {
        "from": "bounce@example.org",
        "to": "ada@example.org",
    }


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ({"to": "bob@"}, ["Second"]),
        ({"subject": "sec"}, ["Second"]),
        ({"from": "zoe@", "q": "one first"}, []),
        ({"since": "2026-03-01T12:03:00Z"}, [""]),
        ({"since": "2026-03-01T13:03:00+01:00"}, [""]),
        ({"since": "1772366580"}, [""]),
        ({"start": "3"}, ["First"]),
        ({"start": "x", "limit": "0"}, []),
        ({"start": "99999999"}, []),
    ],
)
def test_the_api_narrows_by_field_and_moment(
    preview: Preview, query: dict[str, str], subjects: list[str]
) -> None:
    answer = asked(preview, "messages", **query)

    assert [row["subject"] for row in answer["messages"]] == subjects


def test_the_api_opens_a_mail(preview: Preview) -> None:
    opened = asked(preview, f"messages/{ids(preview)['First']}")

    assert opened["text"].strip() == "微信\n支付 opens"
    assert opened["html"].strip() == "<p>one</p>"
    assert ["Subject", "First"] in opened["headers"]
    assert [part["type"] for part in opened["parts"]] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_a_message_is_given_back_byte_for_byte(preview: Preview, site: Site) -> None:
    content = (b"Subject: exact\r\n\r\n" + bytes(range(256))) * 2
    keep(site, content, minute=-5)

    for target in (
        f"{API}/messages/{ids(preview)['exact']}/raw",
        f"/captured/{ids(preview)['exact']}/raw",
    ):
        answer = preview.get(target)

        assert answer.body == content
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-type"] == "message/rfc822"


def test_waiting_ends_when_the_mail_is_there(preview: Preview, site: Site) -> None:
    later = threading.Timer(0.4, keep, (site, letter("Awaited")), {"minute": -6})
    later.start()
    begun = time.monotonic()

    answer = preview.get(f"{API}/wait?subject=awaited&timeout=20")

    later.join()
    assert json.loads(answer.body)["subject"] == "Awaited"
    assert 0.3 < time.monotonic() - begun < 10


def test_waiting_for_what_does_not_come_ends_with_its_time(preview: Preview) -> None:
    answer = preview.get(f"{API}/wait?q=nothing-like-this&timeout=0.3")

    assert answer.status == 408
    assert json.loads(answer.body) == {"error": "no such mail came within 0.3 seconds"}


@pytest.mark.parametrize(
    "said", ["timeout=x", "timeout=nan", "since=yesterday", "since=9999999999999999"]
)
def test_what_cannot_be_read_is_told(preview: Preview, said: str) -> None:
    answer = preview.get(f"{API}/wait?{said}")

    assert answer.status == 400
    assert "error" in json.loads(answer.body)


@pytest.mark.parametrize(
    "mail_id",
    [
        "..",
        "../../digest.toml",
        "%2e%2e%2fdigest.toml",
        "..%2f..%2fvar%2fkeys",
        "x" * 5000,
        "%00",
        "0" * 20,
    ],
)
@pytest.mark.parametrize("kind", ["", "/html", "/raw", "/part/1"])
def test_an_id_that_names_no_mail_opens_nothing(preview: Preview, mail_id: str, kind: str) -> None:
    for target in (f"/captured/{mail_id}{kind}", f"{API}/messages/{mail_id}"):
        answer = preview.get(target)

        assert answer.status == 404
        assert "all defaults" not in answer.text


def test_a_hostile_mail_is_shown_as_words_on_every_page(preview: Preview) -> None:
    hostile = next(mail_id for subject, mail_id in ids(preview).items() if "script" in subject)
    pages = ["/captured", "/captured?q=%22%3E%3Cscript%3E"] + [
        f"/captured/{hostile}?tab={tab}"
        for tab in ("preview", "text", "source", "message", "links")
    ]

    for page in pages:
        answer = preview.get(page)

        assert answer.status == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]


def policy(answer: Answer) -> str:
    return answer.headers["content-security-policy"]


def test_the_html_of_a_mail_is_answered_in_a_sandbox_that_loads_nothing(preview: Preview) -> None:
    for more in ("", "?measured=1", "?scheme=inverted&images=off&styles=off"):
        answer = preview.get(f"/captured/{ids(preview)['Second']}/html{more}")

        assert "default-src 'none'" in policy(answer)
        assert "sandbox" in policy(answer)
        assert "allow-scripts" not in policy(answer)
        assert "tracker.example" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_pictures_of_the_mail_are_its_own_parts(preview: Preview) -> None:
    second = ids(preview)["Second"]
    page = preview.get(f"/captured/{second}/html").text
    address = page.split('<img src="')[1].split('"')[0]

    picture = preview.get(address)

    assert address == f"/captured/{second}/part/1.2.2"
    assert picture.body == PNG
    assert picture.headers["content-type"] == "image/png"
    assert "sandbox" in policy(picture)


@pytest.mark.parametrize(
    "kind", ["text/html", "application/javascript", "image/svg+xml", "text/css"]
)
def test_a_part_is_never_a_page_of_ours(preview: Preview, site: Site, kind: str) -> None:
    evil = (
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
    )
    raw = b"Subject: %s\nContent-Type: %s; name=x\nContent-Disposition: attachment\n\n%s"
    keep(site, raw % (kind.encode(), kind.encode(), evil), minute=-9)

    answer = preview.get(f"/captured/{ids(preview)[kind]}/part/1")

    assert answer.body == evil
    assert "default-src 'none'" in policy(answer)
    assert "sandbox" in policy(answer)
    if kind != "image/svg+xml":
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")


MONSTERS = {
    "styles": "<style>" * 60_000,
    "images": "<img src=" * 100_000,
    "brackets": "<" * 900_000,
    "rules": "<style>a{}" + "b" * 450_000 + "</style>",
    "addresses": '<div style="background:' + "url(" * 100_000 + '">',
    "media": "<style>" + "@media " * 60_000 + "</style>",
    "large": "<p>x</p>" * 600_000,
}


@pytest.mark.parametrize("name", sorted(MONSTERS))
def test_html_that_is_made_to_hurt_is_shown_in_seconds(
    preview: Preview, site: Site, name: str
) -> None:
    raw = b"Subject: monster %s\nContent-Type: text/html\n\n" % name.encode()
    keep(site, raw + MONSTERS[name].encode(), minute=-10)
    monster = ids(preview)[f"monster {name}"]
    begun = time.monotonic()

    page = preview.get(f"/captured/{monster}")
    html = preview.get(f"/captured/{monster}/html?scheme=inverted&images=off&styles=off")

    assert (page.status, html.status) == (200, 200)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_nothing_can_be_changed(preview: Preview, site: Site, method: str) -> None:
    first = ids(preview)["First"]

    answer = preview.ask(
        method, f"/captured/{first}", headers={"X-Digest-Token": preview.bench.token}
    )

    assert answer.status in (403, 404, 405)
    assert "First" in ids(preview)


def test_another_host_is_told_nothing(preview: Preview) -> None:
    answer = preview.get(f"{API}/messages", Host="evil.example")

    assert answer.status == 421
    assert "First" not in answer.text


def test_a_mail_that_is_taken_away_is_gone(preview: Preview, site: Site) -> None:
    path: Path = keep(site, letter("Gone soon"), minute=-20)
    gone = ids(preview)["Gone soon"]
    path.unlink()
    time.sleep(0.2)

    assert preview.get(f"/captured/{gone}").status == 404
    assert "Gone soon" not in ids(preview)
