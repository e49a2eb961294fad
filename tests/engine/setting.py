"""What a world is made of: readers, settings, an engine, and a database to begin with."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from digest.settings.delivery import DeliverySettings
from digest.store.database import Database
from digest.store.ledger import Ledger
from digest.store.upgrade import ensure_current
from digest.workflow.deliver import DeliverMailing
from tests.contracts.material import HASH_KEY, freeze_for_all, import_all, newcomer
from tests.engine.process import ProcessLedger

#: Entry number -> domain; the address is `r<number>@<domain>`.
READERS = {number: "one.example" if number % 2 else "two.example" for number in range(1, 7)}
GIVE_UP_AFTER = timedelta(minutes=15)
#: A permit may be so old when MAIL is written: a second for its commit, and what a lane may have it
#: loaded behind another (three of its ticks).
ON_ITS_WAY = timedelta(seconds=2.5)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a world is set up."""

    pipelining: bool = True
    chunking: bool = False
    lanes: int = 2
    most: int = 1000
    limits: Sequence[str] = ()
    domain_limits: Sequence[str] = ()
    resend: bool = True

    @property
    def delivery(self) -> DeliverySettings:
        return DeliverySettings.model_validate(
            {
                "in_doubt": "resend" if self.resend else "hold",
                "connections": self.lanes,
                "limits": list(self.limits),
                "domains": {"one.example": {"limits": list(self.domain_limits)}},
                "give_up_after": GIVE_UP_AFTER,
            }
        )


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What an engine is made of; a test that wants to see the checks fail gives others."""

    ledger: type[ProcessLedger] = ProcessLedger
    remake: Callable[[DeliverMailing], DeliverMailing] = lambda case: case


@functools.cache
def template() -> bytes:
    """Return a database with an issue frozen for all readers."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/digest.db")
        ensure_current(database)
        ledger = Ledger(database, HASH_KEY)
        import_all(ledger, [newcomer(f"r{number}@{READERS[number]}") for number in READERS])
        freeze_for_all(ledger)
        database.close()
        return Path(folder, "digest.db").read_bytes()


def folder_in_memory() -> tempfile.TemporaryDirectory[str]:
    """Return a folder in memory where there is one: no power fails here."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)
