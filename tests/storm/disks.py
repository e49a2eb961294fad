"""Disks that get full or fail while a process writes to them, and are mended again.

A full disk is a real one: a small file system in memory, mounted for the test. Mounting takes the
superuser; elsewhere, and for a disk that fails, the process gets its errors from a library between
it and the kernel (`failing_disk.c`, which needs a C compiler). Nothing is skipped: where neither
works the test fails and says so.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from tests.sites import Site


class Disk(Protocol):
    """A disk with a site's var/ on it, which can be broken and mended."""

    site: Site

    def break_down(self) -> None:
        """From now on nothing can be written."""

    def mend(self) -> None:
        """It works again."""


class SmallDisk:
    """A file system of some megabytes; full when something else takes what is left."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._ballast = site.home / "var" / "ballast"

    def break_down(self) -> None:
        """Take all that is left."""
        with self._ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                # To the last byte: a file system gives what is left of a block, too.
                file.write(bytes(1 << 20)) == 1 << 20 or file.write(bytes(4096))

    def mend(self) -> None:
        """Give it back."""
        self._ballast.unlink()


class FailingDisk:
    """Says an error for each write, or only for each sync, of the database's files."""

    def __init__(self, site: Site, folder: Path, what: str, error: int) -> None:
        """`what` is "sync" or "write"; both fail to sync."""
        self._order = folder / "order"
        self._said = f"{what} {error}"
        added = {
            "LD_PRELOAD": str(_library(folder)),
            "FAILING_DISK_FILES": str(site.home.resolve() / "var" / "digest.db"),
            "FAILING_DISK_ORDER": str(self._order),
        }
        self.site = replace(site, environ={**site.environ, **added})

    def break_down(self) -> None:
        """Begin to fail."""
        written = self._order.with_suffix(".new")
        written.write_text(self._said)
        written.rename(self._order)

    def mend(self) -> None:
        """Fail no longer."""
        self._order.unlink()


@contextlib.contextmanager
def small_disk(site: Site, folder: Path, *, megabytes: int) -> Iterator[Disk]:
    """Move a site's var/ to a disk of its own for as long as this lasts."""
    var = site.home / "var"
    kept = var.rename(folder / "kept")
    var.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(var)]
    tried = subprocess.run(command, capture_output=True, check=False) if not os.geteuid() else None
    mounted = tried is not None and tried.returncode == 0
    try:
        shutil.copytree(kept, var, dirs_exist_ok=True)
        yield SmallDisk(site) if mounted else FailingDisk(site, folder, "write", errno.ENOSPC)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(var)], check=True)


def _library(folder: Path) -> Path:
    """Compile the library that stands between a process and the kernel."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    assert compiler, "a C compiler is needed (Debian: apt-get install gcc libc6-dev)"
    source, made = Path(__file__).with_name("failing_disk.c"), folder / "failing_disk.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True
    )
    return made
