"""[delivery]: limits, warm-up, domains and rollout; what is wrong is named with its place."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.bootstrap.pace import pace_rules, probe_policy, retry_policy
from digest.delivery.pacing import DomainRules
from digest.errors import ConfigurationError
from digest.model.limits import WarmUp, parse_limit
from digest.model.newsletter import DeliveryRules
from digest.settings import Settings, load_settings

HOUR = timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for a site, with no setting in the environment."""
    import os

    for name in [*os.environ]:
        if name.startswith("DIGEST_"):
            monkeypatch.delenv(name)
    return tmp_path


def load(site: Path, text: str) -> Settings:
    (site / "digest.toml").write_text(text, encoding="utf-8")
    return load_settings(site)


def refused(site: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as error:
        load(site, text)
    return str(error.value)


def test_everything_that_is_written_holds(site: Path) -> None:
    settings = load(
        site,
        """
[delivery]
limits = ["14/s", "500/h"]
warm_up = [500, 1000]
warm_up_from = 2026-12-01

[delivery.domains."Gmail.com"]
limits = "5/s"
connections = 3

[delivery.rollout]
seeds = ["me@example.org"]
share = "5 %"
wait = "20 minutes"
""",
    )

    rules = pace_rules(settings.delivery, "letter", DeliveryRules(limits=(parse_limit("9/min"),)))

    assert rules.limits == (parse_limit("14/s"), parse_limit("500/h"))
    assert rules.warm_up == WarmUp(first_day=date(2026, 12, 1), allowances=(500, 1000))
    assert rules.domains == {"gmail.com": DomainRules(limits=(parse_limit("5/s"),), connections=3)}
    assert rules.newsletter_limits == (parse_limit("9/min"),)
    assert settings.delivery.rollout.share == 0.05
    assert settings.delivery.rollout.seeds == ("me@example.org",)


def test_a_site_that_says_nothing_limits_nothing(site: Path) -> None:
    settings = load(site, "")

    rules = pace_rules(settings.delivery, "letter")

    assert rules.horizon == timedelta(0)
    assert settings.delivery.connections == 10
    assert settings.delivery.rollout.share == 0


def test_lists_and_tables_are_json_in_a_variable(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_DELIVERY__LIMITS", '["3/s"]')
    monkeypatch.setenv("DIGEST_DELIVERY__ROLLOUT__SHARE", "10 %")

    settings = load(site, "")

    assert settings.delivery.limits == (parse_limit("3/s"),)
    assert settings.delivery.rollout.share == 0.1


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('[delivery]\nlimits = ["14 per s"]', "digest.toml:2", '"14 per s" is no limit'),
        ('[delivery]\nlimits = ["0/s"]', "digest.toml:2", "at least 1"),
        ("[delivery]\nlimits = [14]", "digest.toml:2", "write a list such as"),
        ("[delivery]\nwarm_up = [500]", "digest.toml:1", "warm_up_from go together"),
        ("[delivery]\nwarm_up = [0]\nwarm_up_from = 2026-01-01", "digest.toml:2", "warm_up"),
        ('[delivery]\nfirst_wait = "2 hours"', "digest.toml:1", "longest_wait is shorter"),
        ('[delivery]\ndomain_wait = "0 seconds"', "digest.toml:2", "longer than nothing"),
        ("[delivery]\nconnections = 0", "digest.toml:2", "connections"),
        (
            '[delivery.domains."gmail.com"]\nlimts = ["1/s"]',
            "digest.toml:2",
            "Did you mean 'limits'?",
        ),
        ("[delivery.domains.localhost]\nconnections = 1", "digest.toml", "is no domain"),
        ('[delivery.rollout]\nshare = "a lot"', "digest.toml:2", 'write a share such as "5 %"'),
        ('[delivery.rollout]\nshare = "500 %"', "digest.toml:2", "share"),
        ('[delivery.rollout]\nseeds = ["nobody"]', "digest.toml:2", "is no address"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    site: Path, text: str, place: str, said: str
) -> None:
    told = refused(site, text)

    assert told.startswith(place)
    assert said in told


def test_an_unknown_variable_of_a_table_in_a_table_is_refused(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_DELIVERY__ROLLOUT__SHARES", "5 %")

    assert "Did you mean DIGEST_DELIVERY__ROLLOUT__SHARE?" in refused(site, "")


def test_a_newsletters_own_waits_go_before_the_sites(site: Path) -> None:
    said = load(site, '[delivery]\nfirst_wait = "10 minutes"\n').delivery

    own = retry_policy(said, DeliveryRules(first_wait=2 * HOUR, give_up_after=9 * HOUR))
    shorter = retry_policy(said, DeliveryRules(longest_wait=timedelta(minutes=1)))

    assert (own.first_wait, own.longest_wait, own.give_up_after) == (2 * HOUR, 2 * HOUR, 9 * HOUR)
    assert (shorter.first_wait, shorter.longest_wait) == (timedelta(minutes=1),) * 2
    assert retry_policy(said).first_wait == timedelta(minutes=10)
    assert probe_policy(said).first_wait == timedelta(minutes=5)
