"""`digest` alone: what to do next."""

from __future__ import annotations

import click

from digest.bootstrap import App, bootstrap
from digest.cli.output import counted, heading, say
from digest.errors import ConfigurationError
from digest.settings import find_site, load_settings


def say_next_step(site: str | None) -> None:
    """Look at the site, say where it stands, and name the next command."""
    try:
        home = find_site(site)
    except ConfigurationError:
        say("There is no site here yet. Make one:  digest init my-newsletter")
        say("All commands:  digest --help")
        return
    app = bootstrap(load_settings(home))
    click.get_current_context().call_on_close(app.close)
    for newsletter in app.newsletters:
        heading(newsletter)
        for line in _next(app, newsletter):
            say(f"  {line}")
    if not app.newsletters:
        say("This site has no newsletter: make a folder content/NAME with a newsletter.toml.")
    say("All commands:  digest --help")


def _next(app: App, newsletter: str) -> list[str]:
    plan = app.plan_issue().run(newsletter)
    unfinished = app.past.unfinished(newsletter)
    if unfinished:
        number = unfinished[0].number
        return [f"issue {number} is not finished:  digest send-now {newsletter}"]
    if plan.nobody_yet:
        return [
            "nobody reads it yet:  digest subscribers import FILE.csv",
            f"see what it would send:  digest build {newsletter} --out build",
        ]
    if not plan.selection.taken:
        return ["nothing is new. Write something:  digest new item TITLE"]
    waiting = counted(len(plan.selection.taken), "item")
    return [
        f"issue {plan.issue.number}: {waiting} for {counted(plan.audience, 'reader')}",
        f"check it:  digest check {newsletter}",
        f"look at it:  digest build {newsletter} --out build",
        f"send it:  digest send-now {newsletter}",
    ]
