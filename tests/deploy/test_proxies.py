"""The proxies and the page about them: they lead to where the pages are, and log no token."""

from __future__ import annotations

import re

import pytest

from digest.settings import WebSettings
from digest.web.pages import LARGEST_BODY
from tests.deploy.installation import DEPLOY

NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
CADDY = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
PAGE = (DEPLOY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [NGINX, CADDY], ids=["nginx", "Caddy"])
def test_a_proxy_leads_to_where_the_pages_are_by_default(text: str) -> None:
    web = WebSettings()

    assert re.search(rf"\b{re.escape(web.host)}:{web.port}\b", text)


@pytest.mark.parametrize("text", [NGINX, CADDY], ids=["nginx", "Caddy"])
def test_a_proxy_takes_what_the_pages_read_and_no_more(text: str) -> None:
    size = re.search(r"(?:client_max_body_size|max_size) (\d+)k", text, re.IGNORECASE)

    assert size
    assert int(size[1]) * 1024 == LARGEST_BODY


def test_no_token_is_logged() -> None:
    servers = NGINX.split("\nserver {")[1:]

    assert len(servers) == 2
    assert all("access_log off;" in server for server in servers)
    # A line of the error log holds the request, and at the level `error` a slow answer is enough.
    assert re.search(r"error_log \S+ crit;", NGINX)
    assert "log" not in re.sub(r"#.*", "", CADDY)


@pytest.mark.parametrize("text", [NGINX, CADDY], ids=["nginx", "Caddy"])
def test_every_brace_is_closed(text: str) -> None:
    depth = 0

    for brace in re.findall(r"[{}]", re.sub(r"#.*", "", text)):
        depth += 1 if brace == "{" else -1
        assert depth >= 0

    assert depth == 0


def test_every_statement_of_nginx_ends() -> None:
    lines = [line.partition("#")[0].strip() for line in NGINX.splitlines()]

    assert [line for line in lines if line and line[-1] not in ";{}"] == []


def test_every_file_is_spoken_of() -> None:
    files = {path.name for path in DEPLOY.iterdir()} - {"README.md"}

    assert {name for name in files if f"`{name}`" not in PAGE} == set()


def test_every_file_that_is_copied_is_there() -> None:
    copied = re.findall(r"\bdeploy/([\w.-]+)", PAGE)

    assert copied
    assert [name for name in copied if not (DEPLOY / name).exists()] == []
