"""Where the shipped templates and the sample newsletter lie, and how a name outlasts a power cut.

In a wheel they are inside the package (`digest/_shipped/`); in a checkout they stand beside it.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as `shipped("templates", "mail")`.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    for root in (_PACKAGE / "_shipped", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(
        f"the installation lacks {'/'.join(parts)}; install digest-mailer again"
    )


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk: a synced file may be gone for want of its name.

    Raises:
        OSError: it cannot be opened, or the disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot; there is nothing better to be had on them.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)
