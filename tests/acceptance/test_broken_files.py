"""A broken file or template stops the send, is named with its line, and nothing is used up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.paths import shipped
from tests.sites import SAMPLE, Site, letter_site, sample_site
from tests.smtp_server import RecordingServer

HEAD = '+++\ntitle = "Two"\ndate = 2023-03-01\nsection = "news"\n'


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("broken") / "site")


@pytest.fixture
def letter(_letter: Site, server: RecordingServer, tmp_path: Path) -> Site:
    """A small newsletter with three readers, nothing sent yet."""
    return _letter.copy(tmp_path / "site").through(server)


def assert_stopped_and_nothing_lost(site: Site, server: RecordingServer, *said: str) -> None:
    """Check that every command that would build says what is wrong, and that nothing was sent."""
    for command in ("check", "send-now --yes", "plan", "build --out out"):
        ran = site.call(*command.split())
        assert ran.code == 1, (command, ran.said)
        for words in said:
            assert words in ran.said, command
        assert "Traceback" not in ran.said
    assert server.messages == []
    assert site.call("status", "--json").json == []
    assert not (site.home / "out" / "index.json").exists()


ITEMS: dict[str, tuple[str | bytes, str, str]] = {
    "a YAML header": ("---\ntitle: Two\n---\nBody\n", "two.md:1: ", "Use +++ lines and TOML"),
    "an unknown key": (HEAD + 'colour = "red"\n+++\nB\n', "two.md:5: unknown key 'colour'", ""),
    "a missing key": ('+++\ntitle = "Two"\nsection = "news"\n+++\n', "two.md:1: ", "'date'"),
    "a wrong type": (HEAD.replace('"Two"', "2") + "+++\nB\n", "two.md:2: ", "in quotes"),
    "an unknown section": (HEAD.replace('"news"', '"nwes"') + "+++\n", "two.md:4: ", "'news'?"),
    "broken TOML": ('+++\ntitle = "Two\n+++\nB\n', "two.md:2: TOML syntax", "quotes"),
    "Latin-1": ((HEAD + "+++\nCafé\n").encode("latin-1"), "two.md:6: not UTF-8", "as UTF-8"),
    "UTF-16": ((HEAD + "+++\nB\n").encode("utf-16"), "two.md:1: not UTF-8", "like UTF-16"),
    "a NUL": (HEAD + "+++\nB\0\n", "two.md:6: the control character U+0000", "Delete it"),
    "nothing in it": ("", "two.md:1: ", "Begin the file with a line +++"),
    "no end of its header": (HEAD, "two.md:1: ", "no closing +++"),
    "a key below its figures": (
        HEAD + '[[figures]]\nid = "x"\nnumber = 1\ntext = "1"\nlabel = "l"\npin = true\n+++\n',
        "two.md:10: 'pin' stands below [[figures]]",
        "Move it above",
    ),
    "a picture that is not there": (HEAD + "+++\n![x](assets/gone.png)\n", "two.md:6: ", "gone"),
    "an undeclared attribute": (
        HEAD + 'for = { roles = ["brand"] }\n+++\n',
        "two.md:5: ",
        "[attributes.roles]",
    ),
}


@pytest.mark.parametrize("broken", ITEMS)
def test_an_item_with_this_stops_the_send_and_names_its_line(
    letter: Site, server: RecordingServer, broken: str
) -> None:
    content, place, hint = ITEMS[broken]
    letter.write("content/letter/items/two.md", content)

    assert_stopped_and_nothing_lost(letter, server, f"content/letter/items/{place}", hint)


def test_all_broken_files_are_named_at_once(letter: Site, server: RecordingServer) -> None:
    letter.write("content/letter/items/two.md", "")
    letter.write("content/letter/items/three.md", "---\n---\n")

    assert_stopped_and_nothing_lost(letter, server, "items/two.md:1", "items/three.md:1")


def test_a_mended_file_lets_everything_go(letter: Site, server: RecordingServer) -> None:
    path = letter.write("content/letter/items/two.md", "")
    broken = letter.call("send-now", "--yes")
    path.unlink()

    mended = letter.call("send-now", "--yes")

    assert broken.code == 1
    assert mended.code == 0, mended.said
    assert len(server.messages) == 3
    assert letter.status()["issue"] == 1


def test_a_translation_without_its_default_is_an_error(tmp_path: Path) -> None:
    site = sample_site(tmp_path / "site", readers=False)
    site.write(f"content/{SAMPLE}/items/ghost.ja.md", '+++\ntitle = "幽霊"\n+++\n本文\n')

    ran = site.call("check")

    assert ran.code == 1
    assert "items/ghost.ja.md" in ran.out
    assert "ghost.md" in ran.out


def test_a_broken_newsletter_file_is_named_with_its_line(
    letter: Site, server: RecordingServer
) -> None:
    path = letter.folder / "newsletter.toml"
    path.write_text(path.read_text().replace("timezone = ", "timezon = "))

    assert_stopped_and_nothing_lost(
        letter, server, "content/letter/newsletter.toml:3", "'timezon'", "timezone"
    )


Change = Callable[[str], str]
HEAD_BLOCK = "mail/blocks/head.mjml.j2"
TEMPLATES: dict[str, tuple[str, Change, str]] = {
    "an unknown name": (HEAD_BLOCK, lambda text: text + "{{ nobody }}\n", "unknown name 'nobody'"),
    "broken Jinja": (HEAD_BLOCK, lambda text: text + "{% if x %}\n", "Mend the Jinja syntax"),
    "an unknown component": (
        HEAD_BLOCK,
        lambda text: text + "<mj-blink>x</mj-blink>\n",
        "unknown component <mj-blink>",
    ),
    "an unclosed tag": (
        HEAD_BLOCK,
        lambda text: text + "<mj-section><mj-column><mj-text>x</mj-column></mj-section>\n",
        "Close <mj-text> first",
    ),
    "an unknown name in the text part": (
        "mail/issue.txt.j2",
        lambda text: text + "{{ nobody }}\n",
        "unknown name 'nobody'",
    ),
    "a reach out of the sandbox": (
        HEAD_BLOCK,
        lambda text: text + "{{ ''.__class__ }}\n",
        "unsafe",
    ),
}


@pytest.mark.parametrize("broken", TEMPLATES)
def test_a_template_of_the_site_with_this_is_named_with_its_line_and_shown(
    letter: Site, server: RecordingServer, broken: str
) -> None:
    name, change, said = TEMPLATES[broken]
    text = change(shipped("templates", name).read_text(encoding="utf-8"))
    letter.write(f"templates/{name}", text)
    line = len(text.splitlines())

    ran = letter.call("send-now", "--yes")
    checked = letter.call("check")

    assert ran.code == checked.code == 1
    assert f"templates/{name}:{line}: " in ran.said
    assert f"templates/{name}:{line}: " in checked.out
    assert said in ran.said
    assert re.search(rf"^> {line} \| .+", ran.said, re.MULTILINE)
    assert "Traceback" not in ran.said
    assert server.messages == []
    assert letter.call("status", "--json").json == []


def test_a_template_that_calls_itself_ends_in_an_error(
    letter: Site, server: RecordingServer
) -> None:
    letter.write(f"templates/{HEAD_BLOCK}", f"{{% include '{HEAD_BLOCK}' %}}\n")

    ran = letter.call("send-now", "--yes")

    assert ran.code == 1
    assert HEAD_BLOCK in ran.said
    assert "Traceback" not in ran.said
    assert server.messages == []


def test_markup_in_content_reaches_no_reader(letter: Site, server: RecordingServer) -> None:
    letter.write(
        "content/letter/items/two.md",
        HEAD.replace('"Two"', "'Two <script>alert(1)</script>'")
        + "+++\nLook: <img src=x onerror=alert(1)>\n",
    )

    ran = letter.call("send-now", "--yes")
    built = letter.call("build", "--out", "out", "--issue", "1")
    page = next((letter.home / "out").glob("1-*.html")).read_text(encoding="utf-8")

    assert ran.code == built.code == 0, ran.said
    assert len(server.messages) == 3
    assert "Two &lt;script&gt;" in page
    assert "<script" not in page
    assert "onerror=" not in page.replace("onerror=alert(1)&gt;", "")


def test_what_looks_like_a_template_in_content_is_never_run(letter: Site) -> None:
    letter.write(
        "content/letter/items/two.md",
        HEAD.replace('"Two"', "'Two {{ 7001 * 7 }}'") + "+++\n{{ reader.address }}\n",
    )

    letter.call("build", "--out", "out")

    page = next((letter.home / "out").glob("1-*.html")).read_text(encoding="utf-8")
    assert "49007" not in page
    assert "{{ 7001 * 7 }}" in page
    assert "{{ reader.address }}" in page
