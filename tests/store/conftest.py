"""A database of each kind, and a ledger over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from digest.store.database import Database
from digest.store.ledger import Ledger
from tests.contracts.material import HASH_KEY


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """A database with the newest schema and nothing in it, of each kind."""
    database = Database(store_url)
    yield database
    database.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """A ledger over the database."""
    return Ledger(database, HASH_KEY)
