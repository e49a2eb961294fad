"""The ledgers that keep the promises of the ports in `digest/workflow/`.

A fake is added by giving `ledger` another parameter; every contract then holds for it too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from digest.model.mailing import Mailing
from digest.store.database import Database
from digest.store.ledger import Ledger
from tests.contracts.material import HASH_KEY, freeze_for_all, import_all, newcomer


@pytest.fixture
def ledger(store_url: str) -> Iterator[Ledger]:
    """A ledger with nothing in it."""
    database = Database(store_url)
    yield Ledger(database, HASH_KEY)
    database.close()


@pytest.fixture
def mailing(ledger: Ledger) -> Mailing:
    """A mailing to five readers, named a to e."""
    import_all(ledger, [newcomer(f"{name}@example.com", name=name.upper()) for name in "abcde"])
    return freeze_for_all(ledger)
