"""`digest check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

import click

from digest.bootstrap import App
from digest.cli.output import counted, print_finding, print_json, say
from digest.cli.site_option import newsletter_argument, open_app
from digest.model.finding import Finding, Level
from digest.workflow.gate import in_order


@click.command(short_help="Find everything that is wrong before it is sent.")
@newsletter_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to print the findings; sarif is what code hosts show beside the files.",
)
@click.option(
    "--network",
    is_flag=True,
    help="Also ask the servers of all web links whether the pages are there.",
)
def check(newsletter: str | None, *, form: str, network: bool) -> int:
    """Find everything that is wrong before it is sent.

    Reads the settings and every file of the newsletter, plans the next issue, renders each of its
    editions and looks at them and at the readers' values. Errors stop a send (exit code 1);
    warnings and notes do not, and nor does what is waived in the files, with its reason.
    docs/checks.md has all rules. Without NEWSLETTER all newsletters are checked.
    """
    app = open_app()
    chosen = [app.newsletter(newsletter)] if newsletter else app.newsletters
    chosen = chosen or [app.newsletter(None)]
    found = in_order(
        dict.fromkeys(one for name in chosen for one in _check(app, name, network=network))
    )
    if form == "json":
        print_json([asdict(finding) for finding in found])
    elif form == "sarif":
        _print_sarif(found)
    else:
        _print_text(found, chosen)
    return int(any(finding.stops for finding in found))


def _check(app: App, name: str, *, network: bool) -> Sequence[Finding]:
    checked = app.check_newsletter().run(name)
    if not network or checked.plan is None:
        return checked.findings
    return app.check_links().run(checked)


def _print_sarif(found: Sequence[Finding]) -> None:
    from digest.cli.sarif import to_sarif
    from digest.workflow.gate_rules import catalogue

    print_json(to_sarif(found, catalogue()))


def _print_text(found: Sequence[Finding], chosen: Sequence[str]) -> None:
    """Print the findings file by file, the file with the worst first, and a summary."""
    open_ones = [one for one in found if not one.waived]
    first = {one.file: place for place, one in reversed(list(enumerate(open_ones)))}
    by_file = sorted(open_ones, key=lambda one: first[one.file])
    for number, (_, group) in enumerate(groupby(by_file, key=lambda one: one.file)):
        if number:
            say()
        for finding in group:
            print_finding(finding)
    if waived := [one for one in found if one.waived]:
        say("\nWaived:" if open_ones else "Waived:")
        for finding in waived:
            print_finding(finding)
    if found:
        say()
    _print_sum(found, chosen)


def _print_sum(found: Sequence[Finding], chosen: Sequence[str]) -> None:
    counts = Counter(finding.level for finding in found if not finding.waived)
    parts = [counted(counts[level], level.value) for level in Level if counts[level]]
    if waived := sum(bool(finding.waived) for finding in found):
        parts.append(f"{waived:,} waived")
    say(f"{', '.join(chosen)}: {', '.join(parts) if parts else 'nothing to mend'}.")
