"""What is exported and imported again is what it was; what was refused can be mended."""

from __future__ import annotations

import csv
import io
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.content.export import write_rejects, write_roster
from digest.content.roster_cells import BadCell, read_attribute, read_name, shield, unshield
from digest.errors import UsageError
from digest.model.audience import Subscriber, Subscription, SubscriptionState
from digest.model.freeze import Reject
from tests.content.roster_maker import NOON, addresses, newcomers, rejects, roster_of

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Texts full of what CSV, spreadsheets and mail stumble over.
TEXTS = st.text(st.sampled_from("'=+-@\t\r\n\"',; aé李\u0301＝\u00a0\u3000"), max_size=8) | st.text(
    max_size=20
)


def _accepted(text: str, *, name: bool) -> str:
    """Return what an import makes of a cell; "" where it refuses it."""
    try:
        return read_name(text) if name else read_attribute(text)
    except BadCell:
        return ""


NAMES = TEXTS.map(lambda text: _accepted(text, name=True))
VALUES = TEXTS.map(lambda text: _accepted(text, name=False)).filter(bool)
LOCALS = st.from_regex(r"[a-z=+'\-]{1,6}(\.[a-z=+'\-]{1,6})?", fullmatch=True)


def _few(values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(values.split())).map(lambda found: tuple(sorted(found)))


SUBSCRIPTIONS = st.builds(
    Subscription,
    id=st.just(0),
    newsletter=st.just("open-class"),
    handle=st.just(b""),
    subscriber=st.builds(
        Subscriber,
        address=LOCALS.map(lambda local: f"{local}@example.org"),
        name=NAMES,
        language=st.sampled_from(["", "en", "ja", "zh-Hans"]),
        timezone=st.sampled_from(["", "Asia/Tokyo", "Etc/GMT+5"]),
        roles=_few("brand merchant"),
        fields=_few("pay search"),
        verified=_few("pay channels"),
        attributes=st.dictionaries(
            st.sampled_from(["city", "=cmd", "'@x", "a;b", 'q"q', "名"]), VALUES
        ).map(lambda found: tuple(found.items())),
    ),
    state=st.sampled_from(SubscriptionState),
    topics=_few("ai live"),
    subscribed_at=st.none()
    | st.datetimes(
        min_value=datetime(1990, 1, 1),
        max_value=datetime(2023, 3, 31),
        timezones=st.just(UTC),
    ),
)


def subscription(**person: object) -> Subscription:
    subscriber = Subscriber(**{"address": "ann@example.org", **person})  # type: ignore[arg-type]
    return Subscription(id=1, newsletter="open-class", subscriber=subscriber, handle=b"")


def exported(*subscriptions: Subscription, byte_order_mark: bool = False) -> str:
    stream = io.StringIO(newline="")
    count = write_roster(stream, iter(subscriptions), byte_order_mark=byte_order_mark)
    assert count == len(subscriptions)
    return stream.getvalue()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(SUBSCRIPTIONS, max_size=5, unique_by=lambda one: one.subscriber.address),
    st.booleans(),
)
def test_an_export_imported_again_is_what_it_was(
    tmp_path: Path, subscriptions: list[Subscription], byte_order_mark: bool
) -> None:
    text = exported(*subscriptions, byte_order_mark=byte_order_mark)

    rows = list(roster_of(tmp_path, text))

    assert rejects(rows) == []
    for row, before in zip(newcomers(rows), subscriptions, strict=True):
        person = row.subscriber
        known = {**dict(before.subscriber.attributes)}
        assert dict(person.attributes) == known
        assert replace(person, attributes=()) == replace(before.subscriber, attributes=())
        assert row.topics == before.topics
        assert row.status == before.state
        assert row.subscribed_at == before.subscribed_at


@given(TEXTS)
@example("''=1")
@example("'\t")
def test_a_shielded_cell_is_read_back_exactly(text: str) -> None:
    value = unshield(text)

    assert unshield(shield(value)) == value


@given(SUBSCRIPTIONS)
def test_no_exported_cell_is_a_formula(one: Subscription) -> None:
    rows = csv.reader(io.StringIO(exported(one), newline=""), strict=True)

    cells = [cell for row in rows for cell in row]

    assert not [cell for cell in cells if cell.startswith(FORMULAS)]


def test_an_export_is_rfc_4180() -> None:
    text = exported(subscription(name='Ann "Q", Lee', attributes=(("notes", "a\nb"),)))

    assert text == (
        "email,name,language,timezone,roles,fields,verified,topics,status,subscribed_at,notes\r\n"
        'ann@example.org,"Ann ""Q"", Lee",,,,,,,active,,"a\nb"\r\n'
    )


def test_a_byte_order_mark_is_written_where_it_is_asked_for() -> None:
    assert exported(byte_order_mark=True).startswith("\ufeffemail,")
    assert exported().startswith("email,")


def test_an_attribute_that_comes_late_is_a_column_of_every_row() -> None:
    text = exported(
        subscription(address="a@example.org", attributes=(("city", "Köln"),)),
        subscription(address="b@example.org"),
        subscription(address="c@example.org", attributes=(("zip", "1"), ("city", "Ulm"))),
    )

    assert [line.split(",")[10:] for line in text.splitlines()] == [
        ["city", "zip"],
        ["Köln", ""],
        ["", ""],
        ["Ulm", "1"],
    ]


def test_a_time_with_another_zone_is_written_in_utc() -> None:
    at = datetime.fromisoformat("2023-03-01T09:30:00+09:00")

    text = exported(replace(subscription(), subscribed_at=at))

    assert ",2023-03-01T00:30:00+00:00\r\n" in text
    assert at < NOON - timedelta(days=1)


def test_rejects_carry_line_reason_and_the_row_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    found = [
        Reject(line=3, reason="it is so", row=("=1+1", "Zoë, \ud800")),
        Reject(line=9, reason="=odd", row=("only one",)),
    ]

    count = write_rejects(path, found, ("email", "name"))

    assert count == 2
    with path.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream, strict=True)) == [
            ["line", "reason", "email", "name"],
            ["3", "it is so", "'=1+1", "Zoë, \\ud800"],
            ["9", "'=odd", "only one"],
        ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_mended_rejects_are_imported_as_they_are(tmp_path: Path) -> None:
    first = roster_of(
        tmp_path,
        "email,name,City\na@example.org,A,x\nb@@example.org,'=B,'+y\n'-c@@example.org,C,\n",
    )
    path = tmp_path / "rejects.csv"
    write_rejects(path, [row for row in first if isinstance(row, Reject)], first.header)

    mended = roster_of(tmp_path, path.read_bytes().replace(b"@@", b"@"))

    assert addresses(mended) == ["b@example.org", "-c@example.org"]
    assert newcomers(mended)[0].subscriber.name == "=B"
    assert newcomers(mended)[0].subscriber.attributes == (("city", "+y"),)
    assert mended.columns == ("email", "name")


def test_the_rejects_of_mended_rejects_look_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    bad = roster_of(tmp_path, "email,name\nb@@example.org,B\n")
    write_rejects(path, [row for row in bad if isinstance(row, Reject)], bad.header)
    once = path.read_text(encoding="utf-8")

    again = roster_of(tmp_path, once)
    write_rejects(path, [row for row in again if isinstance(row, Reject)], again.header)

    assert path.read_text(encoding="utf-8") == once


def test_a_rejects_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_rejects(tmp_path / "nowhere" / "rejects.csv", [], ("email",))
