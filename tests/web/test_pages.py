"""The public pages where a clock, a broken folder or a busy database matters.

What a reader does with the links of a real mail is in tests/acceptance/test_leaving.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.bootstrap import App
from digest.message.tokens import KeyRing, Purpose, sign_token
from digest.model.audience import Subscription
from digest.web.server import web_application
from tests.fakes import FakeClock
from tests.sites import Site, sample_site
from tests.web.asgi import Answer, ask

INVITED = "amelia.hart@readers.example"
YES, NO = b"answer=accept", b"answer=decline"


@dataclass
class Desk:
    """A sample that was captured, and its pages under a clock that stands still."""

    site: Site
    app: App
    clock: FakeClock
    application: Any

    @property
    def reader(self) -> Subscription:
        """Return the invited reader's subscription."""
        found = self.app.ledger.find_subscription("open-class", INVITED)
        assert found is not None
        return found

    def path(self, purpose: Purpose, context: int = 1) -> str:
        """Return the path of a link of the invited reader."""
        token = sign_token(self.app.keys.ring, purpose, self.reader.handle, context)
        return f"/{'l' if purpose is Purpose.LEAVE else 'a'}/{token}"

    @property
    def answer_path(self) -> str:
        """Return the path of the invitation."""
        for number in range(1, 20):
            if self.app.ledger.invitation(number, self.reader.handle):
                return self.path(Purpose.ANSWER, number)
        raise AssertionError("nobody was invited")

    def deadline(self) -> datetime:
        """Return until when the invitation can be answered."""
        for number in range(1, 20):
            found = self.app.ledger.invitation(number, self.reader.handle)
            if found and found.deadline_at:
                return found.deadline_at
        raise AssertionError("there is no deadline")

    def state(self) -> str:
        """Return how the invitation stands."""
        for number in range(1, 20):
            if found := self.app.ledger.invitation(number, self.reader.handle):
                return found.state.value
        raise AssertionError("nobody was invited")

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Ask the pages."""
        return ask(self.application, method, path, body)


@pytest.fixture(scope="module")
def _sent(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = sample_site(tmp_path_factory.mktemp("pages") / "site")
    site = site.having(site__base_url="https://news.example")
    assert site.call("send-now", "--yes").code == 0
    return site


@pytest.fixture
def desk(_sent: Site, tmp_path: Path) -> Iterator[Desk]:
    """The pages of a site that has sent its first issue."""
    site = _sent.copy(tmp_path / "site")
    with site.app(datetime.now(UTC)) as (app, clock):
        yield Desk(site, app, clock, web_application(app))


def test_an_answer_counts_until_the_deadline(desk: Desk) -> None:
    desk.clock.at = desk.deadline()

    shown = desk.ask("GET", desk.answer_path)
    answered = desk.ask("POST", desk.answer_path, YES)

    assert shown.text.count("<button") == 2
    assert "You said yes" in answered.text
    assert desk.state() == "accepted"


@pytest.mark.parametrize("late", [timedelta(microseconds=1), timedelta(days=400)])
def test_an_answer_after_the_deadline_is_too_late_and_changes_nothing(
    desk: Desk, late: timedelta
) -> None:
    desk.ask("POST", desk.answer_path, NO)
    desk.clock.at = desk.deadline() + late

    shown = desk.ask("GET", desk.answer_path)
    answered = desk.ask("POST", desk.answer_path, YES)

    for page in (shown, answered):
        assert page.status == 200
        assert "This invitation is closed" in page.text
        assert "<button" not in page.text
    assert desk.state() == "declined"


def test_the_page_names_the_last_day_on_which_an_answer_counts(desk: Desk) -> None:
    last = desk.deadline().astimezone(UTC)

    page = desk.ask("GET", desk.answer_path)

    # The deadline is midnight in Shanghai, which is 16:00 of the day before in UTC.
    assert f"{last.day} {last:%B} {last.year}" in page.text


def test_the_button_counts_more_than_the_link_that_led_to_it(desk: Desk) -> None:
    desk.ask("POST", f"{desk.answer_path}?choice=accept", NO)

    assert desk.state() == "declined"


def test_an_answer_can_be_changed_until_the_deadline(desk: Desk) -> None:
    states = []
    for body in (YES, NO, YES, YES):
        desk.ask("POST", desk.answer_path, body)
        states.append(desk.state())

    assert states == ["accepted", "declined", "accepted", "accepted"]


def test_somebody_elses_invitation_cannot_be_answered(desk: Desk) -> None:
    others = [
        number
        for number in range(1, 10)
        if desk.app.ledger.invitation(number, desk.reader.handle) is None
    ]

    answers = [desk.ask("POST", desk.path(Purpose.ANSWER, number), YES) for number in others]

    assert {answer.status for answer in answers} == {404}
    assert desk.state() == "issued"


def test_leaving_works_when_the_newsletters_folder_is_gone(desk: Desk) -> None:
    path = desk.path(Purpose.LEAVE)
    shutil.rmtree(desk.site.folder)

    shown = desk.ask("GET", path)
    left = desk.ask("POST", path)

    assert shown.status == left.status == 200
    assert desk.reader.state.value == "left"


def test_leaving_works_when_a_file_of_the_newsletter_is_broken(desk: Desk) -> None:
    path = desk.path(Purpose.LEAVE)
    desk.site.write("content/open-class/items/broken.md", "---\n---\n")

    left = desk.ask("POST", path)

    assert left.status == 200
    assert desk.reader.state.value == "left"


def test_an_invitation_can_be_answered_when_its_question_is_gone(desk: Desk) -> None:
    path = desk.answer_path
    shutil.rmtree(desk.site.folder / "questions")

    shown = desk.ask("GET", path)
    answered = desk.ask("POST", path, YES)

    assert shown.status == answered.status == 200
    assert desk.state() == "accepted"


def test_leaving_stays_possible_after_an_answer_and_the_other_way_round(desk: Desk) -> None:
    desk.ask("POST", desk.path(Purpose.LEAVE))

    answered = desk.ask("POST", desk.answer_path, YES)

    assert answered.status == 200
    assert desk.reader.state.value == "left"


@pytest.mark.parametrize("place", ["l", "a"])
def test_the_link_of_a_test_mail_says_so_and_changes_nothing(desk: Desk, place: str) -> None:
    token = sign_token(desk.app.keys.ring, Purpose.TEST, desk.reader.handle, 1)

    pages = [desk.ask(method, f"/{place}/{token}", YES) for method in ("GET", "POST")]

    assert all("nothing was changed" in page.text for page in pages)
    assert desk.reader.state.value == "active"
    assert desk.state() == "issued"


def test_a_token_of_another_site_is_unknown(desk: Desk) -> None:
    foreign = KeyRing(1, {1: b"x" * 32})
    token = sign_token(foreign, Purpose.LEAVE, desk.reader.handle, 1)

    assert desk.ask("GET", f"/l/{token}").status == 404
    desk.ask("POST", f"/l/{token}")
    assert desk.reader.state.value == "active"


def test_what_could_not_be_stored_is_never_said_to_be_done(desk: Desk) -> None:
    path = desk.path(Purpose.LEAVE)
    database = desk.site.home / "var" / "digest.db"
    desk.app.database.close()
    database.write_bytes(b"damaged " * 1000)

    answer = desk.ask("POST", path)

    assert answer.status == 503
    assert answer.headers["retry-after"] == "60"
    assert "try again" in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
