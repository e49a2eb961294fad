"""Wrong settings, wrong usage, and a person who changes their mind: a clear line, no traceback."""

from __future__ import annotations

import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from digest.cli.root import COMMANDS
from tests.sites import Process, Site, letter_site, reader
from tests.smtp_server import RecordingServer, Rule


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return letter_site(tmp_path_factory.mktemp("usage") / "site")


@pytest.fixture
def letter(_letter: Site, tmp_path: Path) -> Site:
    """A small newsletter with three readers, nothing sent yet."""
    return _letter.copy(tmp_path / "site")


def test_an_unknown_variable_is_refused_with_the_one_that_was_meant(letter: Site) -> None:
    ran = letter.having(smtp__hots="smtp.example.org").run("send-now", "--yes")

    assert ran.code == 2
    assert "DIGEST_SMTP__HOTS: unknown variable. Did you mean DIGEST_SMTP__HOST?" in ran.err
    assert letter.call("status", "--json").json == []


def test_every_wrong_setting_is_named_with_its_line(letter: Site) -> None:
    letter.write("digest.toml", '[smtp]\nhots = "x"\nport = 99999\n\n[wbe]\nport = 1\n')

    ran = letter.call("status")

    assert ran.code == 2
    assert "digest.toml:2: unknown key 'smtp.hots'. Did you mean 'host'?" in ran.err
    assert "digest.toml:3: smtp.port: " in ran.err
    assert "digest.toml:5: unknown key 'wbe'. Did you mean 'web'?" in ran.err


@pytest.mark.parametrize("content", [b"[smtp\n", b"\xff\xfe\x00", b'site = "x"\n'])
def test_a_settings_file_that_cannot_be_read_is_refused(letter: Site, content: bytes) -> None:
    letter.write("digest.toml", content)

    ran = letter.call("send-now", "--yes")

    assert ran.code == 2
    assert "digest.toml" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("smtp__port", "many", "DIGEST_SMTP__PORT"),
        ("smtp__security", "ssl", "starttls"),
        ("site__base_url", "http://news.example", "https://"),
        ("site__base_url", "https://news.example/?a=b", "without user name, ? and #"),
        ("delivery__first_wait", "soon", "30 seconds"),
    ],
)
def test_a_wrong_value_is_refused_with_what_it_could_be(
    letter: Site, setting: str, value: str, said: str
) -> None:
    ran = letter.having(**{setting: value}).call("send-now", "--yes")

    assert ran.code == 2
    assert f"DIGEST_{setting.upper()}" in ran.err
    assert said in ran.err


def test_where_there_is_no_site_the_way_to_one_is_told(tmp_path: Path) -> None:
    nowhere = Site(tmp_path, "none")

    named = nowhere.call("status")
    alone = nowhere.call()

    assert named.code == 2
    assert "digest init" in named.err
    assert alone.code == 0
    assert "digest init" in alone.out


def test_an_unknown_newsletter_is_refused_with_those_there_are(letter: Site) -> None:
    ran = letter.call("plan", "lettre")

    assert ran.code == 2
    assert "lettre: there is no such newsletter. There is: letter." in ran.err


def test_with_several_newsletters_and_none_named_they_are_listed(letter: Site) -> None:
    text = (letter.folder / "newsletter.toml").read_text(encoding="utf-8")
    letter.write("content/other/newsletter.toml", text)

    for command in ("send-now --yes", "plan", "build --out out", "subscribers list"):
        ran = letter.call(*command.split())

        assert ran.code == 2, command
        assert "Name one: letter, other." in ran.err
    assert letter.call("check").code == 0
    assert letter.call("status").code == 0


@pytest.mark.parametrize(
    "arguments",
    ["nope", "status --jsn", "send-now --wait soon", "build", "why", "new thing X", "build --out"],
)
def test_wrong_usage_ends_with_two_and_a_hint(letter: Site, arguments: str) -> None:
    ran = letter.call(*arguments.split())

    assert ran.code == 2
    assert "Error: " in ran.err
    assert "Traceback" not in ran.err


def test_what_is_not_writable_is_named(letter: Site) -> None:
    letter.write("file", "")

    for arguments in ("build --out file/out", "subscribers export --out file/x.csv"):
        ran = letter.call(*arguments.split())

        assert ran.code == 1, arguments
        assert "file" in ran.err
        assert "Not a directory" in ran.err


@pytest.mark.parametrize(
    "command",
    [
        "status | head -1",
        "subscribers list --limit 10000 | head -1",
        "check | true",
        "--help | true",
    ],
)
def test_a_reader_of_the_output_may_stop_early(letter: Site, tmp_path: Path, command: str) -> None:
    if "list" in command:
        letter = letter_site(tmp_path / "many", readers=3000)
    ours, _, rest = command.partition(" | ")
    shell = f"{shlex.quote(sys.executable)} -m digest {ours} | {rest}"

    done = subprocess.run(
        ["bash", "-c", shell],
        env={**os.environ, "DIGEST_HOME": str(letter.home)},
        cwd=letter.home,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert "Error" not in done.stderr


def answer_prompt(site: Site, answer: bytes) -> tuple[int, str]:
    """Run send-now on a terminal and answer its question; return exit code and what was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(site.home)
        os.environ["DIGEST_HOME"] = str(site.home)
        os.execv(sys.executable, [sys.executable, "-m", "digest", "send-now"])
    shown, answered, until = b"", False, time.monotonic() + 30
    with suppress(OSError):  # a terminal whose process has gone reads as an error
        while time.monotonic() < until:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            shown += os.read(terminal, 65536)
            if b"[y/N]" in shown and not answered:
                # The question stands there a moment before Python listens to the keys.
                time.sleep(0.3)
                os.write(terminal, answer)
                answered = True
    if time.monotonic() >= until:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [(b"n\n", 0, "Nothing was sent."), (b"\n", 0, "Nothing was sent."), (b"\x03", 130, "Stopped")],
    ids=["no", "just Enter", "Ctrl-C"],
)
def test_who_is_asked_can_say_no(letter: Site, answer: bytes, code: int, said: str) -> None:
    ended, shown = answer_prompt(letter, answer)

    assert ended == code, shown
    assert "Send issue 1 to 3 subscribers (captured on this machine)?" in shown
    assert said in shown
    assert "Traceback" not in shown
    assert letter.call("status", "--json").json == []


def test_who_is_asked_can_say_yes(letter: Site) -> None:
    ended, shown = answer_prompt(letter, b"y\n")

    assert ended == 0, shown
    assert letter.status()["states"]["sent"] == 3


def interrupt(process: Process) -> None:
    """Press Ctrl-C."""
    process.signal(signal.SIGINT)


def test_ctrl_c_while_it_waits_for_a_deferred_reader_ends_at_once(letter: Site) -> None:
    with RecordingServer([Rule("RCPT", "451 4.3.0 later", rcpt=reader(2))]) as server:
        site = letter.through(server, delivery__first_wait="50 seconds")
        with site.start("send-now", "--yes") as process:
            server.wait_for(2)
            time.sleep(0.3)
            interrupt(process)
            ended = process.ended(seconds=10)

    assert ended.code == 75, ended.said
    assert "Traceback" not in ended.said
    assert site.status()["states"]["deferred"] == 1


def test_ctrl_c_while_the_server_does_not_answer_ends_at_once(letter: Site) -> None:
    with RecordingServer([Rule("CONNECT", delay=3600)]) as server:
        site = letter.through(server)
        with site.start("send-now", "--yes") as process:
            while not server.connections:
                time.sleep(0.01)
            interrupt(process)
            ended = process.ended(seconds=10)

    assert ended.code == 75, ended.said
    assert "Stopped before the end" in ended.err
    assert site.status()["states"]["queued"] == 3


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_without_touching_a_database(command: str) -> None:
    ran = Site(Path(__file__).parent, "none").call(command, "--help")

    assert ran.code == 0
    assert ran.out.startswith(f"Usage: digest {command}")
    assert len(ran.out.splitlines()) > 4


def test_help_loads_none_of_the_heavy_libraries(letter: Site) -> None:
    heavy = ["sqlalchemy", "alembic", "jinja2", "mjml", "aiosmtplib", "uvicorn"]
    script = (
        "import sys\n"
        "from digest.cli.root import COMMANDS, root\n"
        "for arguments in (['--help'], *([name, '--help'] for name in COMMANDS)):\n"
        "    root.main(arguments, standalone_mode=False)\n"
        f"loaded = [name for name in {heavy} if name in sys.modules]\n"
        "sys.exit(' '.join(loaded) or 0)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=letter.home,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage: ") == len(COMMANDS) + 1


def test_the_short_help_is_what_each_command_says_of_itself() -> None:
    from digest.cli.root import root

    context = root.make_context("digest", [], resilient_parsing=True)
    for name, (_, text) in COMMANDS.items():
        command = root.get_command(context, name)

        assert command is not None
        assert command.get_short_help_str(limit=200) == text
        assert command.name == name


def test_alone_it_says_what_to_do_next_at_each_stage(tmp_path: Path) -> None:
    nobody = letter_site(tmp_path / "nobody", readers=0)
    fresh = letter_site(tmp_path / "fresh")

    before = nobody.call().out
    ready = fresh.call().out
    fresh.call("send-now", "--yes")
    sent = fresh.call().out

    assert "nobody reads it yet:  digest subscribers import" in before
    assert not (nobody.home / "var").exists()
    assert "issue 1: 1 item for 3 readers" in ready
    assert "digest send-now letter" in ready
    assert "nothing is new. Write something:  digest new item" in sent


def test_alone_it_names_an_unfinished_issue(letter: Site) -> None:
    letter.through(9).call("send-now", "--yes")

    ran = letter.call()

    assert ran.code == 0
    assert "issue 1 is not finished:  digest send-now letter" in ran.out


def test_a_new_site_builds_sends_and_takes_a_new_item(tmp_path: Path) -> None:
    home = tmp_path / "mine"
    Site(tmp_path, "none").call("init", str(home))
    site = Site(home, "news")
    site.write("in.csv", "email\na@readers.example\n")

    checked = site.call("check")
    built = site.call("build", "--out", "out")
    imported = site.call("subscribers", "import", "in.csv")
    sent = site.call("send-now", "--yes")
    new = site.call("new", "item", "Our second thing")
    rechecked = site.call("check")

    for ran in (checked, built, imported, sent, new, rechecked):
        assert ran.code == 0, ran.said
    assert "1 recipient = 1 sent" in sent.out
    assert "content/news/items/our-second-thing.md" in new.out
