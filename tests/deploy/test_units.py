"""The units: what they start exists, what they allow is enough, and not more."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from digest.delivery.config import SHORTEST_FINAL_WAIT
from digest.errors import ConfigurationError, TryAgainLater
from digest.settings import load_settings
from tests.deploy.installation import SERVICES, SITE, TIMERS, UNITS, Unit, named, seconds
from tests.docs.pages import explain_call

#: What has the site's mail leave.
SENDING = ["run", "send-due"]
HARDENING = [
    "ProtectSystem",
    "ProtectHome",
    "PrivateTmp",
    "PrivateDevices",
    "NoNewPrivileges",
    "CapabilityBoundingSet",
    "RestrictAddressFamilies",
    "SystemCallFilter",
    "MemoryDenyWriteExecute",
    "UMask",
]


def unit(name: str) -> Unit:
    return Unit(next(path for path in UNITS if path.name == name))


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_unit_starts_a_command_that_exists(path: Path) -> None:
    words = Unit(path).words()

    assert words
    assert explain_call(words) == ""


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_unit_runs_as_a_user_of_its_own_in_the_site(path: Path) -> None:
    service = Unit(path)

    assert (service.one("User"), service.one("Group")) == ("digest", "digest")
    assert service.one("WorkingDirectory") == SITE
    assert service.one("Environment") == f"DIGEST_HOME={SITE}"


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_unit_may_write_what_it_needs_and_nothing_else(path: Path) -> None:
    service = Unit(path)

    # Whoever sends writes receipts beside the newsletter's files.
    places = [f"{SITE}/var", *([f"{SITE}/content"] if service.words()[0] in SENDING else [])]
    assert service.one("ProtectSystem") == "strict"
    assert service.one("ReadWritePaths").split() == places


@pytest.mark.parametrize("key", HARDENING)
def test_all_units_are_hardened_alike(key: str) -> None:
    values = {tuple(Unit(path).all(key)) for path in SERVICES}

    assert len(values) == 1
    assert values != {()}


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_the_password_is_one_that_digest_reads(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Unit(path)
    if service.words()[0] not in SENDING:
        assert service.all("LoadCredential") == []
        return
    name, _, source = service.one("LoadCredential").partition(":")
    (tmp_path / name).write_text("from systemd\n", encoding="utf-8")
    (tmp_path / "digest.toml").touch()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    settings = load_settings(tmp_path)

    assert settings.smtp.password.get_secret_value() == "from systemd"
    assert Path(source).is_absolute()


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_a_message_under_way_has_the_time_that_a_server_may_take(path: Path) -> None:
    service = Unit(path)
    if service.words()[0] not in SENDING:
        return

    assert seconds(service.one("TimeoutStopSec")) > SHORTEST_FINAL_WAIT.total_seconds()


@pytest.mark.parametrize("name", ["digest.service", "digest-web.service"])
def test_a_crash_starts_it_again_and_a_wrong_configuration_does_not(name: str) -> None:
    service = unit(name)

    assert service.one("Restart") == "on-failure"
    assert service.one("RestartPreventExitStatus") == str(ConfigurationError.exit_code)


def test_try_again_later_is_no_failure_of_the_timers_service() -> None:
    assert unit("digest-due.service").one("SuccessExitStatus") == str(TryAgainLater.exit_code)
    # A send takes as long as it takes; systemd's limit for a start would kill it in the middle.
    assert unit("digest-due.service").one("TimeoutStartSec") == "infinity"


@pytest.mark.parametrize("path", TIMERS, ids=named)
def test_a_timer_has_a_service_of_its_name(path: Path) -> None:
    assert path.with_suffix(".service") in SERVICES
    assert Unit(path).one("OnCalendar") == "*:0/5"
    assert Unit(path).one("Persistent") == "yes"


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_only_what_runs_by_itself_is_enabled(path: Path) -> None:
    started_by_a_timer = path.with_suffix(".timer") in TIMERS

    assert Unit(path).all("WantedBy") == ([] if started_by_a_timer else ["multi-user.target"])


def test_systemd_finds_nothing_wrong_where_there_is_systemd(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    for path in UNITS:
        # The program has to exist for systemd to be content; on this machine it lies elsewhere.
        text = path.read_text(encoding="utf-8").replace("/srv/digest/venv/bin/digest", "/bin/sh")
        (tmp_path / path.name).write_text(text, encoding="utf-8")

    verify = [tool, "verify", *sorted(map(str, tmp_path.iterdir()))] if tool else ["true"]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
