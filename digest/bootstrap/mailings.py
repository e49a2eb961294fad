"""What is joined around one mailing: its pace, its receipt, and what a person does to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from digest.bootstrap.pace import Later, MakePace, pace_rules, retry_policy
from digest.bootstrap.parts import Parts
from digest.delivery.forecast import Forecast, forecast
from digest.delivery.pacing import PaceRules
from digest.delivery.retry import RetryPolicy
from digest.delivery.rollout import RolloutPolicy, RolloutState, StagedPace
from digest.errors import DigestError
from digest.model.edition import FrozenEdition
from digest.model.issue import SentIssue
from digest.model.limits import EVERYTHING, Limit
from digest.model.mailing import Mailing, PausedBy, Tally
from digest.model.newsletter import DeliveryRules, Letterhead
from digest.workflow.control import (
    CancelMailing,
    FindMailing,
    PauseMailing,
    ResendIssue,
    ResumeMailing,
    RetryEntries,
    SettleEntries,
)
from digest.workflow.paced import PacedTransport
from digest.workflow.plan import Plan, PlanIssue
from digest.workflow.preview import BuildEditions
from digest.workflow.rollout import BeginRollout
from digest.workflow.send import WriteReceiptOf
from digest.workflow.sending_ports import Composer, Pace, Transport
from digest.workflow.unlimited import Unlimited


class MailingParts(Parts):
    """The parts of one site, and what stands around its mailings."""

    @property
    def receipts(self) -> WriteReceiptOf:
        """Return what writes the receipt of a mailing that has ended."""
        ledger = self.ledger
        return WriteReceiptOf(
            issues=ledger,
            outbox=ledger,
            write=self._write_receipt,
            missing=self._has_no_receipt,
        )

    def _has_no_receipt(self, mailing: Mailing) -> bool:
        from digest.content.folder import newsletter_folder
        from digest.content.receipts import receipt_file

        try:
            folder = newsletter_folder(self.home, mailing.newsletter)
            return not receipt_file(folder, mailing.number or 0).exists()
        except (OSError, DigestError):
            # It cannot be looked for: who tries to write it says what is wrong.
            return True

    def _write_receipt(self, mailing: Mailing, sent: SentIssue, tally: Tally) -> None:
        from digest.content.folder import newsletter_folder
        from digest.content.receipts import Receipt, write_receipt

        receipt = Receipt(
            number=sent.number,
            revision=sent.revision,
            cutoff_at=sent.cutoff_at,
            content_hash=sent.content_hash,
            note_hash=sent.note_hash,
            captured=mailing.captured,
            items=sent.items,
            counts={state.value: count for state, count in tally.states.items() if count},
        )
        write_receipt(newsletter_folder(self.home, mailing.newsletter), receipt)

    # --- pacing ---------------------------------------------------------------------------------

    def delivery_rules(self, newsletter: str) -> DeliveryRules:
        """Return how a newsletter is delivered where it differs from the site."""
        from digest.content.folder import read_delivery_rules

        return read_delivery_rules(self.home, newsletter)

    def pace_rules(self, newsletter: str) -> PaceRules:
        """Return how fast a newsletter's mail may leave."""
        return pace_rules(self.settings.delivery, newsletter, self.delivery_rules(newsletter))

    # --- what a person does to a mailing --------------------------------------------------------

    def pace(self, mailing: Mailing, later: Later) -> Pace:
        """Return the permits of a mailing's delivery; what is only captured needs none."""
        if self.captures:
            return Unlimited()
        pacing = self._make_pace(mailing.newsletter).run(self.clock.now(), later)
        state = RolloutState.of(mailing.rollout)
        if state is None or state.over:
            return pacing
        ledger, number = self.ledger, mailing.id
        return StagedPace(
            pacing,
            policy=self._rollout_policy,
            state=state,
            tally=ledger.tally(number),
            keep=lambda state: later(partial(ledger.keep_rollout, number, state.text())),
            stop=lambda why: later(partial(ledger.pause, number, why, PausedBy.ROLLOUT)),
        )

    def _make_pace(self, newsletter: str) -> MakePace:
        return MakePace(
            ledger=self.ledger,
            said=self.settings.delivery,
            rules=self.pace_rules(newsletter),
        )

    def hasten(self, *, rate: Limit | None = None, connections: int | None = None) -> None:
        """Deliver with other settings this once: a limit more, another number of connections."""
        said = self.settings.delivery
        changed = {
            "limits": (*said.limits, rate) if rate else said.limits,
            "connections": connections or said.connections,
        }
        delivery = said.model_copy(update=changed)
        self.settings = self.settings.model_copy(update={"delivery": delivery})

    def retry_policy(self, mailing: Mailing) -> RetryPolicy:
        """Return when a mailing's deferred messages are tried again."""
        return retry_policy(self.settings.delivery, self.delivery_rules(mailing.newsletter))

    def make_test_transport(self, newsletter: str) -> Transport:
        """Return the way of a newsletter's test mails: under the limits, where there are any."""
        transport = self.make_transport()
        if self.captures or not self.pace_rules(newsletter).horizon:
            return transport
        make = self._make_pace(newsletter)
        return PacedTransport(
            transport=transport,
            pace=lambda: make.run(self.clock.now(), lambda store: store()),
            count=self.ledger.count_handed,
            clock=self.clock,
        )

    @property
    def _rollout_policy(self) -> RolloutPolicy:
        said = self.settings.delivery.rollout
        return RolloutPolicy(share=said.share, wait=said.wait, stop_above=said.stop_above)

    async def begin_rollout(self, mailing: Mailing) -> Mailing:
        """Send to the seeds what has to reach them before any reader; captured mail needs none."""
        if self.captures:
            return mailing
        begin = BeginRollout(
            issues=self.ledger,
            outbox=self.ledger,
            control=self.ledger,
            build=self.build_editions(test=True),
            transport=lambda: self.make_test_transport(mailing.newsletter),
            policy=self._rollout_policy,
            seeds=self.settings.delivery.rollout.seeds,
        )
        return await begin.run(mailing)

    def plan_issue(self) -> PlanIssue:
        """Return the use case that decides the next issue."""
        past = self.past
        return PlanIssue(issues=past, readers=past, publication=self.publication, clock=self.clock)

    def build_editions(self, *, test: bool = False) -> BuildEditions:
        """Return the use case that fills editions for looking at (`test`: as marked mails)."""
        past = self.past

        def compose(letterhead: Letterhead, editions: Sequence[FrozenEdition]) -> Composer:
            return self.composer(letterhead, editions, test=test, harmless=not test)

        return BuildEditions(
            issues=past,
            readers=past,
            plan=self.plan_issue(),
            render=self.render,
            compose=compose,
            clock=self.clock,
        )

    def foretell(self, mailing: Mailing) -> Forecast | None:
        """Return when the limits let the last of a mailing out; None: they do not hold it up."""
        rules = self.pace_rules(mailing.newsletter)
        if mailing.captured or not rules.horizon:
            return None
        waiting = self.ledger.waiting(mailing.id, list(rules.domains))
        return self._foretell(rules, waiting)

    def foretell_plan(self, plan: Plan) -> Forecast | None:
        """Return when the limits would let the last of a plan out, if it were sent now."""
        newsletter = plan.issue.newsletter.id
        rules = self.pace_rules(newsletter)
        if self.captures or not rules.horizon or not self.has_database:
            return None
        waiting = self.ledger.count_by_domain(newsletter, list(rules.domains), self.clock.now())
        return self._foretell(rules, {**waiting, EVERYTHING: plan.audience})

    def _foretell(self, rules: PaceRules, waiting: Mapping[str, int]) -> Forecast | None:
        now = self.clock.now()
        restored = self.ledger.handed_since(now - rules.horizon)
        return forecast(rules, waiting, now=now, restored=restored)

    def find_mailing(self) -> FindMailing:
        """Return what finds the mailing that a person means."""
        return FindMailing(issues=self.past)

    def pause_mailing(self) -> PauseMailing:
        """Return the use case that stops a mailing until `resume`."""
        return PauseMailing(issues=self.ledger, outbox=self.ledger)

    def resume_mailing(self) -> ResumeMailing:
        """Return the use case that lets a paused mailing go on."""
        return ResumeMailing(issues=self.ledger, outbox=self.ledger)

    def cancel_mailing(self) -> CancelMailing:
        """Return the use case that stops a mailing for good."""
        return CancelMailing(
            issues=self.ledger,
            control=self.ledger,
            clock=self.clock,
            write_receipt=self.receipts,
        )

    def retry_entries(self) -> RetryEntries:
        """Return the use case that sends what failed once more."""
        return RetryEntries(control=self.ledger, clock=self.clock)

    def settle_entries(self) -> SettleEntries:
        """Return the use case that decides what became of what is held."""
        ledger = self.ledger
        return SettleEntries(
            issues=ledger,
            outbox=ledger,
            control=ledger,
            clock=self.clock,
            write_receipt=self.receipts,
        )

    def resend_issue(self) -> ResendIssue:
        """Return the use case that sends an issue once more to one reader."""
        return ResendIssue(control=self.ledger, clock=self.clock)
