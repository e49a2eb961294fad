"""aiosmtplib with so many connections that stay open, each sending one message after another.

`python -m benchmarks.delivery.pooled SITE PORT CONNECTIONS MESSAGES [--prepared]`. Each message is
an `EmailMessage`; with `--prepared` its bytes lie ready and only the reader's number is put in. It
runs on uvloop, as we do.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from aiosmtplib import SMTP

from benchmarks.delivery.measuring import Measuring, loop_factory
from benchmarks.delivery.messages import SENDER, Make, maker, recipient


async def _send(make: Make, port: int, connections: int, messages: int) -> None:
    numbers = iter(range(1, messages + 1))

    async def work() -> None:
        async with SMTP(
            hostname="127.0.0.1", port=port, use_tls=False, start_tls=False, timeout=60
        ) as server:
            for number in numbers:
                await server.sendmail(SENDER, [recipient(number)], make(number))

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(work())


def main() -> None:
    """Send, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    for name in ("port", "connections", "messages"):
        parser.add_argument(name, type=int)
    parser.add_argument("--prepared", action="store_true")
    chosen = parser.parse_args()
    make = maker(chosen.site, prepared=chosen.prepared)
    measuring = Measuring()
    with asyncio.Runner(loop_factory=loop_factory("uvloop")) as runner:
        runner.run(_send(make, chosen.port, chosen.connections, chosen.messages))
    print(measuring.line(chosen.messages))


if __name__ == "__main__":
    main()
