"""The ledgers that keep the promises of `digest/workflow/ports.py`.

A fake is added by giving `ledger` another parameter; every contract then holds for it too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from digest.store.database import Database
from digest.store.ledger import Ledger
from tests.contracts.material import HASH_KEY


@pytest.fixture
def ledger(store_url: str) -> Iterator[Ledger]:
    """A ledger with nothing in it."""
    database = Database(store_url)
    yield Ledger(database, HASH_KEY)
    database.close()
