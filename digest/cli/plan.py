"""`digest plan`."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import click

from digest.bootstrap import App
from digest.cli.output import (
    counted,
    heading,
    moment,
    print_findings,
    print_json,
    print_table,
    say,
    warn,
)
from digest.cli.site_option import json_option, newsletter_argument, open_app
from digest.delivery.forecast import Forecast
from digest.model.newsletter import Newsletter
from digest.schedule.slots import Slot, slots_after
from digest.workflow.plan import Plan

#: How many coming slots are shown.
COMING = 3


@click.command(short_help="Show the next issue: what is in it and who gets it.")
@newsletter_argument
@json_option
def plan(newsletter: str | None, *, as_json: bool) -> int:
    """Show the next issue: what is in it, what is held over and why, and who gets what.

    Nothing is stored and nothing is sent.
    """
    app = open_app()
    planned = app.plan_issue().run(app.newsletter(newsletter))
    coming = coming_slots(app, planned.issue.newsletter)
    foretold = app.foretell_plan(planned)
    if as_json:
        print_json(plan_as_json(planned, coming, foretold))
    else:
        print_plan(planned, coming)
        print_end(app, planned, foretold, coming)
    return int(bool(planned.errors))


def coming_slots(app: App, newsletter: Newsletter) -> list[Slot]:
    """Return the next few slots of a newsletter's schedule."""
    if not newsletter.schedule:
        return []
    zone = ZoneInfo(newsletter.timezone)
    return list(islice(slots_after(newsletter.schedule, zone, app.clock.now()), COMING))


def print_plan(planned: Plan, coming: list[Slot]) -> None:
    """Print a plan for a person."""
    chosen, issue = planned.selection, planned.issue
    heading(f"{issue.newsletter.name}, issue {issue.number}")
    since = moment(chosen.since) if chosen.since else f"the start ({issue.newsletter.start})"
    say(f"  window: from {since} to {moment(chosen.cutoff_at)}")
    if chosen.too_thin:
        say(f"  not to be sent: {chosen.too_thin}. Nothing is used up.")
    _print_items(planned)
    _print_editions(planned)
    if coming:
        say("\nNext slots:")
        print_table(
            [
                (slot.wall_time.replace("T", " "), issue.newsletter.timezone, moment(slot.at))
                for slot in coming
            ]
        )
    if planned.findings:
        say()
        print_findings(planned.findings)


def print_end(app: App, planned: Plan, foretold: Forecast | None, coming: list[Slot]) -> None:
    """Say when the limits would let the last reader have it, and warn when that is too late."""
    if foretold is None:
        return
    now = app.clock.now()
    people = counted(planned.audience, "reader")
    say(f"\nSent now, the last of {people} has it at {moment(foretold.ends_at)}.")
    if foretold.ends_at - now > timedelta(minutes=1):
        say(f"  {foretold.limit} is what holds it up.")
    if coming and now < coming[0].at < foretold.ends_at:
        warn(f"Sent now, it would not be over at the next slot ({moment(coming[0].at)}).")
    elif late := _overtaken(foretold.ends_at - now, coming):
        warn(
            f"Begun at its slot, it would not be over at the one after it ({moment(late.at)}): "
            f"{foretold.limit} is too little for {people}."
        )


def _overtaken(takes: timedelta, coming: list[Slot]) -> Slot | None:
    """Return the first slot that comes while the mailing of the one before is under way."""
    return next((after for slot, after in pairwise(coming) if slot.at + takes > after.at), None)


def _print_items(planned: Plan) -> None:
    chosen, language = planned.selection, planned.issue.newsletter.default_language
    if chosen.taken:
        say(f"\nIn ({len(chosen.taken)}):")
        print_table(
            [
                (
                    taken.item.section,
                    str(taken.item.date),
                    "late" if taken.late else "",
                    taken.item.texts[language].title,
                )
                for taken in chosen.taken
            ]
        )
    if chosen.held:
        say(f"\nHeld over ({len(chosen.held)}):")
        print_table([(held.item.id, held.reason) for held in chosen.held])


def _print_editions(planned: Plan) -> None:
    if not planned.map.editions:
        return
    who = "no readers yet; examples" if planned.nobody_yet else counted(planned.audience, "reader")
    shown = {
        key: edition
        for key, edition in planned.map.editions.items()
        if planned.nobody_yet or planned.recipients.get(key)
    }
    say(f"\nEditions ({len(shown)}; {who}):")
    print_table(
        [
            (
                edition.language,
                edition.key[:8],
                str(planned.recipients.get(key, 0)),
                counted(len(edition.items), "item"),
                f"asks {edition.question}" if edition.question else "",
                edition.audience,
            )
            for key, edition in shown.items()
        ],
        header=("lang", "edition", "readers", "items", "question", "audience"),
    )


def plan_as_json(
    planned: Plan, coming: list[Slot], foretold: Forecast | None = None
) -> dict[str, object]:
    """Return a plan as plain values."""
    chosen = planned.selection
    return {
        "newsletter": planned.issue.newsletter.id,
        "issue": planned.issue.number,
        "since": chosen.since,
        "cutoff": chosen.cutoff_at,
        "too_thin": chosen.too_thin,
        "content_hash": planned.issue.content_hash,
        "items": [{"id": taken.item.id, "late": taken.late} for taken in chosen.taken],
        "held_over": [{"id": held.item.id, "reason": held.reason} for held in chosen.held],
        "editions": [
            {
                "edition": key,
                "language": edition.language,
                "audience": edition.audience,
                "question": edition.question,
                "items": list(edition.items),
                "recipients": planned.recipients.get(key, 0),
            }
            for key, edition in planned.map.editions.items()
        ],
        "recipients": planned.audience,
        "ends_at": foretold.ends_at if foretold else None,
        "limit": foretold.limit if foretold else "",
        "slots": [{"local": slot.wall_time, "utc": slot.at} for slot in coming],
        "findings": [str(finding) for finding in planned.findings],
    }
