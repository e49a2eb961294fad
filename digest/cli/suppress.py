"""`digest suppress ...`."""

from __future__ import annotations

import click

from digest.cli.output import moment, print_json, print_table, say
from digest.cli.site_option import json_option, open_app
from digest.content.addresses import parse_address

_newsletter = click.option(
    "--newsletter", metavar="NEWSLETTER", help="Only for this newsletter (default: everywhere)."
)


@click.group(short_help="Addresses that are not to be mailed.")
def suppress() -> None:
    """Add, list and lift suppressions: addresses that are not to be mailed."""


@suppress.command(short_help="Never mail an address.")
@click.argument("email")
@_newsletter
@click.option("--reason", default="by hand", show_default=True, help="Why; shown in `list`.")
def add(*, email: str, newsletter: str | None, reason: str) -> int:
    """Never mail an address, from now on; also in a mailing that is under way."""
    app = open_app()
    chosen = app.newsletter(newsletter) if newsletter else None
    address = parse_address(email)
    new = app.ledger.suppress(address, newsletter=chosen, reason=reason, at=app.clock.now())
    where = f"for {chosen}" if chosen else "everywhere"
    say(f"{address} is {'' if new else 'already '}suppressed {where}.")
    return 0


@suppress.command("list", short_help="List what is suppressed, and why.")
@_newsletter
@json_option
def list_(*, newsletter: str | None, as_json: bool) -> int:
    """List suppressions. Only a keyed hash is kept, and the address where a subscriber has it."""
    app = open_app()
    chosen = app.newsletter(newsletter) if newsletter else None
    found = app.ledger.suppressions(chosen) if app.has_database else []
    if as_json:
        print_json(
            [
                {
                    "address": address,
                    "address_hash": one.address_hash.hex(),
                    "newsletter": one.newsletter,
                    "reason": one.reason,
                    "suppressed_at": one.suppressed_at,
                }
                for one, address in found
            ]
        )
        return 0
    print_table(
        [
            (
                address or one.address_hash.hex()[:16],
                one.newsletter or "everywhere",
                one.reason,
                moment(one.suppressed_at),
            )
            for one, address in found
        ],
        header=("address", "newsletter", "reason", "since"),
    )
    if not found:
        say("Nothing is suppressed.")
    return 0


@suppress.command(short_help="Lift a suppression.")
@click.argument("email")
@_newsletter
def remove(*, email: str, newsletter: str | None) -> int:
    """Lift a suppression. Subscriptions that ended stay ended."""
    app = open_app()
    chosen = app.newsletter(newsletter) if newsletter else None
    address = parse_address(email)
    if app.ledger.lift(address, newsletter=chosen):
        say(f"{address} may be mailed again.")
        return 0
    say(f"{address} was not suppressed{f' for {chosen}' if chosen else ' everywhere'}.")
    return 1
