"""The password changes in the middle of a send: the mailing pauses, and nobody pays for it.

The server begins to answer 530 to who is connected and 535 to who connects. The full form, `make
faults`, does it at recipient 5,000 of 20,000.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sites import Site, letter_site
from tests.storm.account import Account, read_account
from tests.storm.lanes import LANES, with_lanes
from tests.storm.post import Post, recording
from tests.storm.sizes import at_size


@pytest.fixture
def readers() -> int:
    """How many are written to."""
    return at_size(small=800, full=20_000)


def account_of(site: Site) -> Account:
    found = read_account(site)
    assert found is not None
    return found


def assert_each_once(post: Post, readers: int) -> None:
    assert len(post.taken) == len({message.recipient for message in post.taken}) == readers


def test_a_password_that_changes_pauses_the_mailing_and_costs_nobody_the_issue(
    tmp_path: Path, readers: int
) -> None:
    users = tmp_path / "users"
    users.write_text("digest:old-secret\n")
    with recording(tmp_path, "--users", str(users)) as post:
        letter = with_lanes(letter_site(tmp_path / "site", readers=readers).through(post.port))
        old = letter.having(smtp__username="digest", smtp__password="old-secret")
        with old.start("send-now", "--yes", "--wait", "0s") as process:
            post.wait_for(readers // 4, alive=process.alive)
            users.write_text("digest:new-secret\n")
            broken_off = process.ended()
        post.settle()
        paused = account_of(old)
        sent_before = len(post.taken)
        again = old.run("send-now", "--wait", "0s")
        still_paused = account_of(old)
        mended = old.having(smtp__password="new-secret").run("send-now", seconds=600)
        post.look()

    assert broken_off.code == 1, broken_off.said
    assert again.code == 1, again.said
    assert "535" in again.err
    assert "DIGEST_SMTP__PASSWORD" in again.err
    for account in (paused, still_paused):
        assert account.adds_up
        assert account.state == "paused"
        assert account.states == {"sent": sent_before, "queued": readers - sent_before}
        assert not account.flagged
    assert any(code in paused.reason for code in ("530", "535")), paused.reason
    assert readers // 4 <= sent_before < readers // 2 + 4 * LANES
    assert mended.code == 0, mended.said
    assert_each_once(post, readers)
    assert account_of(old).state == "complete"
