"""`digest init` and `digest new`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from digest.cli.output import say
from digest.cli.site_option import newsletter_option, open_app


@click.command(short_help="Make a site that already builds.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--newsletter", default="news", show_default=True, help="The newsletter's folder.")
@click.option("--sample", is_flag=True, help="With the sample newsletter instead of a welcome.")
def init(folder: Path, *, newsletter: str, sample: bool) -> int:
    """Make a site that already builds, in a new or empty folder."""
    from digest.content.scaffold import init_site

    today = datetime.now(UTC).date()
    init_site(folder, today=today, newsletter=newsletter, sample=sample)
    say(f"{folder} is a site. Next:")
    say(f"  cd {folder}")
    say("  digest check")
    say("  digest build --out build")
    return 0


@click.command(short_help="Start an item, a question or a note.")
@click.argument("what", type=click.Choice(["item", "question", "note"]))
@click.argument("title")
@newsletter_option
@click.option("--section", default="", help="Where an item stands (default: the first section).")
@click.option("--number", type=int, help="A note for this issue instead of the next one.")
def new(what: str, title: str, *, newsletter: str | None, section: str, number: int | None) -> int:
    """Start a file with every key explained, and a stub for each other language."""
    from digest.content.folder import newsletter_folder
    from digest.content.scaffold import new_item, new_note, new_question

    app = open_app()
    name = app.newsletter(newsletter)
    folder = newsletter_folder(app.home, name)
    about = app.publication(name)[0].newsletter
    today = app.clock.now().date()
    if what == "item":
        made = new_item(folder, about, title, today=today, section=section)
    elif what == "question":
        made = new_question(folder, about, title, today=today)
    else:
        made = new_note(folder, about, title, number=number)
    for path in made:
        say(str(path.relative_to(app.home)))
    return 0
