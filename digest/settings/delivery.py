"""[delivery]: when a message is tried again, and what to do in doubt."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from digest.settings.tables import Span, Table


class DeliverySettings(Table):
    """[delivery]: what to do when a message may or may not have been taken; when to give up."""

    in_doubt: Literal["resend", "hold"] = "resend"
    first_wait: Span = timedelta(minutes=1)
    longest_wait: Span = timedelta(hours=1)
    give_up_after: Span = timedelta(hours=6)
