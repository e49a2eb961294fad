"""Receipts: written whole, read back as written, whatever an item is called."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.content.findings import Findings
from digest.content.receipts import Receipt, emit_receipt, read_receipts, write_receipt
from digest.errors import ContentError
from tests.content.site_files import SiteFiles

CUTOFF = datetime(2023, 4, 1, 1, 2, 3, 450_000, tzinfo=UTC)
HASH = "0123456789abcdef" * 4


def receipt(number: int = 3, **more: object) -> Receipt:
    said: dict[str, object] = {
        "cutoff_at": CUTOFF,
        "content_hash": HASH,
        "note_hash": HASH,
        "items": {"palm": HASH, 'say "x".y': HASH},
        "counts": {"sent": 12, "refused": 1},
    }
    return Receipt(number=number, **{**said, **more})  # type: ignore[arg-type]


def test_a_receipt_is_read_back_as_written(site: SiteFiles) -> None:
    written = receipt(revision=2, captured=True)
    findings = Findings()

    path = write_receipt(site.folder, written)

    assert path == site.folder / "sent" / "3.toml"
    assert read_receipts(site.folder, site.home, findings) == [written]
    assert findings.all() == []


def test_receipts_belong_to_the_publication_by_number(site: SiteFiles) -> None:
    for number in (10, 9, 1):
        write_receipt(site.folder, receipt(number))

    sent = site.read()[0].receipts

    assert [issue.number for issue in sent] == [1, 9, 10]
    assert (sent[0].cutoff_at, sent[0].content_hash, sent[0].note_hash) == (CUTOFF, HASH, HASH)


def test_writing_again_replaces_and_leaves_nothing_else_behind(site: SiteFiles) -> None:
    write_receipt(site.folder, receipt())

    path = write_receipt(site.folder, receipt(revision=2))

    assert [each.name for each in path.parent.iterdir()] == ["3.toml"]
    assert tomllib.loads(path.read_text())["revision"] == 2
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_cut_off_is_written_in_utc() -> None:
    shanghai = timezone(timedelta(hours=8))

    text = emit_receipt(receipt(cutoff_at=datetime(2023, 4, 1, 9, 0, tzinfo=shanghai)))

    assert "cutoff = 2023-04-01T01:00:00Z\n" in text


def test_a_folder_that_cannot_be_written_is_an_error(site: SiteFiles) -> None:
    (site.folder / "sent").write_text("a file in its place")

    with pytest.raises(ContentError, match="the receipt cannot be written"):
        write_receipt(site.folder, receipt())


def test_a_file_that_a_crash_left_behind_is_not_read(site: SiteFiles) -> None:
    path = write_receipt(site.folder, receipt())
    path.with_name(".3.toml.abc123").write_text("number = ")

    assert site.errors() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("number = 3", "number = 4", "2: the number is 4, but the file is called 3.toml."),
        ("cutoff = 2023-04-01T01:02:03.450000Z", "cutoff = 2023-04-01T01:02:03", "4: 'cutoff'"),
        (HASH, "not a hash", "5: 'hash' is wrong: "),
        ("sent = 12", "sent = -1", "10: 'counts.sent' is wrong: "),
        ("[items]", "[item]", "13: unknown key 'item'. Did you mean 'items'?"),
        ("captured = false", "address = 'a@example.org'", "7: unknown key 'address'."),
        ("captured = false", "captured", "7: TOML syntax"),
    ],
)
def test_a_broken_receipt_is_named_with_its_line(
    site: SiteFiles, old: str, new: str, said: str
) -> None:
    path = write_receipt(site.folder, receipt())
    path.write_text(path.read_text().replace(old, new, 1))

    assert site.errors()[0].startswith(f"sent/3.toml:{said}"), site.errors()


def test_other_files_among_receipts_are_noticed(site: SiteFiles) -> None:
    site.write("sent/03.toml", "")

    assert site.findings("unexpected-file") == [
        "sent/03.toml: is not read. Receipts are named by their number, such as 12.toml."
    ]


ids = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(ids, st.just(HASH)), st.datetimes(timezones=st.just(UTC)))
def test_any_item_id_survives_a_receipt(items: dict[str, str], cutoff: datetime) -> None:
    said = tomllib.loads(emit_receipt(receipt(items=items, cutoff_at=cutoff)))

    assert said["items"] == items
    assert said["cutoff"] == cutoff


def test_a_receipt_replaces_through_another_file(site: SiteFiles, tmp_path: Path) -> None:
    path = write_receipt(site.folder, receipt())
    # Who has the old file open goes on reading the old one, whole.
    with path.open("rb") as old:
        write_receipt(site.folder, receipt(revision=2))

        assert b"revision = 1" in old.read()
    assert path.stat().st_nlink == 1
