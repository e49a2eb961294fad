"""The account of a mailing: every recipient in exactly one state, counted from rows."""

from __future__ import annotations

from digest.bootstrap import App
from digest.cli.output import counted, heading, print_table, say, warn
from digest.model.mailing import EntryState, Mailing, MailingKind, Tally

#: The states in the order in which they are shown, with the words for them.
WORDS = {
    EntryState.SENT: "sent",
    EntryState.QUEUED: "queued",
    EntryState.SENDING: "sending",
    EntryState.DEFERRED: "deferred: the server asked us to come again",
    EntryState.IN_DOUBT: "in doubt: the server may have taken it",
    EntryState.REFUSED: "refused",
    EntryState.SKIPPED: "skipped: left, suppressed or cancelled",
    EntryState.HELD: "held: in doubt, waits for you",
}

#: How many editions are listed.
SHOWN = 20


def named_mailing(mailing: Mailing) -> str:
    """Return what a mailing is called in a heading."""
    what = f"issue {mailing.number}" if mailing.number else mailing.kind.value
    if mailing.kind is MailingKind.NOTICE:
        what = f"correction of {what}"
    elif mailing.revision > 1:
        what += f", revision {mailing.revision}"
    return f"{mailing.newsletter}, {what}"


def print_account(app: App, mailing: Mailing, tally: Tally) -> None:
    """Print a mailing's editions and its recipients by state."""
    heading(f"{named_mailing(mailing)}: {mailing.state.value}")
    counts = app.ledger.edition_counts(mailing.id)
    rows: list[tuple[str, ...]] = []
    for frozen in app.ledger.frozen_editions(mailing.id):
        edition = frozen.edition
        asks = f"asks {edition.question}" if edition.question else ""
        readers = counts.get(edition.key, 0)
        if readers:
            rows.append((edition.language, edition.key[:8], f"{readers:,}", asks, edition.audience))
    print_table(rows[:SHOWN], header=("lang", "edition", "readers", "question", "audience"))
    if len(rows) > SHOWN:
        say(f"  and {counted(len(rows) - SHOWN, 'more edition')}")
    print_tally(tally)


def print_tally(tally: Tally) -> None:
    """Print the recipients by state, and whether they add up."""
    shown = [f"{tally[state]:,} {words}" for state, words in WORDS.items() if tally[state]]
    say(f"  {counted(tally.planned, 'recipient')} = {' + '.join(shown) or '0'}")
    if tally.possible_duplicates:
        say(f"  {counted(tally.possible_duplicates, 'possible duplicate')} (flagged)")
    if not tally.adds_up:
        warn("  The account does not add up: please report this, with `digest status --json`.")
