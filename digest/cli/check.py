"""`digest check`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import click

from digest.cli.output import counted, print_findings, print_json, say
from digest.cli.site_option import newsletter_argument, open_app
from digest.model.finding import Finding, Level


@click.command(short_help="Find everything that is wrong before it is sent.")
@newsletter_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the findings.",
)
def check(newsletter: str | None, *, form: str) -> int:
    """Find everything that is wrong before it is sent.

    Reads the settings and every file of the newsletter, plans the next issue and renders each of
    its editions. Errors stop a send (exit code 1); warnings do not. Without NEWSLETTER all of them
    are checked.
    """
    app = open_app()
    chosen = [app.newsletter(newsletter)] if newsletter else app.newsletters
    chosen = chosen or [app.newsletter(None)]
    case = app.check_newsletter()
    found: list[Finding] = []
    for name in chosen:
        found += [one for one in case.run(name)[0] if one not in found]
    if form == "json":
        print_json([asdict(finding) for finding in found])
    else:
        print_findings(found)
        _print_sum(found, chosen)
    return int(any(finding.level is Level.ERROR for finding in found))


def _print_sum(found: list[Finding], chosen: list[str]) -> None:
    counts = Counter(finding.level for finding in found)
    parts = [counted(counts[level], level.value) for level in Level if counts[level]]
    say(f"{', '.join(chosen)}: {', '.join(parts) if parts else 'nothing to mend'}.")
