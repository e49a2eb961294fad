"""What every store promises of pictures: frozen with the issue, kept once, and given back whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.errors import StoreError
from digest.model.edition import FrozenEdition
from digest.model.picture import Picture
from digest.store.assets import pictures as stored_pictures
from digest.store.database import Database
from digest.store.ledger import Ledger
from digest.store.tables import asset
from tests.contracts.material import HASH_KEY, NEWSLETTER, NOON, edition, import_all, newcomer, plan
from tests.picture_maker import gif, jpeg, picture, png

HERO = picture(png(1200, 400))
ICON = picture(jpeg(), media_type="image/jpeg")
LOOP = picture(gif(), media_type="image/gif")


@pytest.fixture
def database(store_url: str):
    database = Database(store_url)
    yield database
    database.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, HASH_KEY)


def showing(key: str, *pictures: Picture) -> FrozenEdition:
    """Return an edition that shows pictures."""
    plain = edition(key, "a")
    return replace(plain, rendered=replace(plain.rendered, pictures=pictures))


def freeze(ledger: Ledger, *editions: FrozenEdition, number: int = 1):
    """Freeze an issue of these editions for one reader and return what comes back of it."""
    import_all(ledger, [newcomer("a@example.com")])
    profiles = dict.fromkeys(ledger.profiles(NEWSLETTER, NOON), editions[0].edition.key)
    return ledger.freeze(plan(profiles, number=number, editions=editions))


def kept(database: Database) -> list[str]:
    """Return the hashes of the pictures in the store."""
    with database.read() as connection:
        return sorted(connection.scalars(asset.select()))


def test_pictures_come_back_as_they_were_frozen_and_in_their_order(ledger):
    first, second = showing("k", LOOP, HERO, ICON), showing("q", ICON)

    mailing = freeze(ledger, first, second)

    found = ledger.frozen_editions(mailing.id)
    assert [each.rendered for each in found] == [first.rendered, second.rendered]
    assert [each.content for each in found[0].rendered.pictures] == [gif(), png(1200, 400), jpeg()]
    assert isinstance(found[0].rendered.pictures[0].content, bytes)
    assert found[0].rendered.pictures[2] is found[1].rendered.pictures[0]


def test_the_same_content_is_kept_once_over_editions_and_issues(database, ledger):
    freeze(ledger, showing("k", HERO), showing("q", HERO, ICON))

    renamed = replace(HERO, file="content/news/assets/other-name.png")
    freeze(ledger, showing("k", renamed, LOOP), number=2)

    assert kept(database) == sorted(each.sha256 for each in (HERO, ICON, LOOP))


def test_an_edition_without_pictures_has_none(database, ledger):
    mailing = freeze(ledger, showing("k"))

    assert [each.rendered.pictures for each in ledger.frozen_editions(mailing.id)] == [()]
    assert kept(database) == []


def test_a_picture_of_a_megabyte_is_kept_to_the_last_byte(ledger):
    large = picture(bytes(range(256)) * 3_900)

    mailing = freeze(ledger, showing("k", large))

    assert ledger.frozen_editions(mailing.id)[0].rendered.pictures == (large,)


def test_a_picture_that_was_lost_is_said_and_not_left_out(database, ledger):
    mailing = freeze(ledger, showing("k", HERO))
    with database.write() as connection:
        connection.execute(asset.delete())

    with pytest.raises(StoreError, match=f"the picture {HERO.sha256[:12]} of a frozen edition"):
        ledger.frozen_editions(mailing.id)


def test_a_freeze_that_fails_keeps_no_picture(database, ledger):
    import_all(ledger, [newcomer("a@example.com")])

    with pytest.raises(Exception, match="a reader has a profile that was not planned for"):
        ledger.freeze(plan({}, editions=(showing("k", HERO),)))

    assert kept(database) == []


def test_asking_for_no_picture_asks_nothing(database):
    with database.read() as connection:
        assert stored_pictures(connection, []) == {}
