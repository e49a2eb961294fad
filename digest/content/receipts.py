"""Receipts: what stays in git of an issue that was sent, `sent/<number>.toml`.

Where the database knows no mailing (an editor's laptop, a test machine), receipts say what was
sent. Nothing personal stands in them, only counts. A receipt is written whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from digest.content.documents import Document
from digest.content.explain import explain
from digest.content.filing import is_ignored
from digest.content.findings import Findings
from digest.content.frontmatter import parse_table, read_text
from digest.content.values import Moment
from digest.errors import ContentError
from digest.model.issue import SentIssue
from digest.paths import sync_folder

SENT = "sent"
_NUMBERED = re.compile(r"[1-9][0-9]{0,8}\.toml")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{8,128}$")]
Count = Annotated[int, Field(ge=0, le=10**12)]


class ReceiptDocument(Document):
    """The file of a receipt."""

    number: int = Field(ge=1, le=999_999_999)
    revision: int = Field(1, ge=1, le=1_000_000)
    cutoff: Moment
    hash: Hash
    note: Hash | None = None
    captured: bool = False
    items: dict[str, Hash]
    counts: dict[str, Count] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What is said in public of one issue's sending."""

    number: int
    revision: int = 1
    cutoff_at: datetime
    """Aware."""
    content_hash: str
    note_hash: str = ""
    captured: bool = False
    """It went to the capture server only; nothing left the machine."""
    items: Mapping[str, str]
    """Item id -> content hash, as frozen."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Entries by state."""

    def sent_issue(self) -> SentIssue:
        """Return what assembly has to know of it."""
        return SentIssue(
            number=self.number,
            cutoff_at=self.cutoff_at,
            items=self.items,
            content_hash=self.content_hash,
            note_hash=self.note_hash,
        )


def receipt_file(folder: Path, number: int) -> Path:
    """Return where an issue's receipt stands in a newsletter's folder, or will."""
    return folder / SENT / f"{number}.toml"


def write_receipt(folder: Path, receipt: Receipt) -> Path:
    """Write a receipt into a newsletter's folder and return its path.

    A receipt of the same number is replaced; a reader sees the old or the new one, never half.

    Raises:
        ContentError: the file cannot be written.
    """
    path = receipt_file(folder, receipt.number)
    try:
        path.parent.mkdir(exist_ok=True)
        # Its own name has to outlast a power cut, too.
        sync_folder(folder)
        _replace(path, emit_receipt(receipt).encode("utf-8"))
    except OSError as error:
        what = f"the receipt cannot be written: {error.strerror or error}"
        hint = "Give this user the right to write there."
        raise ContentError(str(path), 0, what, hint) from error
    return path


def _replace(path: Path, content: bytes) -> None:
    # The name is hidden, so that a temporary file that a crash leaves behind is never read.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files that nobody else may read; a receipt is for git.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def emit_receipt(receipt: Receipt) -> str:
    """Return a receipt as TOML."""
    cutoff = receipt.cutoff_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    lines = [
        "# Written by digest when the mailing was complete. Keep it in git, do not edit it.",
        f"number = {receipt.number}",
        f"revision = {receipt.revision}",
        f"cutoff = {cutoff}",
        f"hash = {_quoted(receipt.content_hash)}",
        *([f"note = {_quoted(receipt.note_hash)}"] if receipt.note_hash else []),
        f"captured = {str(receipt.captured).lower()}",
        "",
        "[counts]",
        *(f"{_key(state)} = {count}" for state, count in receipt.counts.items()),
        "",
        "[items]",
        *(f"{_key(item)} = {_quoted(content)}" for item, content in receipt.items.items()),
    ]
    return "\n".join(lines) + "\n"


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped. Surrogate pairs, which TOML
    # does not have, are avoided by leaving other scripts as they are.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_receipts(folder: Path, site: Path, findings: Findings) -> list[Receipt]:
    """Return the receipts in a newsletter's folder by number, and note what is wrong."""
    sent = folder / SENT
    if not sent.is_dir():
        return []
    receipts: list[Receipt] = []
    for path in sorted(sent.iterdir()):
        file = path.relative_to(site).as_posix()
        if is_ignored(path.name):
            continue
        if not _NUMBERED.fullmatch(path.name):
            hint = "Receipts are named by their number, such as 12.toml."
            findings.warn("unexpected-file", file, 0, "is not read", hint)
            continue
        with findings.catching("unreadable"):
            if receipt := _read_receipt(path, file, findings):
                receipts.append(receipt)
    return sorted(receipts, key=lambda receipt: receipt.number)


def _read_receipt(path: Path, file: str, findings: Findings) -> Receipt | None:
    source = parse_table(read_text(path, file), file)
    try:
        document = ReceiptDocument.model_validate(source.data)
    except ValidationError as error:
        findings.add(*explain(error, source, ReceiptDocument))
        return None
    if path.stem != str(document.number):
        what = f"the number is {document.number}, but the file is called {path.name}"
        findings.error("file-name", file, source.line("number"), what, "Restore it from git.")
        return None
    return Receipt(
        number=document.number,
        revision=document.revision,
        cutoff_at=document.cutoff.astimezone(UTC),
        content_hash=document.hash,
        note_hash=document.note or "",
        captured=document.captured,
        items=document.items,
        counts=document.counts,
    )
