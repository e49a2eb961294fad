"""The server that other tests rely on: what it says it took is on disk first, also as a process."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.smtp_server import Message, RecordingServer, Rule, read_record

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.smtp_server"]
CONTENT = b"Subject: x\r\n\r\n.\r\n\x00\xff\r\n"


def send(port: int, *rcpts: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("n@example.org", rcpts, CONTENT)


def test_each_recipient_of_a_message_is_recorded_on_disk_and_in_memory(tmp_path: Path) -> None:
    out = tmp_path / "taken.jsonl"

    with RecordingServer(out=out) as server:
        send(server.port, "a@example.org", "b@example.org")

    expected = [Message("n@example.org", f"{who}@example.org", CONTENT) for who in "ab"]
    assert server.messages == expected
    assert read_record(out) == expected


def test_as_a_process_it_has_recorded_what_it_acknowledged_even_when_it_is_killed(
    tmp_path: Path,
) -> None:
    out = tmp_path / "taken.jsonl"
    rule = '{"at": "RCPT", "reply": "550 5.1.1 gone", "rcpt": "gone@example.org"}'
    command: list[str | Path] = [*PROGRAM, "--out", out, "--rule", rule]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        send(port, "a@example.org", "gone@example.org")
        process.kill()

    assert read_record(out) == [Message("n@example.org", "a@example.org", CONTENT)]


def test_as_a_process_it_ends_when_it_is_asked(tmp_path: Path) -> None:
    command: list[str | Path] = [*PROGRAM, "--out", tmp_path / "out", "--port", "0"]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        code = process.wait(10)

    assert code == 0


def test_a_record_that_was_cut_in_the_middle_of_a_line_is_read_up_to_it(tmp_path: Path) -> None:
    out = tmp_path / "taken.jsonl"
    with RecordingServer(out=out) as server:
        send(server.port, "a@example.org")
    out.write_bytes(out.read_bytes() + b'{"mail_from": "n@ex')

    assert [message.rcpt for message in read_record(out)] == ["a@example.org"]


def test_rules_count_messages_over_all_connections() -> None:
    with RecordingServer([Rule("DOT", "451 4.3.0 later", message=2)]) as server:
        send(server.port, "a@example.org")
        with pytest.raises(smtplib.SMTPDataError):
            send(server.port, "b@example.org")
        send(server.port, "c@example.org")

    assert [message.rcpt for message in server.messages] == ["a@example.org", "c@example.org"]


def test_a_rule_for_a_stage_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="no stage 'DATTA'"):
        Rule("DATTA")
