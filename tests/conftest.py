"""What all tests share: a PostgreSQL for the session, and fresh databases with the schema.

Databases are copies of one that was upgraded once, for an upgrade a test would cost more than the
test.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.postgres import Server


def _upgrade(url: str) -> None:
    from digest.store.database import Database
    from digest.store.upgrade import ensure_current

    database = Database(url)
    ensure_current(database)
    database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server; the test fails where none can be found or started."""
    from tests.postgres import running_server

    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """A fresh PostgreSQL database with the newest schema."""
    with postgres_server.database(_upgrade) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with the newest schema."""
    path = tmp_path / "digest.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"
