"""digest as a client of the measurement: a frozen mailing, sent by the real use case.

`python -m benchmarks.delivery.ours SITE PORT CONNECTIONS [--loop asyncio] [--dkim]`. SITE
comes from `benchmarks.delivery.site` and stays as it is: what is sent is a copy, made and written
to the disk before the clock starts. The clock covers all of `DeliverMailing`: connecting, reading
ahead, filling, claiming and recording under `synchronous=FULL`, the last QUIT. What must stay true:
a line of figures is printed only when every entry is `sent`.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time

from benchmarks.delivery.measuring import Measuring
from benchmarks.delivery.profiling import by_function, by_thread
from benchmarks.delivery.signing import DOMAIN, KEY_FILE, SELECTOR, make_key
from benchmarks.delivery.site import write_settings
from digest.bootstrap import App, bootstrap
from digest.delivery.loop import run
from digest.model.mailing import EntryState, Mailing
from digest.settings import load_settings
from digest.workflow.deliver import DeliverMailing

#: So many messages are built for the figure of building alone.
BUILT = 1000


def copy_site(template: Path, site: Path) -> None:
    """Copy a site and wait until its database is on the disk."""
    shutil.copytree(template / "var", site / "var")
    for path in (site / "var").iterdir():
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)


def sign_mail(site: Path) -> str:
    """Make a key for a site and return the settings that sign with it."""
    key = site / KEY_FILE
    key.write_bytes(make_key())
    key.chmod(0o600)
    return f'[dkim]\ndomain = "{DOMAIN}"\nselector = "{SELECTOR}"\nkey_file = "{KEY_FILE}"\n'


def building_seconds(app: App, mailing: Mailing) -> float:
    """Return what building one message costs: the placeholders filled, the links signed."""
    composer = app.compose_mailing(mailing)
    entries = app.ledger.reserve(mailing.id, after=0, limit=BUILT, at=app.clock.now())
    composer.compose(entries[0])  # compiles the edition, which is done once a mailing
    began = thread_time()
    for entry in entries:
        composer.compose(entry)
    return (thread_time() - began) / len(entries)


def send(app: App, deliver: DeliverMailing, mailing: Mailing, loop: str) -> int:
    """Send a mailing and return how many messages left (RuntimeError: not all did)."""
    with app.ledger.sender_lock():
        delivered = run(deliver.run(mailing), standard=loop == "asyncio")
    sent = delivered.tally.states.get(EntryState.SENT, 0)
    if sent != delivered.tally.planned or not sent:
        raise RuntimeError(f"not all was sent: {delivered}")
    return sent


def main() -> None:
    """Send, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    for name in ("port", "connections"):
        parser.add_argument(name, type=int)
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--dkim", action="store_true", help="sign with RSA-2048")
    parser.add_argument("--threads", type=Path, help="write what each thread used")
    parser.add_argument("--functions", type=Path, help="write what each function used")
    chosen = parser.parse_args()
    with TemporaryDirectory(dir=chosen.site.parent) as folder:
        site = Path(folder)
        copy_site(chosen.site, site)
        (site / "content").mkdir()
        more = sign_mail(site) if chosen.dkim else ""
        write_settings(site, port=chosen.port, connections=chosen.connections, more=more)
        app = bootstrap(load_settings(site))
        [mailing] = app.ledger.unfinished()
        deliver = app.send_issue().deliver  # loads the renderer, which a send from files has by now

        def work() -> int:
            return send(app, deliver, mailing, chosen.loop)

        building = building_seconds(app, mailing)
        gc.collect()
        measuring = Measuring()
        if chosen.threads:
            sent = by_thread(work, chosen.threads)
        elif chosen.functions:
            sent = by_function(work, chosen.functions)
        else:
            sent = work()
        print(measuring.line(sent, building=building))
        app.close()


if __name__ == "__main__":
    main()
