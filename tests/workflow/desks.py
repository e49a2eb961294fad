"""A newsletter in memory over a real SQLite store, for the tests of the use cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from digest.delivery.retry import RetryPolicy
from digest.message.composer import Composer
from digest.message.keys import Keys, keys_from_secrets
from digest.model.audience import Subscriber
from digest.model.edition import Edition, FrozenEdition, Placeholder, Rendered
from digest.model.finding import CheckRule, Finding
from digest.model.freeze import Newcomer
from digest.model.issue import Issue, Publication
from digest.model.mailing import EntryState, Mailing, Tally
from digest.model.newsletter import Letterhead
from digest.store.database import Database
from digest.store.ledger import Ledger
from digest.store.upgrade import ensure_current
from digest.workflow.check import CheckNewsletter
from digest.workflow.deliver import DeliverMailing
from digest.workflow.due import SendDue
from digest.workflow.gate import Gate
from digest.workflow.gate_rules import catalogue
from digest.workflow.plan import PlanIssue
from digest.workflow.produce import FreezeIssue
from digest.workflow.send import SendIssue
from tests.assembly.nouns import make_item, make_publication
from tests.fakes import FakeClock, ScriptedLanes

GREETING, LEAVE = "mk0123456789abcdef00k", "mk0123456789abcdef01k"


def plain_render(issue: Issue, edition: Edition) -> Rendered:
    """Render an edition as little as can be: its items by id, and two placeholders."""
    said = " ".join([*edition.items, edition.question or ""])
    return Rendered(
        subject=f"Issue {issue.number}",
        preheader="",
        html=f"<p>{GREETING}</p><p>{said}</p><a href='{LEAVE}'>leave</a>",
        text=f"{GREETING}\n{said}\n{LEAVE}\n",
        markers={GREETING: Placeholder.GREETING, LEAVE: Placeholder.LEAVE_URL},
        greeting_named="Hello {name},",
        greeting_plain="Hello,",
    )


@dataclass
class Desk:
    """The use cases of one newsletter, joined over a store in a folder."""

    folder: Path
    publication: Publication = field(default_factory=lambda: make_publication([make_item("a")]))
    clock: FakeClock = field(default_factory=FakeClock)
    transport: ScriptedLanes = field(default_factory=ScriptedLanes)
    receipts: list[int] = field(default_factory=list)
    rendered: int = 0
    resend: bool = True
    captured: bool = False
    dkim_domain: str = ""
    rules: Mapping[str, CheckRule] = field(default_factory=catalogue)
    noticed: list[Finding] = field(default_factory=list)
    """What the lint says of every edition."""
    said: list[Finding] = field(default_factory=list)
    """What reading the content says."""
    heaviest: list[int] = field(default_factory=list)
    """How many bytes each edition was told that a reader may add."""

    def __post_init__(self) -> None:
        self.keys: Keys = keys_from_secrets(
            {name: str(n) * 64 for n, name in enumerate(("token", "hash", "message"), start=1)}
        )
        self.database = Database(f"sqlite:///{self.folder}/digest.db")
        ensure_current(self.database)
        self.ledger = Ledger(self.database, self.keys.hash)

    def subscribe(self, *addresses: str, **said: object) -> None:
        """Let people subscribe."""
        for address in addresses:
            row = Newcomer(line=1, subscriber=Subscriber(address=address, **said))  # type: ignore[arg-type]
            self.ledger.add("news", row, consent="test", at=self.clock.now())

    def read(self, _newsletter: str) -> tuple[Publication, list[Finding]]:
        return self.publication, [*self.said]

    def file(self, *item_ids: str) -> None:
        """File items, dated today."""
        today = self.clock.now().date()
        new = tuple(make_item(item_id, date=today) for item_id in item_ids)
        self.publication = replace(self.publication, items=(*self.publication.items, *new))

    def render(self, issue: Issue, edition: Edition) -> Rendered:
        self.rendered += 1
        return plain_render(issue, edition)

    def compose(self, mailing: Mailing) -> Composer:
        return self._composer(
            self.ledger.letterhead(mailing.id), self.ledger.frozen_editions(mailing.id)
        )

    def _composer(self, head: Letterhead, editions: list[FrozenEdition]) -> Composer:
        return Composer(
            head,
            editions,
            base_url="https://news.example",
            ring=self.keys.ring,
            message_key=self.keys.message,
        )

    def _prove(self, head: Letterhead, editions: list[FrozenEdition]) -> None:
        self._composer(head, editions).compile_editions()

    def _note_receipt(self, mailing: Mailing) -> str:
        self.receipts.append(mailing.number or 0)
        return ""

    @property
    def plan(self) -> PlanIssue:
        return PlanIssue(
            issues=self.ledger, readers=self.ledger, publication=self.read, clock=self.clock
        )

    @property
    def gate(self) -> Gate:
        return Gate(
            readers=self.ledger,
            issues=self.ledger,
            render=self.render,
            prove=self._prove,
            lint=self._lint,
            doubt=lambda _language: "unconfirmed",
            links=lambda: {Placeholder.LEAVE_URL: "https://news.example/l/x"},
            settings=list,
            rules=lambda: self.rules,
            captured=self.captured,
            dkim_domain=self.dkim_domain,
        )

    def _lint(
        self, rendered: Rendered, edition: Edition, issue: Issue, *, heaviest: int
    ) -> list[Finding]:
        self.heaviest.append(heaviest)
        return [*self.noticed]

    @property
    def check(self) -> CheckNewsletter:
        return CheckNewsletter(
            content=lambda _newsletter: [*self.said],
            settings=list,
            plan=self.plan,
            gate=self.gate,
        )

    @property
    def deliver(self) -> DeliverMailing:
        return DeliverMailing(
            outbox=self.ledger,
            compose=self.compose,
            lanes=self.transport,
            clock=self.clock,
            retry=lambda _mailing: RetryPolicy(give_up_after=timedelta(minutes=10)),
            resend_in_doubt=self.resend,
            sleep=self.clock.sleep,
        )

    @property
    def send(self) -> SendIssue:
        return SendIssue(
            issues=self.ledger,
            outbox=self.ledger,
            plan=self.plan,
            gate=self.gate,
            freeze=FreezeIssue(issues=self.ledger, clock=self.clock, captured=False),
            deliver=self.deliver,
            write_receipt=self._note_receipt,
        )

    @property
    def due(self) -> SendDue:
        return SendDue(
            slots=self.ledger,
            outbox=self.ledger,
            send=self.send,
            clock=self.clock,
        )

    def tally(self) -> Tally:
        """Return the newest mailing's tally; it adds up, always."""
        tally = self.ledger.tally(self.ledger.mailings("news")[0].id)
        assert tally.adds_up
        return tally

    def states(self) -> dict[EntryState, int]:
        """Return the newest mailing's entries by state, without zeros."""
        return {state: count for state, count in self.tally().states.items() if count}
