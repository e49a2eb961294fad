"""The demo and the checks pass on any day: the sample's first spring, a leap day years later."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine

from tests.sites import sample_site


@pytest.mark.parametrize("day", ["2023-04-01T12:00:00Z", "2036-02-29T23:59:58Z"])
def test_the_demo_flow_passes_on_any_day(tmp_path: Path, day: str) -> None:
    with time_machine.travel(day, tick=True):
        site = sample_site(tmp_path / "site").having(site__base_url="http://127.0.0.1:8025")

        checked = site.call("check")
        planned = site.call("plan", "--json")
        built = site.call("build", "--out", "out")
        sent = site.call("send-now", "--yes")
        again = site.call("send-now", "--yes")
        rechecked = site.call("check")

    assert checked.code == 0, checked.said
    assert "error" not in checked.out
    assert planned.code == 0
    assert planned.json["cutoff"][:4] == day[:4]
    assert len(planned.json["items"]) >= 20
    assert len(planned.json["slots"]) == 3
    assert built.code == 0, built.said
    assert sent.code == 0, sent.said
    assert "16 recipients = 16 sent" in sent.out
    assert "nothing new since issue 1" in again.out
    assert again.code == rechecked.code == 0
    assert len(list((site.home / "var" / "captured" / "new").iterdir())) == 16
    assert (site.folder / "sent" / "1.toml").exists()


def test_before_its_first_day_the_sample_has_nothing_to_send(tmp_path: Path) -> None:
    with time_machine.travel("2023-01-01T00:00:00Z", tick=True):
        site = sample_site(tmp_path / "site")

        ran = site.call("send-now", "--yes")

    assert ran.code == 0, ran.said
    assert "Nothing was sent" in ran.out
    assert site.call("status", "--json").json == []
