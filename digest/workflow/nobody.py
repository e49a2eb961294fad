"""The store of a site that has none yet: nothing was sent, and nobody reads.

An editor's laptop and CI check and build without a database; making one just to look would leave a
file behind that says "nobody".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from digest.errors import StoreError
from digest.model.audience import Profile, Subscription
from digest.model.edition import FrozenEdition
from digest.model.freeze import Freeze, History
from digest.model.invitation import Creator, QuestionStanding
from digest.model.issue import SentIssue
from digest.model.mailing import Mailing
from digest.model.newsletter import Letterhead

_NONE = "there is no database yet"
_HINT = "Import subscribers first: digest subscribers import FILE."


class NobodyYet:
    """Serves the ports `Issues` and `Readers` where there is no database."""

    def sent_issues(self, newsletter: str) -> list[SentIssue]:  # noqa: ARG002
        """Return none: the receipts beside the content say more."""
        return []

    def mailings(self, newsletter: str | None = None) -> list[Mailing]:  # noqa: ARG002
        """Return none."""
        return []

    def unfinished(self, newsletter: str | None = None) -> list[Mailing]:  # noqa: ARG002
        """Return none."""
        return []

    def mailing(self, mailing_id: int) -> Mailing:
        """Raise KeyError: there is none."""
        raise KeyError(mailing_id)

    def frozen_editions(self, mailing_id: int) -> list[FrozenEdition]:
        """Raise KeyError: there is none."""
        raise KeyError(mailing_id)

    def letterhead(self, mailing_id: int) -> Letterhead:
        """Raise KeyError: there is none."""
        raise KeyError(mailing_id)

    def edition_counts(self, mailing_id: int) -> dict[str, int]:
        """Raise KeyError: there is none."""
        raise KeyError(mailing_id)

    def profile_editions(self, mailing_id: int) -> dict[int, str]:
        """Raise KeyError: there is none."""
        raise KeyError(mailing_id)

    def freeze(self, freeze: Freeze) -> Mailing:
        """Refuse: there is nowhere to store it.

        Raises:
            StoreError: always.
        """
        raise StoreError(freeze.newsletter, _NONE, _HINT)

    def profiles(
        self,
        newsletter: str,  # noqa: ARG002
        at: datetime,  # noqa: ARG002
    ) -> dict[int, tuple[Profile, int]]:
        """Return none."""
        return {}

    def recipients(
        self,
        newsletter: str,  # noqa: ARG002
        at: datetime,  # noqa: ARG002
    ) -> Iterator[tuple[int, str, str]]:
        """Yield none."""
        return iter(())

    def creators(
        self,
        newsletter: str,  # noqa: ARG002
        fields: Sequence[str],  # noqa: ARG002
        at: datetime,  # noqa: ARG002
    ) -> list[Creator]:
        """Return none."""
        return []

    def standings(
        self,
        newsletter: str,  # noqa: ARG002
        at: datetime,  # noqa: ARG002
    ) -> dict[str, QuestionStanding]:
        """Return none."""
        return {}

    def find_subscription(self, newsletter: str, address: str) -> Subscription | None:  # noqa: ARG002
        """Return None."""
        return None

    def subscription_by_handle(self, handle: bytes) -> Subscription | None:  # noqa: ARG002
        """Return None."""
        return None

    def search(
        self,
        newsletter: str,  # noqa: ARG002
        text: str = "",  # noqa: ARG002
        limit: int = 50,  # noqa: ARG002
    ) -> tuple[int, list[Subscription]]:
        """Return none."""
        return 0, []

    def history(self, newsletter: str, address: str) -> list[History]:  # noqa: ARG002
        """Return none."""
        return []
