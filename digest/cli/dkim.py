"""`digest dkim ...`."""

from __future__ import annotations

import click

from digest.cli.output import heading, print_json, say, warn
from digest.cli.site_option import json_option, open_app


@click.group(short_help="Sign mail: what to publish in the DNS.")
def dkim() -> None:
    """Sign mail: what to publish in the DNS."""


@dkim.command(short_help="Print the DNS records to publish.")
@json_option
def record(*, as_json: bool) -> int:
    """Print the DNS records by which others verify the signatures, one for each key.

    Each comes as name and value, for a form, and as a line of a zone file. Only the public half of
    a key is printed.
    """
    from digest.errors import ConfigurationError

    app = open_app()
    if app.signer is None:
        what, hint = "there is no key to sign with", "docs/dkim.md says how to make one."
        raise ConfigurationError("[dkim]", what, hint)
    domain, pairs = app.signer.domain, app.dkim_keys
    for pair in pairs:
        if pair.warning:
            warn(pair.warning)
    if as_json:
        print_json(
            [
                {
                    "name": pair.name(domain),
                    "type": "TXT",
                    "value": pair.record,
                    "algorithm": pair.signing.algorithm,
                }
                for pair in pairs
            ]
        )
        return 0
    for pair in pairs:
        heading(f"{pair.signing.algorithm}: a TXT record")
        say(f"  name   {pair.name(domain)}")
        say(f"  value  {pair.record}")
        say(f"  zone   {pair.zone_line(domain)}")
    return 0
