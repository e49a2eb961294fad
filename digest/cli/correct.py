"""`digest correct`: a new revision of an issue, for those who have not had it yet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep

import click

from digest.bootstrap import App
from digest.cli.control import chosen_mailing, named, say_how_it_goes_on
from digest.cli.output import counted, heading, in_colour, print_findings, say, say_aside, warn
from digest.cli.site_option import newsletter_option, open_app
from digest.errors import TryAgainLater, UsageError
from digest.model.mailing import Mailing, MailingState, PausedBy
from digest.workflow.correct import Correction

#: How long to wait for the process that sends to let go.
PATIENCE = 120.0
#: So many lines of the difference are shown.
SHOWN = 60


@click.command(short_help="Send the rest of an issue in a new revision.")
@click.argument("number", type=click.IntRange(min=1), metavar="ISSUE")
@newsletter_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show the difference, and store nothing.")
def correct(number: int, *, newsletter: str | None, yes: bool, dry_run: bool) -> int:
    """Freeze a new revision of an issue from the files as they are now, and send the rest that.

    Nobody gets two revisions in full: who has had the issue gets nothing more, or the short
    correction in notes/ISSUE.correction.md if you wrote one. What is in doubt keeps its revision.
    """
    app = open_app()
    mailing = chosen_mailing(app, newsletter, number)
    correction = app.plan_correction().run(mailing)
    print_correction(correction)
    if correction.errors:
        print_findings(correction.errors)
        say("Nothing was changed.")
        return 1
    if dry_run:
        say("\nDry run: nothing was stored.")
        return 0
    if not yes and not _confirm(correction):
        say("Nothing was changed.")
        return 0
    with _nobody_sends(app, mailing):
        reached, notice = app.freeze_correction().run(correction)
    say(f"{named(mailing)} is at revision {correction.revision} now.")
    say(f"  {counted(reached, 'reader')} will get it in full.")
    if notice:
        say(f"  {counted(notice.planned, 'reader')} will get the short correction.")
    say_how_it_goes_on(mailing.newsletter)
    return 0


def print_correction(correction: Correction) -> None:
    """Print what changes, and for whom."""
    heading(f"{named(correction.mailing)}, revision {correction.revision}")
    for item in correction.changes.changed:
        say(f"  changed: {item}")
    for item in correction.changes.gone:
        say(f"  no longer in it: {item}")
    if correction.difference:
        say("\nThe text of the edition that most readers have:")
        for line in correction.difference[:SHOWN]:
            click.echo(in_colour(f"  {line}", _COLOURS.get(line[:1], "")))
        if len(correction.difference) > SHOWN:
            say(f"  ... and {len(correction.difference) - SHOWN} lines more")
    say(f"\nThis revision goes to {counted(correction.reached, 'reader')} who had nothing yet.")
    if correction.had:
        what = "get the short correction" if correction.notice else "get nothing more"
        say(f"{counted(correction.had, 'reader')} who had it, or may have had it, {what}.")
    if correction.had and not correction.notice:
        say(f"  (notes/{correction.mailing.number}.correction.md would be sent to them.)")


_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def _confirm(correction: Correction) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("", "there is nobody to ask", "Add --yes to correct it without asking.")
    return click.confirm(f"\nFreeze revision {correction.revision}?")


@contextmanager
def _nobody_sends(app: App, mailing: Mailing) -> Iterator[None]:
    """Hold the sender lock; a process that sends this mailing is paused and waited for."""
    ours = mailing.state is MailingState.SENDING
    if ours:
        app.ledger.pause(mailing.id, "it is being corrected", PausedBy.PERSON)
    try:
        with _wait_for_lock(app):
            yield
    finally:
        if ours:
            app.ledger.resume(mailing.id)


@contextmanager
def _wait_for_lock(app: App) -> Iterator[None]:
    until, said = monotonic() + PATIENCE, False
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(app.ledger.sender_lock())
                break
            except TryAgainLater:
                if monotonic() > until:
                    warn("The process that sends did not let go. Nothing was changed.")
                    raise
            if not said:
                say_aside("Waiting for the process that sends to finish what is under way ...")
                said = True
            sleep(0.25)
        yield
