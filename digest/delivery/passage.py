"""A message on its way through a lane, and the wire that it takes."""

from __future__ import annotations

from typing import Protocol

from digest.delivery.commands import Commands
from digest.delivery.replies import Stage
from digest.model.mailing import Reply


class Wire(Protocol):
    """Where bytes go: a transport of asyncio."""

    def write(self, data: bytes, /) -> None:
        """Take bytes, to be sent in order."""

    def get_write_buffer_size(self) -> int:
        """Return how many bytes have not been handed on yet."""

    def is_closing(self) -> bool:
        """Return whether nothing more can be sent."""

    def abort(self) -> None:
        """Close at once."""


class Passage:
    """A message in the lane."""

    __slots__ = ("commands", "first", "id", "ready", "refused", "released", "stage")

    def __init__(self, entry_id: int, commands: Commands) -> None:
        self.id = entry_id
        self.commands = commands
        self.released = False
        self.stage: Stage | None = None
        """What has been accepted of it last; None: nothing."""
        self.refused: Reply | None = None
        self.first = False
        """Whether it is the first of its line."""
        self.ready = False
        """Whether all but its end has been written and accepted."""
