"""`digest check` and the gate as a person meets them, by the real command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.json_schema import complaints
from tests.cli.test_sarif import SCHEMA
from tests.sites import Site, letter_site
from tests.smtp_server import RecordingServer

ITEM = "content/letter/items/first.md"
TOML = "content/letter/newsletter.toml"
NO_ALT = "![](assets/gone.png)"


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("checked") / "site")


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A small newsletter with three readers, nothing sent yet."""
    return _letter.copy(tmp_path / "site")


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


def without_postal_address(site: Site) -> None:
    path = site.home / TOML
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "postal_address" not in line), "utf-8")


def rewrite(site: Site, old: str, new: str) -> None:
    path = site.home / TOML
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def rules(site: Site, *arguments: str) -> dict[str, str]:
    """Return what a check finds: rule -> level."""
    found = site.call("check", "--format", "json", *arguments).json
    return {one["rule"]: one["level"] for one in found}


def test_an_error_is_the_same_in_a_check_and_in_every_send_and_nothing_leaves(
    letter: Site, server: RecordingServer
) -> None:
    without_postal_address(letter)
    reached = letter.through(server)

    ran = {
        command: reached.call(*command.split())
        for command in ("check", "send-now --yes", "send-now --dry-run", "send-now --yes letter")
    }

    for command, done in ran.items():
        assert done.code == 1, (command, done.said)
        assert f"error    {TOML}: there is no postal address" in done.out, command
    assert server.messages == []
    assert reached.call("status", "--json").json == []


def test_a_check_by_a_whole_process_exits_with_1_and_a_mended_site_sends(
    letter: Site, server: RecordingServer
) -> None:
    reached = letter.through(server)
    without_postal_address(letter)

    stopped = reached.run("send-now", "--yes")
    rewrite(letter, "[from]", '[waive]\nno-postal-address = "a club of friends"\n\n[from]')
    sent = reached.run("send-now", "--yes")

    assert stopped.code == 1
    assert "Nothing was sent." in stopped.out
    assert sent.code == 0, sent.said
    assert len(server.messages) == 3


def test_a_slot_that_the_gate_stopped_stays_open_and_is_sent_once_mended(
    letter: Site, server: RecordingServer
) -> None:
    without_postal_address(letter)
    rewrite(letter, 'schedule = "0 9 * * 5"', 'schedule = "* * * * *"')
    reached = letter.through(server)

    stopped = [reached.call("send-due") for _ in range(2)]
    rewrite(letter, "[from]", 'waive = { no-postal-address = "friends" }\n\n[from]')
    mended = reached.call("send-due")

    assert [one.code for one in stopped] == [1, 1]
    assert all("no postal address" in one.out for one in stopped)
    assert mended.code == 0, mended.said
    assert len(server.messages) == 3


def test_the_service_says_once_what_stops_it(letter: Site, server: RecordingServer) -> None:
    without_postal_address(letter)
    rewrite(letter, 'schedule = "0 9 * * 5"', 'schedule = "* * * * *"')
    reached = letter.through(server, web__port="0")

    with reached.start("run") as service:
        service.wait_for_line("there is no postal address")
        service.signal(15)
        ended = service.ended()

    said = [line for line in ended.err.splitlines() if "there is no postal address" in line]
    assert len(said) == 1
    assert "ERROR" in said[0].upper()
    assert server.messages == []


def test_a_missing_postal_address_is_a_warning_while_mail_is_captured(letter: Site) -> None:
    without_postal_address(letter)

    sent = letter.call("send-now", "--yes")

    assert rules(letter)["no-postal-address"] == "warning"
    assert sent.code == 0, sent.said


def test_a_waived_finding_is_shown_with_its_reason(letter: Site, server: RecordingServer) -> None:
    without_postal_address(letter)
    rewrite(letter, "[from]", 'waive = { no-postal-address = "friends only" }\n\n[from]')

    ran = letter.through(server).call("check")

    assert ran.code == 0
    assert f"waived   {TOML}: there is no postal address" in ran.out
    assert "Waived: friends only [no-postal-address]" in ran.out
    assert "1 waived" in ran.out


@pytest.mark.parametrize(
    ("waive", "said"),
    [
        ('{ no-postal-address = "" }', "newsletter.toml:10: 'waive.no-postal-address' is empty"),
        (
            "{ no-postal-address = true }",
            "newsletter.toml:10: 'waive.no-postal-address' is not text",
        ),
        ('["no-postal-address"]', "newsletter.toml:10: 'waive' is not a table"),
        ('{ no-postl-address = "x" }', "Did you mean 'no-postal-address'?"),
        ('{ unsafe-link = "x" }', "'unsafe-link' cannot be waived"),
        ('{ "No Such" = "x" }', "newsletter.toml:10: "),
    ],
)
def test_a_waiver_that_is_wrong_is_an_error_with_its_line(
    letter: Site, waive: str, said: str
) -> None:
    rewrite(letter, "[from]", f"waive = {waive}\n\n[from]")

    ran = letter.call("check")

    assert ran.code == 1
    assert said in ran.out
    assert letter.call("send-now", "--yes").code == 1


def test_a_waiver_in_an_item_holds_for_its_own_findings_with_the_line_it_stands_on(
    letter: Site,
) -> None:
    path = letter.home / ITEM
    head = path.read_text("utf-8").replace("+++\nIts", 'waive = { missing-alt = "art" }\n+++\nIts')
    path.write_text(head, "utf-8")

    ran = letter.call("check")

    assert ran.code == 0
    assert f"note     {ITEM}:5: nothing is found that 'missing-alt'" in ran.out


def test_a_waiver_says_nothing_to_readers_so_an_issue_is_the_same_with_it(letter: Site) -> None:
    before = letter.call("plan", "--json").json["content_hash"]
    path = letter.home / ITEM
    path.write_text(
        path.read_text("utf-8").replace("+++\nIts", 'waive = { no-alt = "x" }\n+++\nIts')
    )

    assert letter.call("plan", "--json").json["content_hash"] == before


def test_findings_stand_together_by_file_with_a_sum_at_the_end(letter: Site) -> None:
    letter.write("content/letter/items/two.md", '+++\ntitle = 2\ncolour = "red"\n+++\nB\n')
    letter.write("content/letter/items/three.md", "---\n---\n")

    ran = letter.call("check")

    blocks = ran.out.rstrip("\n").split("\n\n")
    assert [
        {line.split(":")[0].split()[-1] for line in block.splitlines()} for block in blocks[:-1]
    ] == [
        {"content/letter/items/three.md"},
        {"content/letter/items/two.md"},
    ]
    assert blocks[-1] == "letter: 5 errors."
    assert all(line.endswith("]") for block in blocks[:-1] for line in block.splitlines())


def test_json_has_what_a_program_needs(letter: Site) -> None:
    letter.write("content/letter/items/two.md", "---\n---\n")

    [finding] = letter.call("check", "--format", "json").json

    assert {*finding} == {
        "rule",
        "level",
        "what",
        "file",
        "line",
        "edition",
        "hint",
        "excerpt",
        "waived",
    }
    assert (finding["level"], finding["line"]) == ("error", 1)


def test_sarif_is_valid_and_gates_as_text_does(letter: Site) -> None:
    good = letter.call("check", "--format", "sarif")
    letter.write("content/letter/items/two.md", "---\n---\n")
    bad = letter.call("check", "--format", "sarif")

    assert (good.code, bad.code) == (0, 1)
    for ran in (good, bad):
        assert list(complaints(json.loads(ran.out), SCHEMA)) == []
    [result] = bad.json["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "content/letter/items/two.md"


def test_a_check_of_a_site_without_readers_passes_and_a_send_does_not(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=0)

    assert rules(site) == {"no-note": "warning", "no-readers": "note"}
    assert site.call("check").code == 0
    assert site.call("send-now", "--dry-run").code == 1
    assert site.call("send-now", "--yes").code == 1


def test_checking_makes_no_database(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "site", readers=0)

    site.call("check")

    assert not (site.home / "var").exists()


def test_an_audience_that_suddenly_grew_is_stopped_until_newsletter_toml_allows_it(
    letter: Site,
) -> None:
    first = letter.call("send-now", "--yes")
    rows = "".join(f"n{number}@readers.example\n" for number in range(120))
    letter.call("subscribers", "import", str(letter.write("more.csv", "email\n" + rows)))
    letter.write_item("second", "The second thing")

    stopped = letter.call("send-now", "--yes")
    rewrite(letter, "[[sections]]", "[assembly]\nmax_growth = 41.0\n\n[[sections]]")
    allowed = letter.call("send-now", "--yes")

    assert first.code == 0, first.said
    assert stopped.code == 1
    assert "the issue is for 123 readers, the last one was for 3" in stopped.out
    assert allowed.code == 0, allowed.said


def test_from_that_is_not_on_the_domain_that_signs_stops_a_send(letter: Site) -> None:
    ran = letter.having(dkim__domain="other.example").call("send-now", "--yes")

    assert ran.code == 1
    assert "From is at news.example, and other.example signs" in ran.out


def test_the_network_is_asked_only_when_wanted_and_never_this_machine(letter: Site) -> None:
    letter.write(
        "content/letter/items/two.md",
        '+++\ntitle = "Two"\ndate = 2023-03-01\nsection = "news"\n+++\n'
        "[x](https://127.0.0.1:9/) is here.\n",
    )

    plain, asked = rules(letter), rules(letter, "--network")

    assert "link-private" not in plain
    assert asked["link-private"] == "error"
