"""What a disk may hold after the power fails: what was synced, and of the rest whatever it likes.

The model, stricter than ext4, XFS or a drive behind them:

- A file's content is durable up to its last fsync or fdatasync that had returned, as it was when
  that began. Every sector written after that is, each for itself, as it was at any instant between
  then and the cut. So writes arrive out of order, torn, or not at all. The length of the file is
  that of some such instant, too, and need not fit: what it promises and was not written is zeros.
- A sector is 512 bytes or 4096; it is never a mixture of two instants (no drive that is sold tears
  one, and SQLite's checksums would see it).
- A folder's entries are durable up to the last fsync of that very folder, and later ones arrive in
  their order, up to any instant. That a file was synced does not make its name durable.
- Whatever was only in memory, such as SQLite's -shm file, is garbage or gone.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

SECTORS = (512, 4096)
#: How what was not synced arrives, drawn for each cut: not, all, up to one instant, some of the
#: writes, each sector by itself.
WAYS = ("nothing", "everything", "instant", "writes", "torn")


class Done(Protocol):
    """A thing done, as the witness has it."""

    index: int
    kind: str
    what: int
    offset: int
    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Power:
    """One way in which the power may fail."""

    cut: int
    """Everything before this index was done, nothing from it on."""
    dice: random.Random
    way: str
    sector: int


@dataclass
class Node:
    """A file or a folder, and what of it was synced when."""

    syncs: list[tuple[int, int]] = field(default_factory=list)
    """(it had returned at, all before this is on disk)"""

    def settled(self, cut: int) -> int:
        """Return up to where everything is on disk."""
        return max((covered for done, covered in self.syncs if done < cut), default=0)


@dataclass
class File(Node):
    """A file's content over time."""

    source: Path | None = None
    changes: list[tuple[int, int, bytes | None]] = field(default_factory=list)
    """(when, where, what is written); nothing written: cut to that length."""

    def as_it_was(self, cut: int) -> bytearray:
        """Return the content with all that was done before an index."""
        content = bytearray(self.source.read_bytes() if self.source else b"")
        for when, offset, data in self.changes:
            if when < cut:
                _change(content, offset, data)
        return content

    def after(self, power: Power) -> bytes:
        """Return what is there when the power is back."""
        settled = self.settled(power.cut)
        content = self.as_it_was(settled)
        later = [
            (offset, data) for when, offset, data in self.changes if settled <= when < power.cut
        ]
        return bytes(_landed(content, later, power) if later else content)


@dataclass
class Folder(Node):
    """A folder's entries over time."""

    entries: dict[str, Node] = field(default_factory=dict)
    """As they were in the beginning."""
    changes: list[tuple[int, dict[str, Node | None]]] = field(default_factory=list)
    """(when, name -> what it names from then on); one change is never seen by half."""

    def as_it_was(self, cut: int) -> dict[str, Node]:
        """Return the entries with all that was done before an index."""
        named: dict[str, Node | None] = dict(self.entries)
        for when, entries in self.changes:
            if when < cut:
                named.update(entries)
        return {name: node for name, node in named.items() if node is not None}

    def after(self, power: Power) -> dict[str, Node]:
        """Return which are there when the power is back."""
        settled = self.settled(power.cut)
        later = [when + 1 for when, _ in self.changes if settled <= when < power.cut]
        instants = [settled, *later]
        if power.way == "nothing":
            return self.as_it_was(settled)
        return self.as_it_was(
            instants[-1] if power.way == "everything" else power.dice.choice(instants)
        )


class Disk:
    """A folder of a disk, with all that was done to it."""

    def __init__(
        self, before: Path, inodes: dict[int, str], home: str, events: Iterable[Done]
    ) -> None:
        """Take the folder as it was, its files' inodes (-> path), its name, and what was done."""
        self.root = _folder(before)
        self._home = home
        self._nodes = {inode: self._at_first(path) for inode, path in inodes.items()}
        self._begun: dict[int, int] = {}
        acts: dict[str, Callable[[Done], None]] = {
            **{"W": self._written, "T": self._cut, "S": self._sync_begun, "E": self._synced},
            **{"C": self._created, "D": self._made, "U": self._removed},
            **{"R": self._renamed, "L": self._linked, "N": lambda _: None},
        }
        for event in events:
            acts[event.kind](event)

    def after(self, power: Power, into: Path) -> None:
        """Write what is there when the power is back into a new folder."""
        _write(self.root, power, into)

    def as_they_were(self, cut: int) -> dict[str, bytes]:
        """Return every file by its path, with all that was done before an index."""
        return dict(_walk(self.root, cut, ""))

    def _written(self, event: Done) -> None:
        self._file(event).changes.append((event.index, event.offset, event.data))

    def _cut(self, event: Done) -> None:
        self._file(event).changes.append((event.index, event.offset, None))

    def _sync_begun(self, event: Done) -> None:
        self._begun[event.offset] = event.index

    def _synced(self, event: Done) -> None:
        begun = self._begun.pop(event.offset)
        self._nodes[event.what].syncs.append((event.index, begun))

    def _created(self, event: Done) -> None:
        self._nodes[event.what] = File()
        self._name(event, {event.path: self._nodes[event.what]})

    def _made(self, event: Done) -> None:
        self._nodes[event.what] = Folder()
        self._name(event, {event.path: self._nodes[event.what]})

    def _removed(self, event: Done) -> None:
        self._name(event, {event.path: None})

    def _renamed(self, event: Done) -> None:
        self._name(event, {event.path: None, event.data.decode(): self._node(event.path)})

    def _linked(self, event: Done) -> None:
        self._name(event, {event.data.decode(): self._node(event.path)})

    def _name(self, event: Done, names: dict[str, Node | None]) -> None:
        parents = {path.rpartition("/")[0] for path in names}
        assert len(parents) == 1, f"moved from folder to folder: {names.keys()}"
        folder = self._node(parents.pop())
        assert isinstance(folder, Folder)
        entries = {path.rpartition("/")[2]: node for path, node in names.items()}
        folder.changes.append((event.index, entries))

    def _file(self, event: Done) -> File:
        file = self._nodes[event.what]
        assert isinstance(file, File)
        return file

    def _node(self, path: str) -> Node:
        """Return what a whole path names now."""
        node: Node = self.root
        for name in path.removeprefix(self._home).split("/"):
            if name:
                assert isinstance(node, Folder)
                node = node.as_it_was(2**62)[name]
        return node

    def _at_first(self, path: str) -> Node:
        return self._node("" if path == "." else f"{self._home}/{path}")


def _folder(path: Path) -> Folder:
    entries = {
        entry.name: _folder(entry) if entry.is_dir() else File(source=entry)
        for entry in path.iterdir()
    }
    return Folder(entries=entries)


def _walk(folder: Folder, cut: int, where: str) -> Iterable[tuple[str, bytes]]:
    for name, node in folder.as_it_was(cut).items():
        if isinstance(node, Folder):
            yield from _walk(node, cut, f"{where}{name}/")
        elif isinstance(node, File):
            yield where + name, bytes(node.as_it_was(cut))


def _write(folder: Folder, power: Power, into: Path) -> None:
    into.mkdir(parents=True)
    for name, node in folder.after(power).items():
        if isinstance(node, Folder):
            _write(node, power, into / name)
        elif isinstance(node, File):
            if name.endswith("-shm"):
                if power.dice.random() < 0.5:
                    (into / name).write_bytes(power.dice.randbytes(32768))
            elif node.source and not node.changes:
                shutil.copyfile(node.source, into / name)
            else:
                (into / name).write_bytes(node.after(power))


def _change(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
    reach = offset + len(data or b"")
    content.extend(bytes(max(0, reach - len(content))))
    if data is not None:
        content[offset:reach] = data


def _landed(content: bytearray, later: list[tuple[int, bytes | None]], power: Power) -> bytearray:
    """Return the content with what has arrived of the changes that were not synced."""
    touched, sizes = _touched(len(content), later, power.sector)
    chosen, size = _instants(touched, len(later), power)
    now, result = bytearray(content), bytearray(content)
    result.extend(bytes(max(sizes) + power.sector - len(result)))
    by_instant: dict[int, list[int]] = {}
    for sector, instant in chosen.items():
        by_instant.setdefault(instant, []).append(sector * power.sector)
    for instant, change in enumerate(later, 1):
        _change(now, *change)
        for start in by_instant.get(instant, ()):
            held = bytes(now[start : start + power.sector])
            result[start : start + power.sector] = held.ljust(power.sector, b"\0")
    return result[: sizes[size]]


def _touched(
    size: int, later: list[tuple[int, bytes | None]], sector: int
) -> tuple[dict[int, list[int]], list[int]]:
    """Return which changes (from 1) touch a sector, and the size after each (from 0)."""
    touched: dict[int, list[int]] = {}
    sizes = [size]
    for instant, (offset, data) in enumerate(later, 1):
        end = offset + len(data) if data is not None else max(size, offset)
        size = max(size, end) if data is not None else offset
        sizes.append(size)
        for number in range(offset // sector, -(-end // sector)):
            touched.setdefault(number, []).append(instant)
    return touched, sizes


def _instants(
    touched: dict[int, list[int]], changes: int, power: Power
) -> tuple[dict[int, int], int]:
    """Return for each sector touched, and for the size, after which change it has arrived."""
    dice = power.dice
    if power.way == "torn":
        sectors = {number: dice.choice([0, *among]) for number, among in touched.items()}
        return sectors, dice.randint(0, changes)
    if power.way == "writes":
        landed = {0, *(instant for instant in range(1, changes + 1) if dice.random() < 0.5)}
    else:
        until = {"nothing": 0, "everything": changes}.get(power.way, dice.randint(0, changes))
        landed = set(range(until + 1))
    sectors = {
        number: max((instant for instant in among if instant in landed), default=0)
        for number, among in touched.items()
    }
    return sectors, max(landed)
