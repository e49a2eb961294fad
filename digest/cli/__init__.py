"""The command line. A command's module is imported when it is called."""

from __future__ import annotations


def main() -> None:
    """Run `digest`."""
    from digest.cli.root import run

    run()
