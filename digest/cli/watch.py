"""`digest status --watch`: a mailing that another process sends, drawn anew every second or so.

It reads the database and nothing else, so it works from any machine and any terminal that reaches
it, and never holds up the sender.
"""

from __future__ import annotations

import shutil
import sys
from time import monotonic, sleep

import click

from digest.bootstrap import App
from digest.cli.account import WORDS, named_mailing
from digest.cli.output import heading, say, shortened
from digest.cli.progress import PLAIN, Speed, bar, describe, look_ahead, settled_count
from digest.cli.trouble import trouble_of
from digest.model.mailing import Mailing, MailingState, Tally

#: Drawn so often, in seconds; less often where counting itself takes long.
EVERY = 1.0
#: Counting may take at most this part of the time.
_SHARE = 0.1


def watch_mailing(app: App, mailing: Mailing) -> Mailing:
    """Show a mailing until it has ended, is paused, or the person has seen enough (Ctrl-C)."""
    terminal, drawn, speed = sys.stdout.isatty(), 0, Speed()
    try:
        while True:
            began = monotonic()
            mailing = app.ledger.mailing(mailing.id)
            lines = _lines(app, mailing, speed)
            if terminal:
                # A line that wrapped would be two to the next redraw.
                width = shutil.get_terminal_size().columns - 1
                lines = [shortened(line, width) for line in lines]
                click.echo(f"\x1b[{drawn}F\x1b[J" if drawn else "", nl=False)
                heading(lines[0])
                for line in lines[1:]:
                    say(line)
                drawn = len(lines)
            else:
                say(f"{lines[0]}: {lines[1].strip()}")
            if mailing.state is not MailingState.SENDING:
                return mailing
            took = monotonic() - began
            sleep(max(EVERY if terminal else PLAIN, took / _SHARE))
    except KeyboardInterrupt:
        return mailing


def _lines(app: App, mailing: Mailing, speed: Speed) -> list[str]:
    tally, now = app.ledger.tally(mailing.id), app.clock.now()
    speed.note(settled_count(tally), monotonic())
    rate = speed.rate or app.ledger.recent_rate(mailing.id, now)
    ahead = look_ahead(tally.planned - settled_count(tally), rate, app.foretell(mailing), now)
    share = settled_count(tally) / tally.planned if tally.planned else 1.0
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    lines = [
        f"{named_mailing(mailing)}: {mailing.state.value}",
        f"  {bar(share, plain=plain)} {share:4.0%}  {describe(tally, rate, ahead, now)}",
        *_states(tally),
    ]
    if mailing.reason:
        lines.append(f"  {mailing.reason}")
    return lines + [f"  {line}" for line in trouble_of(app, mailing, tally)]


def _states(tally: Tally) -> list[str]:
    return [f"  {tally[state]:>11,} {words}" for state, words in WORDS.items() if tally[state]]
