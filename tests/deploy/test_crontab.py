"""The crontab: cron reads it as we mean it, and what it starts exists."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cronsim import CronSim

from digest.settings import load_settings
from tests.deploy.installation import DEPLOY, PROGRAM, SITE, CronLine, Unit, crontab
from tests.docs.pages import explain_call

NOON = datetime(2023, 3, 31, 12)


def line(command: str) -> CronLine:
    return next(each for each in crontab()[1] if f"digest {command}" in each.command)


@pytest.mark.parametrize("each", crontab()[1], ids=lambda each: each.when)
def test_a_line_starts_a_command_that_exists(each: CronLine) -> None:
    program, *words = each.command.partition(" >")[0].split()

    assert program == PROGRAM
    assert explain_call(words) == ""


@pytest.mark.parametrize("each", crontab()[1], ids=lambda each: each.when)
def test_no_line_holds_a_percent_sign_which_cron_takes_for_a_line_end(each: CronLine) -> None:
    assert "%" not in each.command


def test_the_schedule_is_looked_at_every_five_minutes() -> None:
    times = CronSim(line("send-due").when, NOON)

    first, second = next(times), next(times)

    assert first - NOON == second - first == timedelta(minutes=5)


def test_the_pages_are_served_from_the_start_of_the_machine() -> None:
    assert line("web").when == "@reboot"


def test_errors_are_mailed_and_news_is_not() -> None:
    command = line("send-due").command

    assert command.endswith(">/dev/null")
    assert "2>" not in command
    assert crontab()[0]["MAILTO"]


def test_the_site_and_the_secrets_are_those_of_the_units(tmp_path, monkeypatch) -> None:
    variables, _ = crontab()
    name, _, source = Unit(DEPLOY / "digest.service").one("LoadCredential").partition(":")

    (tmp_path / name).write_text("a password\n", encoding="utf-8")
    (tmp_path / "digest.toml").touch()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert variables["DIGEST_HOME"] == SITE
    assert source == f"{variables['CREDENTIALS_DIRECTORY']}/{name}"
    assert load_settings(tmp_path).smtp.password.get_secret_value() == "a password"
