"""The two sizes of a proof: small in `make test`, full where STORM_FULL is set (`make faults`)."""

from __future__ import annotations

import os


def at_size(*, small: int, full: int) -> int:
    """Return one of two numbers."""
    return full if os.environ.get("STORM_FULL") else small
