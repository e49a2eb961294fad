"""The disk that the power leaves: what must be there is, and what need not be sometimes is not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.power.disk import SECTORS, WAYS, Disk, Power
from tests.power.witness import Event

HOME = "/site"
OLD = b"o" * 8192


def disk(folder: Path, *done: tuple[str, int, int, str, bytes]) -> tuple[Disk, int]:
    """Make a disk with `var/old` of 8192 bytes (inode 1), and return it with the last instant."""
    before = folder / "before"
    (before / "var").mkdir(parents=True)
    (before / "var" / "old").write_bytes(OLD)
    events = [
        Event(index, kind, 0, what, offset, path and f"{HOME}/{path}", data)
        for index, (kind, what, offset, path, data) in enumerate(done)
    ]
    inodes = {1: "var/old", 2: "var", 3: "."}
    return Disk(before, inodes, HOME, events), len(events)


def left(made: tuple[Disk, int], folder: Path, times: int = 60) -> Iterator[dict[str, bytes]]:
    """Let the power fail in every way, and yield the files that are left by their names."""
    one, cut = made
    for number in range(times):
        way, sector = WAYS[number % len(WAYS)], SECTORS[number % len(SECTORS)]
        home = folder / str(number)
        one.after(Power(cut, random.Random(number), way, sector), home)
        var = home / "var"
        yield {path.name: path.read_bytes() for path in var.iterdir() if path.is_file()}


def write(offset: int, data: bytes, what: int = 1) -> tuple[str, int, int, str, bytes]:
    return ("W", what, offset, "", data)


def sync(ticket: int, what: int = 1) -> Iterator[tuple[str, int, int, str, bytes]]:
    yield ("S", what, ticket, "", b"")
    yield ("E", what, ticket, "", b"")


def test_what_was_synced_is_there_in_every_way(tmp_path: Path) -> None:
    made = disk(tmp_path, write(100, b"new"), *sync(9))

    contents = {files["old"] for files in left(made, tmp_path)}

    assert contents == {OLD[:100] + b"new" + OLD[103:]}


def test_what_was_not_synced_is_there_or_not(tmp_path: Path) -> None:
    made = disk(tmp_path, write(100, b"new"))

    contents = {files["old"] for files in left(made, tmp_path)}

    assert contents == {OLD, OLD[:100] + b"new" + OLD[103:]}


def test_what_was_written_while_a_sync_ran_need_not_be_there(tmp_path: Path) -> None:
    begin, end = sync(9)
    made = disk(tmp_path, begin, write(0, b"new"), end)

    assert OLD in {files["old"] for files in left(made, tmp_path)}


def test_a_sync_that_has_not_returned_promises_nothing(tmp_path: Path) -> None:
    begin, _ = sync(9)
    made = disk(tmp_path, write(0, b"new"), begin)

    assert OLD in {files["old"] for files in left(made, tmp_path)}


def test_a_later_write_may_arrive_without_an_earlier_one_and_a_long_one_torn(
    tmp_path: Path,
) -> None:
    made = disk(tmp_path, write(0, b"a" * 4096), write(4096, b"b" * 4096))

    contents = {files["old"] for files in left(made, tmp_path)}

    assert OLD[:4096] + b"b" * 4096 in contents
    assert any(0 < content.count(b"a") < 4096 for content in contents)


def test_a_sector_is_never_of_two_instants(tmp_path: Path) -> None:
    made = disk(tmp_path, write(0, b"one"), write(0, b"two"), write(200, b"three"))

    starts = {files["old"][:512] for files in left(made, tmp_path, 200)}

    one, two = b"one" + OLD[3:512], b"two" + OLD[3:512]
    assert starts == {OLD[:512], one, two, two[:200] + b"three" + two[205:]}


def test_a_file_that_grew_may_hold_zeros_where_nothing_arrived(tmp_path: Path) -> None:
    made = disk(tmp_path, write(8192, b"n" * 4096), write(12288, b"m" * 4096))

    contents = {files["old"] for files in left(made, tmp_path)}

    assert all(content.startswith(OLD) for content in contents)
    assert any(b"\0" in content for content in contents)
    assert OLD in contents


def test_a_file_that_was_cut_may_still_be_long(tmp_path: Path) -> None:
    made = disk(tmp_path, ("T", 1, 10, "", b""))

    assert {len(files["old"]) for files in left(made, tmp_path)} >= {10, 8192}


def test_a_synced_file_has_its_name_only_when_its_folder_is_synced_too(tmp_path: Path) -> None:
    created = [("C", 5, 0, "var/new", b""), write(0, b"new", what=5), *sync(9, what=5)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    nameless = disk(tmp_path / "a", *created)
    named = disk(tmp_path / "b", *created, *sync(10, what=2))

    assert {files.get("new") for files in left(nameless, tmp_path / "a")} == {None, b"new"}
    assert {files.get("new") for files in left(named, tmp_path / "b")} == {b"new"}


def test_another_name_takes_the_place_of_one_at_once(tmp_path: Path) -> None:
    replaced = disk(
        tmp_path,
        ("C", 5, 0, "var/draft", b""),
        write(0, b"new", what=5),
        *sync(9, what=5),
        ("R", 0, 0, "var/draft", f"{HOME}/var/old".encode()),
    )

    states = {tuple(sorted(files.items())) for files in left(replaced, tmp_path)}

    assert states == {
        (("old", OLD),),
        (("draft", b"new"), ("old", OLD)),
        (("old", b"new"),),
    }


def test_an_inode_that_is_used_again_is_another_file(tmp_path: Path) -> None:
    again = disk(
        tmp_path,
        ("U", 0, 0, "var/old", b""),
        ("C", 1, 0, "var/fresh", b""),
        write(0, b"fresh"),
        *sync(9),
        *sync(10, what=2),
    )

    assert list(left(again, tmp_path, 5)) == [{"fresh": b"fresh"}] * 5


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_everything_is_what_there_was(tmp_path: Path, cut: int) -> None:
    dice = random.Random(cut)
    done = [
        write(dice.randrange(20_000), dice.randbytes(dice.randrange(1, 6000)))
        if dice.random() < 0.8
        else ("T", 1, dice.randrange(20_000), "", b"")
        for _ in range(cut)
    ]
    one, end = disk(tmp_path, *done)

    one.after(Power(end, dice, "everything", 512), tmp_path / "after")

    assert (tmp_path / "after" / "var" / "old").read_bytes() == one.as_they_were(end)["var/old"]
