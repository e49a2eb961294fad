"""The script that most people write: smtplib, one message after another, each over a connection.

`python -m benchmarks.delivery.naive SITE PORT MESSAGES [--prepared] [--keep]`. Each message is an
`EmailMessage`; with `--prepared` its bytes lie ready and only the reader's number is put in; with
`--keep` one connection carries all.
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from smtplib import SMTP

from benchmarks.delivery.measuring import Measuring
from benchmarks.delivery.messages import SENDER, maker, recipient


def main() -> None:
    """Send, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("messages", type=int)
    parser.add_argument("--prepared", action="store_true")
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    make = maker(chosen.site, prepared=chosen.prepared)

    def connected() -> SMTP:
        return SMTP("127.0.0.1", chosen.port, local_hostname="localhost", timeout=60)

    measuring = Measuring()
    with connected() if chosen.keep else nullcontext() as kept:
        for number in range(1, chosen.messages + 1):
            to, message = recipient(number), make(number)
            if kept:
                kept.sendmail(SENDER, to, message)
                continue
            with connected() as server:
                server.sendmail(SENDER, to, message)
    print(measuring.line(chosen.messages))


if __name__ == "__main__":
    main()
