"""The options for trouble on purpose, which the capture server makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from digest.bootstrap import App
from digest.cli.output import warn
from digest.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])


def chaos_options(command: Command) -> Command:
    """Add `--chaos` and `--chaos-seed`."""
    shares = click.option(
        "--chaos",
        metavar="SHARES",
        help='Make captured mail fail by share, such as "451=5%,535=1%,drop=2%".',
    )
    seed = click.option("--chaos-seed", type=int, metavar="N", help="Draw the same troubles again.")
    return shares(seed(command))


def bring_chaos(app: App, shares: str | None, seed: int | None) -> None:
    """Let the site's capture server make trouble.

    Raises:
        UsageError: the shares are none, or a seed has nothing to draw.
    """
    if shares is None:
        if seed is not None:
            raise UsageError("--chaos-seed", "goes with --chaos SHARES")
        return
    from digest.delivery.chaos import read_chaos

    app.chaos = read_chaos(shares, seed=seed)
    warn(f"Rehearsal: the capture server makes trouble ({shares}).")
