"""`digest pause`, `digest resume` and `digest cancel`: they act on a mailing, whoever sends it."""

from __future__ import annotations

import sys

import click

from digest.bootstrap import App
from digest.cli.account import print_tally
from digest.cli.output import counted, say, warn
from digest.cli.site_option import newsletter_argument, open_app
from digest.errors import UsageError
from digest.model.mailing import EntryState, Mailing, MailingKind, MailingState, PausedBy

issue_option = click.option(
    "--issue",
    "number",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Which issue (default: the one under way, else the newest).",
)


def chosen_mailing(app: App, newsletter: str | None, number: int | None) -> Mailing:
    """Return the mailing that the arguments name (DigestError: there is none)."""
    return app.find_mailing().run(app.newsletter(newsletter), number)


def named(mailing: Mailing) -> str:
    """Return what a mailing is called in a sentence."""
    if mailing.kind is MailingKind.NOTICE:
        return f"the correction of issue {mailing.number}"
    return f"issue {mailing.number}" if mailing.number else f"mailing {mailing.id}"


def say_how_it_goes_on(newsletter: str) -> None:
    """Say who sends what was queued."""
    say(f"digest send-now {newsletter} sends it; a running service does so by itself.")


@click.command(short_help="Stop a mailing until you resume it.")
@newsletter_argument
@issue_option
def pause(newsletter: str | None, *, number: int | None) -> int:
    """Stop a mailing until you resume it, whichever process sends it.

    Messages under way are finished, which takes a moment; nothing else leaves. Neither the service
    nor cron lets it go on: only `digest resume` does.
    """
    app = open_app()
    mailing = chosen_mailing(app, newsletter, number)
    done = app.pause_mailing().run(mailing)
    say(f"{named(mailing)} is {'' if done.changed else 'already '}paused.")
    print_tally(app.ledger.tally(mailing.id))
    say(f"digest resume {mailing.newsletter} lets it go on.")
    return 0


@click.command(short_help="Let a paused mailing go on.")
@newsletter_argument
@issue_option
def resume(newsletter: str | None, *, number: int | None) -> int:
    """Let a paused mailing go on, whoever paused it: you, the server's refusal or the rollout."""
    app = open_app()
    mailing = chosen_mailing(app, newsletter, number)
    done = app.resume_mailing().run(mailing)
    if not done.changed:
        say(f"{named(mailing)} is not paused.")
        return 0
    if mailing.paused_by is not PausedBy.PERSON:
        say(f"It was paused: {mailing.reason}")
    say(f"{named(mailing)} goes on.")
    say_how_it_goes_on(mailing.newsletter)
    return 0


@click.command(short_help="Stop a mailing for good.")
@newsletter_argument
@issue_option
@click.option("--yes", is_flag=True, help="Do not ask, even if some have had it.")
def cancel(newsletter: str | None, *, number: int | None, yes: bool) -> int:
    """Stop a mailing for good.

    Before the first message has left, it is as if the issue had never been frozen: its items wait
    for the next one, which gets the same number. After that the number stays used: who has had the
    issue has had it, the rest is skipped, and its items are not sent again.
    """
    app = open_app()
    mailing = chosen_mailing(app, newsletter, number)
    done = app.cancel_mailing().run(mailing, confirm=lambda: yes or _confirm(app, mailing))
    if not done.changed:
        already = done.mailing.state is MailingState.CANCELLED
        say(f"{named(mailing)} was cancelled already." if already else "Nothing was changed.")
        return 0
    if done.mailing.number is None:
        say(f"{named(mailing)} is cancelled. Nothing had left:")
        say("its items wait for the next issue, which gets the same number.")
        return 0
    skipped = counted(done.skipped, "recipient")
    say(f"{named(mailing)} is cancelled; {skipped} will not get it.")
    print_tally(app.ledger.tally(mailing.id))
    if done.warning:
        warn(done.warning)
    return 0


def _confirm(app: App, mailing: Mailing) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("", "some have had it, and there is nobody to ask", "Add --yes.")
    sent = counted(app.ledger.tally(mailing.id)[EntryState.SENT], "reader")
    return click.confirm(f"{sent} had {named(mailing)}. Skip the rest?")
