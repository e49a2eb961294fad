"""Every stage of the dialogue times every fault, by the real command, and the state of each entry.

The server misbehaves while it connects (always), or with one of five messages (once). Afterwards it
is well, an hour passes, and a second send must bring the issue to everybody who was not refused,
once, but for those whose first message was in doubt.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.certificates import Certificate, make_certificate
from tests.sites import Ran, Site, letter_site
from tests.smtp_server import RecordingServer
from tests.storm.account import Account, read_account
from tests.storm.faults import CONNECTING, FAULTS, STAGES, TIMEOUT, an_hour_later, due, rule_of
from tests.storm.lanes import with_lanes

#: Each at a domain of their own: one domain that asks us to wait must not hold up the others.
READERS = [f"r@readers{number}.example" for number in range(1, 6)]
USERS = {"digest": "secret"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate that the site trusts."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def _letter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = letter_site(tmp_path_factory.mktemp("faults") / "site", readers=0)
    file = site.write("readers.csv", "email\n" + "\n".join(READERS) + "\n")
    imported = site.call("subscribers", "import", str(file))
    assert imported.code == 0, imported.said
    return site


@pytest.fixture
def letter(_letter: Site, tmp_path: Path, certificate: Certificate) -> Site:
    """Five readers, and a server that is reached by STARTTLS and a login."""
    return with_lanes(_letter.copy(tmp_path / "site")).having(
        smtp__username="digest",
        smtp__password="secret",
        smtp__ca_file=str(certificate.ca_file),
        smtp__timeout=TIMEOUT,
        delivery__first_wait="30 minutes",
    )


def send(site: Site, server: RecordingServer) -> Ran:
    reached = site.through(server).having(smtp__security="starttls")
    return reached.call("send-now", "--yes", "--wait", "0s")


def account_of(site: Site) -> Account:
    found = read_account(site)
    assert found is not None
    assert found.adds_up
    return found


def assert_as_due(account: Account, ran: Ran, stage: str, fault: str) -> None:
    """Check the state of each entry, the mailing's, and the exit code."""
    expected = due(stage, fault)
    states = account.states

    assert "Traceback" not in ran.said
    assert ran.code == expected.code, ran.said
    assert (account.state == "paused") is expected.paused, account.reason
    assert bool(account.reason) is expected.paused
    assert len(account.flagged) == expected.flagged
    if stage in CONNECTING and expected.victim == "queued":
        assert states == {"queued": len(READERS)}
    elif expected.paused:
        assert states["queued"] >= 1
        assert states["queued"] + states["sent"] == len(READERS)
    elif expected.victim == "sent":
        assert states == {"sent": len(READERS)}
    else:
        assert states == {expected.victim: 1, "sent": len(READERS) - 1}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", STAGES)
def test_a_fault_leaves_the_right_state_and_costs_nobody_the_issue(
    letter: Site, certificate: Certificate, stage: str, fault: str
) -> None:
    with RecordingServer([rule_of(stage, fault)], users=USERS, tls=certificate.context()) as server:
        ran = send(letter, server)
        first = account_of(letter)
        server.rules.clear()
        an_hour_later(letter)
        send(letter, server)
        copies = Counter(message.rcpt for message in server.messages)
    last = account_of(letter)

    assert_as_due(first, ran, stage, fault)
    refused = first.within("refused")
    twice = {who for who, count in copies.items() if count > 1}
    assert last.state == "complete"
    assert last.within("sent") == set(copies) == set(READERS) - refused
    assert twice <= last.flagged == first.flagged
    assert max(copies.values()) <= 2
