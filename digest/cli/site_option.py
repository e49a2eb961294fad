"""From `--site` to an App, and the newsletter argument that most commands share."""

from __future__ import annotations

import click

from digest.bootstrap import App, bootstrap
from digest.settings import find_site, load_settings

newsletter_argument = click.argument("newsletter", required=False, metavar="[NEWSLETTER]")
newsletter_option = click.option(
    "--newsletter", metavar="NEWSLETTER", help="Which newsletter (only needed with several)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def open_app() -> App:
    """Return the App of the site that the command line names; closed when the command ends."""
    ctx = click.get_current_context()
    given = ctx.find_root().obj
    app = bootstrap(load_settings(find_site(given)))
    ctx.call_on_close(app.close)
    return app
