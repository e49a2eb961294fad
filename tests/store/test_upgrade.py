"""The schema is made, brought up to date, and refused when a newer digest made it."""

from __future__ import annotations

import multiprocessing
import re

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from digest.errors import StoreError
from digest.store.database import Database
from digest.store.tables import metadata
from digest.store.upgrade import CURRENT, REVISIONS, ensure_current, require_current, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """The URL of a database with nothing in it, not even tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        with request.getfixturevalue("postgres_server").empty_database() as url:
            yield url


def test_an_empty_database_gets_its_tables_once(empty):
    database = Database(empty)

    assert ensure_current(database) is True
    assert ensure_current(database) is False

    with database.read() as connection:
        made = set(inspect(connection).get_table_names())
    database.close()
    assert made == set(metadata.tables) | {"alembic_version"}


def test_the_migrations_leave_behind_what_the_tables_say(database):
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_on_sqlite_the_migrations_say_the_same_word_for_word(sqlite_url):
    database, by_tables = Database(sqlite_url), create_engine("sqlite://")
    metadata.create_all(by_tables)

    with database.read() as migrated, by_tables.connect() as made:
        found, wanted = (_definitions(connection) for connection in (migrated, made))

    database.close()
    assert found == wanted


def _definitions(connection):
    """Return the definition of every table and index, its parts sorted.

    A column that a later migration added stands last, and on one line with what was there.
    """
    rows = connection.execute(
        text(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        )
    )
    return {name: _parts(sql) for name, sql in rows if name != "alembic_version"}


def _parts(sql):
    head, _, body = " ".join(sql.split()).partition("(")
    columns, _, tail = body.rpartition(")")
    return [head.strip(), sorted(re.split(r", (?![^(]*\))", columns.strip())), tail.strip()]


def test_what_was_paused_before_the_engine_came_was_paused_by_the_server(empty):
    database = Database(empty)
    upgrade_to(database, "0001")
    with database.write() as connection:
        for state in ("sending", "paused"):
            connection.execute(
                text(
                    "INSERT INTO mailing (kind, newsletter, state, frozen_at)"
                    f" VALUES ('issue', 'n', '{state}', 0)"
                )
            )

    upgrade(database)

    with database.read() as connection:
        rows = connection.execute(
            text("SELECT state, paused_by, retry_at, probes, rollout FROM mailing ORDER BY id")
        )
        found = [tuple(row) for row in rows]
    database.close()
    assert found == [("sending", "", None, 0, ""), ("paused", "server", None, 0, "")]


def upgrade_to(database, revision):
    """Bring an empty database to an older revision, as an older digest would have."""
    config = Config()
    config.set_main_option("script_location", "digest.store:migrations")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_the_code_knows_every_revision_that_there_is():
    config = Config()
    config.set_main_option("script_location", "digest.store:migrations")
    script = ScriptDirectory.from_config(config)

    known = [revision.revision for revision in script.walk_revisions()]

    assert tuple(reversed(known)) == REVISIONS
    assert script.get_current_head() == CURRENT


def test_a_database_of_a_newer_digest_is_refused_with_what_to_install(empty):
    database = Database(empty)
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for opened in (ensure_current, require_current, upgrade):
        with pytest.raises(StoreError, match=r"newer digest \(revision 9999, .*Install that"):
            opened(database)

    database.close()


def test_a_worker_does_not_upgrade(empty):
    database = Database(empty)

    with pytest.raises(StoreError, match="Run: digest db upgrade"):
        require_current(database)

    with database.read() as connection:
        assert inspect(connection).get_table_names() == []
    upgrade(database)
    require_current(database)
    database.close()


def test_a_database_of_another_program_is_left_alone(empty):
    database = Database(empty)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE subscriber (email TEXT)"))

    with pytest.raises(StoreError, match="belongs to another program"):
        ensure_current(database)

    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["subscriber"]
    database.close()


def test_two_processes_that_start_at_once_make_one_schema(empty):
    context = multiprocessing.get_context("spawn")

    with context.Pool(2) as pool:
        done = pool.map(_make, [empty, empty])

    assert done == ["current", "current"]


def _make(url):
    database = Database(url)
    ensure_current(database)
    require_current(database)
    database.close()
    return "current"


def test_an_id_is_never_used_again(database):
    add = text("INSERT INTO issue (newsletter, number) VALUES ('n', :n) RETURNING id")
    with database.write() as connection:
        first = connection.scalar(add, {"n": 1})
        connection.execute(text("DELETE FROM issue"))

    with database.write() as connection:
        second = connection.scalar(add, {"n": 1})

    assert second > first


def test_every_table_with_an_id_never_uses_one_again():
    with_id = [table for table in metadata.tables.values() if "id" in table.c]

    assert len(with_id) >= 10
    assert all(table.dialect_options["sqlite"]["autoincrement"] for table in with_id)
    assert all(table.c.id.identity is not None for table in with_id)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("subscription", "state"),
        ("mailing", "state"),
        ("mailing", "kind"),
        ("mailing", "paused_by"),
        ("invitation", "state"),
        ("outbox_entry", "state"),
        ("attempt", "verdict"),
    ],
)
def test_a_state_that_nobody_knows_is_refused_by_the_database(database, table, column):
    columns = {
        found.name: "'x'" if found.type.python_type in (str, bytes) else "1"
        for found in metadata.tables[table].c
        if not found.nullable and found.server_default is None and found.name != "id"
    }
    columns |= {"handle": "'\\x01'"} if "handle" in columns else {}
    columns |= {"kind": "'issue'"} if "kind" in columns else {}
    columns[column] = "'unheard of'"
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())

    with (
        pytest.raises(IntegrityError, match=f"ck_{table}_{column}"),
        database.write() as connection,
    ):
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({values})")
