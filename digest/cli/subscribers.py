"""`digest subscribers ...`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import click

from digest.bootstrap import App
from digest.cli.output import counted, heading, moment, print_json, print_table, say, warn
from digest.cli.site_option import json_option, newsletter_option, open_app
from digest.errors import DigestError, UsageError
from digest.model.audience import Subscription
from digest.model.freeze import ImportCounts, Newcomer, Reject

#: How many rejected rows are printed; the file has them all.
SHOWN = 5


@click.group(short_help="Import, list and change subscribers.")
def subscribers() -> None:
    """Import, export, list, show, add, remove and verify subscribers."""


@subscribers.command("import", short_help="Bring in a CSV file, or take an import back.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@newsletter_option
@click.option("--consent", metavar="TEXT", help="Where and when these people agreed.")
@click.option("--map", "mapped", multiple=True, metavar="COLUMN=NAME", help="Rename a column.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Where bad rows are written.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--undo", type=int, metavar="BATCH", help="Take an earlier import back.")
def import_(
    file: Path | None,
    *,
    newsletter: str | None,
    consent: str | None,
    mapped: tuple[str, ...],
    rejects: Path | None,
    dry_run: bool,
    undo: int | None,
) -> int:
    """Bring in subscribers from a CSV file; again is an update and never revives who left.

    Columns: email, name, language, timezone, roles, fields, verified, topics, and optionally
    status and subscribed_at. Lists are separated by ";"; only email is required; other columns are
    kept. Bad rows go to a file with their line and reason, the rest is imported.
    """
    app = open_app()
    if undo is not None:
        return _undo(app, undo)
    if file is None:
        raise UsageError("", "name a CSV file", "digest subscribers import FILE")
    name = app.newsletter(newsletter)
    said = consent or _ask_consent(app, file)
    counts, columns = _import(app, name, file, consent=said, mapped=mapped, dry_run=dry_run)
    _say_counts(name, counts, dry_run=dry_run)
    if counts.rejects:
        _report_rejects(rejects or _beside(file), counts.rejects, columns, dry_run=dry_run)
    return int(bool(counts.rejects))


def _ask_consent(app: App, file: Path) -> str:
    default = f"import of {file.name}, {app.clock.now().date()}"
    if not sys.stdin.isatty():
        return default
    answer = click.prompt("Where and when did these people agree?", default=default, err=True)
    return str(answer)


def _import(
    app: App, name: str, file: Path, *, consent: str, mapped: tuple[str, ...], dry_run: bool
) -> tuple[ImportCounts, tuple[str, ...]]:
    from digest.content.roster import read_roster

    publication, _ = app.publication(name)
    roster = read_roster(
        file, mapping=_mapping(mapped), newsletter=publication.newsletter, now=app.clock.now()
    )
    # As text while the import lasts: as nouns ten thousand of them take ten megabytes.
    rejects: list[str] = []

    def good_rows() -> Iterator[Newcomer]:
        for row in roster:
            if isinstance(row, Reject):
                rejects.append(json.dumps((row.line, row.reason, row.row)))
            else:
                yield row

    counts = app.ledger.import_rows(
        name,
        good_rows(),
        source=file.name,
        consent=consent,
        at=app.clock.now(),
        dry_run=dry_run,
    )
    kept = (
        Reject(line=line, reason=why, row=tuple(row)) for line, why, row in map(json.loads, rejects)
    )
    return replace(counts, rejects=(*counts.rejects, *kept)), tuple(roster.header)


def _mapping(mapped: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in mapped:
        column, sep, name = text.rpartition("=")
        if not sep or not column or not name:
            raise UsageError("--map", f"'{text}' is not COLUMN=NAME", '--map "Email Address=email"')
        pairs[column] = name
    return pairs


def _beside(file: Path) -> Path:
    return Path(f"{file.stem}.rejects.csv")


def _say_counts(name: str, counts: ImportCounts, *, dry_run: bool) -> None:
    verb = "would be " if dry_run else ""
    parts = [f"{counts.added:,} {verb}added", f"{counts.updated:,} {verb}updated"]
    if counts.unchanged:
        parts.append(f"{counts.unchanged:,} unchanged")
    if counts.kept_left:
        parts.append(f"{counts.kept_left:,} have left and stay out")
    if counts.suppressed:
        parts.append(f"{counts.suppressed:,} suppressed and not mailed")
    if counts.rejects:
        parts.append(f"{len(counts.rejects):,} rejected")
    batch = f" (batch {counts.batch})" if counts.batch and not dry_run else ""
    say(f"{name}: {', '.join(parts)}{batch}.")


def _report_rejects(
    path: Path, rejects: tuple[Reject, ...], columns: tuple[str, ...], *, dry_run: bool
) -> None:
    from digest.content.roster import write_rejects

    for reject in rejects[:SHOWN]:
        warn(f"  line {reject.line}: {reject.reason}")
    if len(rejects) > SHOWN:
        warn(f"  and {len(rejects) - SHOWN:,} more")
    if not dry_run:
        write_rejects(path, rejects, columns)
        warn(f"Rejected rows are in {path}.")


def _undo(app: App, batch: int) -> int:
    removed, restored = app.ledger.undo_import(batch, app.clock.now())
    say(f"Batch {batch}: {counted(removed, 'subscription')} removed, {restored:,} restored.")
    return 0


@subscribers.command(short_help="Write all subscribers as CSV.")
@newsletter_option
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Default: stdout.")
def export(*, newsletter: str | None, out: Path | None) -> int:
    """Write all subscribers as CSV, in a form that `import` reads back.

    Cells that a spreadsheet would take for a formula begin with an apostrophe.
    """
    from digest.content.roster import write_roster

    app = open_app()
    name = app.newsletter(newsletter)
    if not app.has_database:
        raise DigestError(name, "has no subscribers: there is no database yet")
    if out is None:
        write_roster(sys.stdout, app.ledger.export(name))
        return 0
    with out.open("w", encoding="utf-8", newline="") as stream:
        count = write_roster(stream, app.ledger.export(name))
    say(f"{counted(count, 'subscriber')} in {out}.")
    return 0


@subscribers.command("list", short_help="List subscribers, or look for some.")
@click.argument("text", required=False, default="")
@newsletter_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
def list_(*, text: str, newsletter: str | None, limit: int, as_json: bool) -> int:
    """List subscribers; TEXT looks in addresses and names."""
    app = open_app()
    name = app.newsletter(newsletter)
    total, found = app.ledger.search(name, text, limit) if app.has_database else (0, [])
    if as_json:
        print_json([_as_json(one) for one in found])
        return 0
    print_table(
        [
            (
                one.subscriber.address,
                one.subscriber.name,
                one.subscriber.language,
                one.state.value,
                _traits(one),
            )
            for one in found
        ],
        header=("address", "name", "lang", "state", "roles and fields"),
        widest=40,
    )
    shown = f", {len(found)} shown" if total > len(found) else ""
    say(f"{counted(total, 'subscriber')}{shown}.")
    return 0


def _traits(one: Subscription) -> str:
    person = one.subscriber
    verified = [f"{field} (verified)" for field in person.verified]
    claimed = [field for field in person.fields if field not in person.verified]
    return ", ".join([*person.roles, *verified, *claimed])


def _as_json(one: Subscription) -> dict[str, object]:
    person = asdict(one.subscriber)
    person["attributes"] = dict(one.subscriber.attributes)
    return {
        **person,
        "newsletter": one.newsletter,
        "state": one.state,
        "topics": one.topics,
        "rhythm": one.rhythm,
        "consent": one.consent,
        "subscribed_at": one.subscribed_at,
        "left_at": one.left_at,
    }


@subscribers.command(short_help="Show one subscriber.")
@click.argument("email")
@newsletter_option
@json_option
def show(*, email: str, newsletter: str | None, as_json: bool) -> int:
    """Show all that is known of one subscriber."""
    app = open_app()
    found = _reader(app, app.newsletter(newsletter), email)
    if as_json:
        print_json(_as_json(found))
        return 0
    heading(found.subscriber.address)
    rows = {
        "name": found.subscriber.name,
        "newsletter": f"{found.newsletter} ({found.state.value})",
        "language": found.subscriber.language or "(the newsletter's default)",
        "time zone": found.subscriber.timezone,
        "roles": ", ".join(found.subscriber.roles),
        "fields": ", ".join(found.subscriber.fields),
        "verified": ", ".join(found.subscriber.verified),
        "topics": ", ".join(found.topics),
        "subscribed": moment(found.subscribed_at),
        "left": moment(found.left_at) if found.left_at else "",
        "consent": found.consent,
        **dict(found.subscriber.attributes),
    }
    print_table([(key, value) for key, value in rows.items() if value])
    return 0


def _reader(app: App, name: str, email: str) -> Subscription:
    found = app.ledger.find_subscription(name, email) if app.has_database else None
    if found is None:
        raise DigestError(email, f"does not read {name}", "See: digest subscribers list.")
    return found


@subscribers.command(short_help="Add one subscriber by hand.")
@click.argument("email")
@newsletter_option
@click.option("--name", default="", help="The name in greetings.")
@click.option("--language", default="", metavar="TAG", help="Such as en, ja or zh-Hans.")
@click.option("--timezone", default="", metavar="ZONE", help="Such as Asia/Tokyo.")
@click.option("--role", "roles", multiple=True, help="Can be given several times.")
@click.option("--field", "fields", multiple=True, help="Can be given several times.")
@click.option("--topic", "topics", multiple=True, help="Can be given several times.")
@click.option("--consent", metavar="TEXT", help="Where and when this person agreed.")
def add(
    *,
    email: str,
    newsletter: str | None,
    name: str,
    language: str,
    timezone: str,
    roles: tuple[str, ...],
    fields: tuple[str, ...],
    topics: tuple[str, ...],
    consent: str | None,
) -> int:
    """Add one subscriber by hand; also brings back one who left and asks for it."""
    from digest.content.roster import check_row

    app = open_app()
    chosen = app.newsletter(newsletter)
    publication, _ = app.publication(chosen)
    row = check_row(
        {
            "email": email,
            "name": name,
            "language": language,
            "timezone": timezone,
            "roles": ";".join(roles),
            "fields": ";".join(fields),
            "topics": ";".join(topics),
        },
        newsletter=publication.newsletter,
        now=app.clock.now(),
    )
    now = app.clock.now()
    added = app.ledger.add(chosen, row, consent=consent or f"added by hand, {now.date()}", at=now)
    say(f"{added.subscriber.address} reads {chosen}.")
    return 0


@subscribers.command(short_help="End one subscription by hand.")
@click.argument("email")
@newsletter_option
def remove(*, email: str, newsletter: str | None) -> int:
    """End one subscription by hand. The record stays, so that no import revives it."""
    app = open_app()
    name = app.newsletter(newsletter)
    _reader(app, name, email)
    if app.ledger.remove(name, email, app.clock.now()):
        say(f"{email} no longer reads {name}.")
    else:
        say(f"{email} had left {name} already.")
    return 0


@subscribers.command(short_help="Mark a creator's fields as verified.")
@click.argument("email")
@click.argument("fields", nargs=-1, required=True)
@newsletter_option
@click.option("--not", "revoke", is_flag=True, help="Take the verification away.")
def verify(*, email: str, fields: tuple[str, ...], newsletter: str | None, revoke: bool) -> int:
    """Mark fields of a creator as verified: only these bring invitations."""
    app = open_app()
    name = app.newsletter(newsletter)
    publication, _ = app.publication(name)
    known = publication.newsletter.attributes.get("fields", {})
    if not known:
        hint = "Add a table [attributes.fields] to newsletter.toml."
        raise UsageError(name, "declares no fields that could be verified", hint)
    for field in fields:
        if field not in known:
            raise UsageError(field, "is no field of this newsletter", f"Known: {', '.join(known)}.")
    _reader(app, name, email)
    after = app.ledger.verify(name, email, fields, add=not revoke)
    verified = ", ".join(after.subscriber.verified) if after else ""
    say(f"{email}: verified in {verified or 'nothing'}.")
    return 0
