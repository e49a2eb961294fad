"""The fingerprints of the keys that this database was made with.

With other keys every link in every mail would be dead and no suppression would be found, silently.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from digest.errors import StoreError
from digest.store import dialect
from digest.store.tables import key_fingerprint


def check_fingerprints(connection: Connection, fingerprints: Mapping[str, str], where: str) -> None:
    """Store the fingerprints of keys (by name) on first use, and compare them ever after.

    Raises:
        StoreError: a key is another than the one that this database was made with.
    """
    known = _known(connection)
    for name, fingerprint in fingerprints.items():
        if known.get(name, fingerprint) != fingerprint:
            raise StoreError(
                where,
                f"the key {name!r} belongs to another database",
                "Bring back the keys (var/keys, or the secret) that were in use with this one;"
                " without them links in mails that were sent do not work.",
            )
    new = [
        {"name": name, "fingerprint": fingerprint}
        for name, fingerprint in fingerprints.items()
        if name not in known
    ]
    if new:
        connection.execute(dialect.insert_new(connection, key_fingerprint, ["name"]), new)


def all_known(connection: Connection, fingerprints: Mapping[str, str]) -> bool:
    """Return whether there is nothing to store and nothing to complain about."""
    known = _known(connection)
    return all(known.get(name) == fingerprint for name, fingerprint in fingerprints.items())


def _known(connection: Connection) -> dict[str, str]:
    rows = connection.execute(select(key_fingerprint.c.name, key_fingerprint.c.fingerprint))
    return dict(rows.all())
