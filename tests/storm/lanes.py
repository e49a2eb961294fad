"""Over how many connections the storms send."""

from __future__ import annotations

from tests.sites import Site

LANES = 8


def with_lanes(site: Site, lanes: int = LANES) -> Site:
    """Return the site sending over so many connections."""
    return site.having(delivery__connections=str(lanes))
