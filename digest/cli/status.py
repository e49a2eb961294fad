"""`digest status` and `digest why`."""

from __future__ import annotations

from dataclasses import asdict, replace

import click

from digest.bootstrap import App
from digest.cli.account import print_account
from digest.cli.output import counted, heading, moment, print_json, print_table, say
from digest.cli.progress import look_ahead, per_second, settled_count, time_left
from digest.cli.site_option import json_option, newsletter_argument, open_app
from digest.cli.trouble import trouble_of
from digest.errors import DigestError, UsageError
from digest.model.freeze import History
from digest.model.mailing import EntryState, Mailing, MailingKind, MailingState, PausedBy, Tally

#: How many mailings are shown in full.
SHOWN = 3


@click.command(short_help="Show mailings by state, and what to do.")
@newsletter_argument
@click.option("--watch", is_flag=True, help="Show the newest mailing until it has ended.")
@json_option
def status(newsletter: str | None, *, watch: bool, as_json: bool) -> int:
    """Show mailings, newest first, with every recipient in exactly one state.

    With --watch the newest one is drawn anew every second, whichever process sends it.
    """
    if watch and as_json:
        raise UsageError("--watch", "does not go with --json")
    app = open_app()
    chosen = app.newsletter(newsletter) if newsletter else None
    mailings = app.past.mailings(chosen)
    if watch and mailings:
        from digest.cli.watch import watch_mailing

        return _needs_attention(app, [watch_mailing(app, mailings[0])])
    if as_json:
        print_json([_as_json(app, mailing) for mailing in mailings])
        return _needs_attention(app, mailings)
    if not mailings:
        say("Nothing has been sent yet. digest plan shows the next issue.")
        return 0
    for mailing in mailings[:SHOWN]:
        _print_mailing(app, mailing)
    if len(mailings) > SHOWN:
        say(f"({counted(len(mailings) - SHOWN, 'earlier mailing')}; --json lists them.)")
    return _needs_attention(app, mailings)


def _needs_attention(app: App, mailings: list[Mailing]) -> int:
    """Return 1 where a mailing waits for a person, as the exit codes promise."""
    return int(any(_waits_for_a_person(app, mailing) for mailing in mailings))


def _waits_for_a_person(app: App, mailing: Mailing) -> bool:
    if mailing.state is MailingState.PAUSED:
        return True
    tally = app.ledger.tally(mailing.id)
    return bool(tally[EntryState.HELD] or trouble_of(app, mailing, tally))


def _print_mailing(app: App, mailing: Mailing) -> None:
    tally = app.ledger.tally(mailing.id)
    print_account(app, mailing, tally)
    say(f"  frozen {moment(mailing.frozen_at)}, completed {moment(mailing.completed_at)}")
    _print_speed(app, mailing, tally)
    if mailing.captured:
        say("  captured: nothing left this machine")
    troubles = app.ledger.refusals(mailing.id)
    if troubles:
        print_table(troubles, indent=4)
    for line in _what_to_do(app, mailing, tally):
        say(f"  -> {line}")
    say()


def _print_speed(app: App, mailing: Mailing, tally: Tally) -> None:
    """Say how fast it leaves and when it will be over, while it is under way."""
    if mailing.state is not MailingState.SENDING or tally.settled:
        return
    if trouble_of(app, mailing, tally):
        return  # nothing leaves, whatever left in the last minutes
    now = app.clock.now()
    rate = app.ledger.recent_rate(mailing.id, now)
    ahead = look_ahead(
        tally.planned - settled_count(tally), rate, app.foretell(mailing) if rate else None, now
    )
    if rate and ahead.ends_at:
        say(f"  {per_second(rate)}, {time_left(ahead, now)}")
    else:
        say("  nothing leaves at the moment")


def _what_to_do(app: App, mailing: Mailing, tally: Tally) -> list[str]:
    if mailing.state is MailingState.COMPLETE:
        return []
    lines = []
    if mailing.state is MailingState.PAUSED:
        lines.append(_after_the_pause(mailing))
    elif not tally.settled:
        lines += trouble_of(app, mailing, tally)
        due = app.ledger.next_due(mailing.id)
        when = f" after {moment(due)}" if due and not tally[EntryState.QUEUED] else ""
        lines.append(f"not finished; digest send-now {mailing.newsletter}{when} sends the rest")
    if tally[EntryState.HELD]:
        lines.append("held entries may have been taken by the server; look before sending again")
    return lines


def _after_the_pause(mailing: Mailing) -> str:
    name = mailing.newsletter
    if mailing.paused_by is PausedBy.PERSON:
        return f"{mailing.reason}; digest resume {name} lets it go on"
    if mailing.paused_by is PausedBy.ROLLOUT:
        return f"{mailing.reason}; digest resume {name} sends the rest all the same"
    again = f" (tried again after {moment(mailing.retry_at)})" if mailing.retry_at else ""
    return f"paused: {mailing.reason}{again}; mend it, then: digest send-now {name}"


def _as_json(app: App, mailing: Mailing) -> dict[str, object]:
    tally = app.ledger.tally(mailing.id)
    return {
        "mailing": mailing.id,
        "kind": mailing.kind,
        "newsletter": mailing.newsletter,
        "issue": mailing.number,
        "revision": mailing.revision,
        "state": mailing.state,
        "reason": mailing.reason,
        "captured": mailing.captured,
        "frozen_at": mailing.frozen_at,
        "completed_at": mailing.completed_at,
        "planned": tally.planned,
        "states": {state.value: tally[state] for state in EntryState},
        "possible_duplicates": tally.possible_duplicates,
        "adds_up": tally.adds_up,
        "next_due": app.ledger.next_due(mailing.id),
        "paused_by": mailing.paused_by,
        "retry_at": mailing.retry_at,
        "trouble": " ".join(trouble_of(app, mailing, tally)),
        "rate": round(app.ledger.recent_rate(mailing.id, app.clock.now()), 1),
    }


@click.command(short_help="Show what became of each issue for one person.")
@click.argument("args", nargs=-1, required=True, metavar="[NEWSLETTER] EMAIL")
@json_option
def why(args: tuple[str, ...], *, as_json: bool) -> int:
    """Show, for one person, each issue: selected or not and why, edition, attempts with replies."""
    if len(args) > 2:
        raise UsageError("why", "takes one address", "digest why [NEWSLETTER] EMAIL")
    app = open_app()
    address = args[-1]
    chosen = [app.newsletter(args[0])] if len(args) == 2 else app.newsletters
    if not app.has_database:
        raise DigestError(address, "is not known: there is no database yet", "")
    histories = {name: _history(app, name, address) for name in chosen}
    readers = {name: app.ledger.find_subscription(name, address) for name in chosen}
    if not any(readers.values()) and not any(histories.values()):
        raise DigestError(address, "reads no newsletter here", "See: digest subscribers list.")
    if as_json:
        print_json({name: [asdict(one) for one in found] for name, found in histories.items()})
        return 0
    for name in chosen:
        reader = readers[name]
        heading(f"{address}: {name} ({reader.state.value if reader else 'not subscribed'})")
        for one in histories[name]:
            _print_history(one)
        if not histories[name]:
            say("  no issue has been sent yet")
    return 0


def _history(app: App, newsletter: str, address: str) -> list[History]:
    """Return a reader's issues, newest first, each with the Message-ID that it went out under."""
    from digest.message.message_ids import message_id
    from digest.message.splice import ascii_domain

    def with_message_id(one: History) -> History:
        if not one.selected:
            return one
        domain = ascii_domain(app.ledger.letterhead(one.mailing_id))
        said = message_id(app.keys.message, one.mailing_id, one.entry_id, domain)
        return replace(one, message_id=said)

    return [with_message_id(one) for one in app.ledger.history(newsletter, address)]


def _print_history(one: History) -> None:
    flag = ", possible duplicate" if one.possible_duplicate else ""
    state = f"{one.state}{flag}" if one.selected else "not selected"
    what = f"issue {one.number}"
    if one.kind is not MailingKind.ISSUE:
        what += ", correction"
    elif one.revision > 1:
        what += f", revision {one.revision}"
    say(f"  {what}: {state}{f' ({one.reason})' if one.reason else ''}")
    if one.selected:
        asks = f", asks {one.question}" if one.question else ""
        say(f"    edition {one.edition_key[:8]}, {one.language}, for {one.audience}{asks}")
        say(f"    Message-ID {one.message_id}")
    for tried_at, verdict, code, text in one.attempts:
        say(f"    {moment(tried_at)}: {verdict}: {code or '-'} {text}")
