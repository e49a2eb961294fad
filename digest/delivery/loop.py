"""The event loop that mail is sent in: uvloop's where it is installed, else the standard one.

The garbage collector looks less often: a send makes and drops a few objects a message, none of them
in circles, and what stays (libraries, editions) need not be looked through again and again.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: New objects between two looks; Python's own is 700.
_NEW_OBJECTS = 20_000


def run(work: Coroutine[Any, Any, T], *, standard: bool = False) -> T:
    """Run a coroutine to its end in a loop of its own, as `asyncio.run` does.

    `standard`: in asyncio's own loop, uvloop or not.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        with asyncio.Runner(loop_factory=None if standard else _loop_factory()) as runner:
            return runner.run(work)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
