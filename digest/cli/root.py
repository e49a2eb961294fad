"""The root command: which commands there are, and how an error becomes a line and an exit code.

The table below holds each command's short help so that `digest --help` imports none of them; a
test compares it with what the commands say of themselves.
"""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Sequence

import click

from digest import __version__
from digest.errors import DigestError

#: Command -> (where it is, short help), in the order of `digest --help`.
COMMANDS = {
    "init": ("digest.cli.site:init", "Make a site that already builds."),
    "new": ("digest.cli.site:new", "Start an item, a question or a note."),
    "check": ("digest.cli.check:check", "Find everything that is wrong before it is sent."),
    "plan": ("digest.cli.plan:plan", "Show the next issue: what is in it and who gets it."),
    "build": ("digest.cli.build:build", "Write every edition to a folder, to look at."),
    "preview": ("digest.cli.preview:preview", "See in a browser what every reader will get."),
    "send-now": ("digest.cli.send:send_now", "Send the next issue now."),
    "send-due": ("digest.cli.send:send_due", "Send what the schedule says is due (for cron)."),
    "run": ("digest.cli.service:run", "Run the service: schedule, delivery and web pages."),
    "web": ("digest.cli.service:web", "Serve the public pages: leaving and answering."),
    "status": ("digest.cli.status:status", "Show mailings by state, and what to do."),
    "why": ("digest.cli.status:why", "Show what became of each issue for one person."),
    "pause": ("digest.cli.control:pause", "Stop a mailing until you resume it."),
    "resume": ("digest.cli.control:resume", "Let a paused mailing go on."),
    "cancel": ("digest.cli.control:cancel", "Stop a mailing for good."),
    "retry": ("digest.cli.repair:retry", "Send what was refused or is held once more."),
    "settle": ("digest.cli.repair:settle", "Decide what became of what is held."),
    "resend": ("digest.cli.repair:resend", "Send an issue once more to one reader."),
    "correct": (
        "digest.cli.correct:correct",
        "Send the rest of an issue in a new revision.",
    ),
    "subscribers": ("digest.cli.subscribers:subscribers", "Import, list and change subscribers."),
    "suppress": ("digest.cli.suppress:suppress", "Addresses that are not to be mailed."),
    "dkim": ("digest.cli.dkim:dkim", "Sign mail: what to publish in the DNS."),
    "db": ("digest.cli.database:db", "Look after the database."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands with their short help, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="digest")
@click.option("--site", metavar="DIR", help="The site's folder (default: the nearest digest.toml).")
@click.pass_context
def root(ctx: click.Context, site: str | None) -> None:
    """Assemble a newsletter from files and send it, with an account of every recipient.

    Called alone, it says what to do next.
    """
    ctx.obj = site
    if ctx.invoked_subcommand is None:
        from digest.cli.next_step import say_next_step

        say_next_step(site)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the root command (default: with the process's arguments) and leave with its exit code."""
    try:
        code = root.main(arguments, standalone_mode=False, prog_name="digest")
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        code = 130
    except DigestError as error:
        click.echo(_said(error), err=True)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            raise  # no file of anybody's: a bug, and a bug stays a traceback
        known = DigestError(str(error.filename or ""), error.strerror or str(error))
        click.echo(_said(known), err=True)
        code = known.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _said(error: DigestError) -> str:
    from digest.cli.output import in_red

    return f"{in_red('Error:')} {error}"
