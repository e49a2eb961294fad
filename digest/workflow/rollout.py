"""Begin a staged rollout: the seeds get the issue before any reader does.

The stages after that are the pace's business (`delivery/rollout.py`). What must stay true: seeds
get an issue once, over any number of restarts, and a seed that is not taken stops the mailing
before its first reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from digest.delivery.rollout import RolloutPolicy, RolloutState
from digest.model.mailing import Mailing, MailingKind, PausedBy, Verdict
from digest.workflow.control_ports import Control
from digest.workflow.ports import Issues, Outbox
from digest.workflow.preview import BuildEditions, Proof
from digest.workflow.sending_ports import Transport


@dataclass(frozen=True, kw_only=True)
class BeginRollout:
    """Bring a mailing to the stage where its first readers are sent to."""

    issues: Issues
    outbox: Outbox
    control: Control
    build: BuildEditions
    """Composes marked test messages."""
    transport: Callable[[], Transport]
    policy: RolloutPolicy
    seeds: tuple[str, ...]

    async def run(self, mailing: Mailing) -> Mailing:
        """Send to the seeds if that has not been done; return the mailing as it is then.

        Raises:
            TryAgainLater, DeliveryError: the server is away, or refuses TLS or login.
        """
        if mailing.kind is not MailingKind.ISSUE or not (self.seeds or self.policy.share):
            return mailing
        state = RolloutState.of(mailing.rollout)
        if state is None:
            if self.control.has_begun(mailing.id):
                return mailing  # it began before there was a rollout
            state = RolloutState(first=self.policy.first_of(mailing.planned))
        if state.seeded:
            return mailing
        refused = await self._send_to_seeds(mailing)
        self.control.keep_rollout(mailing.id, replace(state, seeded=True).text())
        if refused:
            self.outbox.pause(mailing.id, refused, PausedBy.ROLLOUT)
        return self.issues.mailing(mailing.id)

    async def _send_to_seeds(self, mailing: Mailing) -> str:
        """Send each seed the issue; return why one was not taken, or ""."""
        if not self.seeds:
            return ""
        transport = self.transport()
        await transport.open()
        try:
            for seed in self.seeds:
                for proof in self._proofs(mailing, seed):
                    reply = await transport.deliver(proof.envelope)
                    if reply.verdict is not Verdict.ACCEPTED:
                        said = f"{reply.code} {reply.text}" if reply.code else reply.text
                        return f"the seed {seed} was not taken: {said}"
        finally:
            await transport.close()
        return ""

    def _proofs(self, mailing: Mailing, seed: str) -> list[Proof]:
        """Return the edition of each language that most readers get."""
        built = self.build.run(mailing.newsletter, number=mailing.number, to=seed).proofs
        largest: dict[str, Proof] = {}
        for proof in built:
            known = largest.get(proof.edition.language)
            if known is None or proof.recipients > known.recipients:
                largest[proof.edition.language] = proof
        return list(largest.values())
