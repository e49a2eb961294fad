"""`digest retry`, `settle` and `resend`: what failed or is held, by a person's word."""

from __future__ import annotations

import click

from digest.bootstrap import App
from digest.cli.account import print_tally
from digest.cli.control import chosen_mailing, issue_option, named, say_how_it_goes_on
from digest.cli.output import counted, say, warn
from digest.cli.site_option import newsletter_argument, newsletter_option, open_app
from digest.errors import UsageError
from digest.model.mailing import EntryState, Mailing, MailingState

to_option = click.option(
    "--to", "addresses", metavar="EMAIL", multiple=True, help="Only this reader; repeatable."
)


def _addresses(given: tuple[str, ...]) -> list[str]:
    from digest.content.addresses import parse_address

    return [parse_address(each) for each in given]


@click.command(short_help="Send what was refused or is held once more.")
@newsletter_argument
@issue_option
@to_option
@click.option("--refused", is_flag=True, help="Only what was refused.")
@click.option("--held", is_flag=True, help="Only what is held.")
def retry(
    newsletter: str | None,
    *,
    number: int | None,
    addresses: tuple[str, ...],
    refused: bool,
    held: bool,
) -> int:
    """Send what was refused or is held once more.

    What is held may have arrived: sent again, it is flagged as a possible duplicate. Readers who
    have left or whose address is suppressed get nothing.
    """
    app = open_app()
    mailing = chosen_mailing(app, newsletter, number)
    states = {EntryState.REFUSED: refused or not held, EntryState.HELD: held or not refused}
    wanted = [state for state, is_wanted in states.items() if is_wanted]
    came = app.retry_entries().run(mailing, wanted, _addresses(addresses))
    if came.unwilling:
        warn(f"{counted(came.unwilling, 'reader')} left or suppressed: passed over.")
    if not came.queued:
        say(f"There is nothing of {named(mailing)} to send once more.")
        return 0
    say(f"{counted(came.queued, 'message')} of {named(mailing)} will be sent once more.")
    say_what_is_next(app, mailing)
    return 0


def say_what_is_next(app: App, mailing: Mailing) -> None:
    """Print the account, and who sends what was queued."""
    now = app.ledger.mailing(mailing.id)
    print_tally(app.ledger.tally(mailing.id))
    if now.state is MailingState.PAUSED:
        say(f"It is paused ({now.reason}): digest resume {now.newsletter} lets it go on.")
        return
    say_how_it_goes_on(now.newsletter)


@click.command(short_help="Decide what became of what is held.")
@newsletter_argument
@issue_option
@to_option
@click.option("--sent", is_flag=True, help="The server took it: call it sent.")
@click.option("--skip", is_flag=True, help="Let it be: call it skipped.")
def settle(
    newsletter: str | None,
    *,
    number: int | None,
    addresses: tuple[str, ...],
    sent: bool,
    skip: bool,
) -> int:
    """Decide what became of messages that are held, after a look into the server's log.

    Nothing is sent. To send them once more instead: `digest retry --held`.
    """
    if sent == skip:
        raise UsageError("settle", "needs one of --sent and --skip")
    app = open_app()
    mailing = chosen_mailing(app, newsletter, number)
    state = EntryState.SENT if sent else EntryState.SKIPPED
    settled, warning = app.settle_entries().run(mailing, state, _addresses(addresses))
    if not settled:
        say(f"Nothing of {named(mailing)} is held{' for them' if addresses else ''}.")
        return 0
    say(f"{counted(settled, 'message')} of {named(mailing)} called {state.value}.")
    print_tally(app.ledger.tally(mailing.id))
    if app.ledger.mailing(mailing.id).state is MailingState.COMPLETE:
        say("The mailing is complete.")
    if warning:
        warn(warning)
    return 0


@click.command(short_help="Send an issue once more to one reader.")
@click.argument("number", type=click.IntRange(min=1), metavar="ISSUE")
@click.argument("email", metavar="EMAIL")
@newsletter_option
def resend(number: int, email: str, *, newsletter: str | None) -> int:
    """Send an issue once more to one of its readers, who says that it did not come.

    It is the message that was frozen, with the same Message-ID, flagged as a possible duplicate.
    """
    app = open_app()
    mailing = chosen_mailing(app, newsletter, number)
    [address] = _addresses((email,))
    app.resend_issue().run(mailing, address)
    say(f"{named(mailing)} will be sent once more to {address}.")
    say_what_is_next(app, mailing)
    return 0
