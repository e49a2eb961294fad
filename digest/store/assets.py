"""Pictures as they were frozen: stored once for each content, whoever shows it.

What must stay true: a hash that an edition lists has its picture here, because both are stored in
one transaction and nothing takes a picture away.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from digest.errors import StoreError
from digest.model.picture import Picture
from digest.store import dialect
from digest.store.tables import asset


def store_pictures(connection: Connection, pictures: Iterable[Picture]) -> None:
    """Store those pictures that are not there yet."""
    wanted = {picture.sha256: picture for picture in pictures}
    if not wanted:
        return
    # Asked first: a weekly hero of a megabyte need not travel to the database every week.
    known = select(asset.c.sha256).where(dialect.is_one_of(connection, asset.c.sha256, wanted))
    new = wanted.keys() - set(connection.scalars(known))
    if new:
        rows = [_row(wanted[sha256]) for sha256 in sorted(new)]
        connection.execute(dialect.insert_new(connection, asset, ["sha256"]), rows)


def pictures(connection: Connection, hashes: Iterable[str]) -> dict[str, Picture]:
    """Return pictures by hash.

    Raises:
        StoreError: one is not there.
    """
    wanted = sorted(set(hashes))
    if not wanted:
        return {}
    statement = select(asset).where(dialect.is_one_of(connection, asset.c.sha256, wanted))
    found = {
        row.sha256: Picture(
            sha256=row.sha256,
            media_type=row.media_type,
            width=row.width,
            height=row.height,
            content=row.content,
        )
        for row in connection.execute(statement)
    }
    if missing := next((sha256 for sha256 in wanted if sha256 not in found), None):
        what = f"the picture {missing[:12]} of a frozen edition is not in the database"
        raise StoreError("", what, "Restore a backup: digest never deletes one.")
    return found


def _row(picture: Picture) -> dict[str, object]:
    return {
        "sha256": picture.sha256,
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "content": picture.content,
    }
