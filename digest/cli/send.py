"""`digest send-now` and `digest send-due`."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import click

from digest.bootstrap import App
from digest.cli.account import print_account
from digest.cli.output import counted, print_findings, say, warn
from digest.cli.plan import print_end, print_plan
from digest.cli.progress import shown_progress
from digest.cli.rehearsal import bring_chaos, chaos_options
from digest.cli.site_option import newsletter_argument, open_app
from digest.errors import TryAgainLater, UsageError
from digest.model.finding import Level
from digest.model.limits import Limit, parse_limit
from digest.model.mailing import EntryState, Verdict
from digest.workflow.plan import Plan
from digest.workflow.send import Ending, Sent, at_rest

AGAIN = TryAgainLater.exit_code
_UNITS = {"s": 1, "m": 60, "h": 3600}

T = TypeVar("T")


class Span(click.ParamType[timedelta]):
    """A span of time such as `90s`, `2m` or `1h`."""

    name = "span"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        """Return the span; a number alone means seconds."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,6})\s*([smh]?)", str(value).strip())
        if not match:
            self.fail(f"'{value}' is not a span: write 90s, 2m or 1h", param, ctx)
        return timedelta(seconds=int(match[1]) * _UNITS[match[2] or "s"])


class Rate(click.ParamType[Limit]):
    """A limit such as `5/s` or `500/h`."""

    name = "rate"

    def convert(self, value: Any, param: Any, ctx: Any) -> Limit:
        """Return the limit."""
        if isinstance(value, Limit):
            return value
        try:
            return parse_limit(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


wait_option = click.option(
    "--wait",
    type=Span(),
    default="2m",
    show_default=True,
    help="How long to wait for deferred mail to become due.",
)


@click.command("send-now", short_help="Send the next issue now.")
@newsletter_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Do everything but send.")
@click.option("--test", "test", metavar="ADDRESS", help="Send marked test mails there instead.")
@click.option("--as", "reader", metavar="EMAIL", help="With --test: only what this reader gets.")
@wait_option
@click.option("--rate", type=Rate(), help="Slower this once, such as 5/s; limits hold as well.")
@click.option("--connections", type=click.IntRange(1, 1000), metavar="N", help="So many this once.")
@chaos_options
def send_now(
    newsletter: str | None,
    *,
    yes: bool,
    dry_run: bool,
    test: str | None,
    reader: str | None,
    wait: timedelta,
    rate: Limit | None,
    connections: int | None,
    chaos: str | None,
    chaos_seed: int | None,
) -> int:
    """Send the next issue now, without waiting for its slot.

    What an earlier run left unfinished is finished first. A subscriber who has had this issue does
    not get it twice, so a run that broke off can simply be run again. Exit code 75 means: not all
    has left yet, run again later.
    """
    if reader and not test:
        raise UsageError("--as", "goes with --test ADDRESS")
    app = open_app()
    app.hasten(rate=rate, connections=connections)
    name = app.newsletter(newsletter)
    if chaos and not app.captures:
        raise UsageError("--chaos", "is for captured mail, and here it would really be sent")
    bring_chaos(app, chaos, chaos_seed)
    if test:
        return _send_test(app, name, test, reader)
    if dry_run:
        return _rehearse(app, name)
    say_where_mail_goes(app)
    with shown_progress(app, name) as progress:
        case = app.send_issue(progress=progress, notice=progress.notice)
        sent = run_until_done(app, case.run(name, confirm=_asker(app, yes=yes), wait=wait))
    return report(app, sent)


def _rehearse(app: App, name: str) -> int:
    checked = app.check_newsletter().run(name, sending=True)
    if checked.plan:
        print_plan(checked.plan, [])
    else:
        print_findings(checked.findings)
    say("\nDry run: nothing was stored and nothing was sent.")
    return int(checked.stops)


def _send_test(app: App, name: str, address: str, reader: str | None) -> int:
    from digest.content.addresses import parse_address

    say_where_mail_goes(app)
    case = app.send_test(name)
    answers = run_until_done(app, case.run(name, parse_address(address), reader=reader))
    failed = 0
    for proof, reply in answers:
        taken = reply.verdict is Verdict.ACCEPTED
        failed += not taken
        verdict = "sent" if taken else f"not taken: {reply.code} {reply.text}"
        say(f"  {proof.edition.language}  {proof.edition.key[:8]}  {proof.subject}: {verdict}")
    say(f"{counted(len(answers) - failed, 'test mail')} to {address}. Nothing was recorded.")
    return int(bool(failed or not answers))


def _asker(app: App, *, yes: bool) -> Any:
    def ask(plan: Plan) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError("", "there is nobody to ask", "Add --yes to send without asking.")
        print_plan(plan, [])
        print_end(app, plan, app.foretell_plan(plan), [])
        where = " (captured on this machine)" if app.captures else ""
        people = counted(plan.audience, "subscriber")
        with _signals_end_the_question():
            return click.confirm(f"\nSend issue {plan.issue.number} to {people}{where}?")

    return ask


@contextmanager
def _signals_end_the_question() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM act at once: elsewhere they wait for the message under way."""
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    theirs = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, ours)
        signal.signal(signal.SIGTERM, theirs)


@click.command("send-due", short_help="Send what the schedule says is due (for cron).")
@newsletter_argument
@wait_option
def send_due(newsletter: str | None, *, wait: timedelta) -> int:
    """Send what the schedule says is due, once per slot, and end. For cron.

    Without NEWSLETTER all newsletters are looked at. Also finishes what an earlier run left.
    """
    app = open_app()
    chosen = [app.newsletter(newsletter)] if newsletter else app.newsletters
    return max([_send_due(app, name, wait) for name in chosen], default=0)


def _send_due(app: App, name: str, wait: timedelta) -> int:
    publication, _ = app.publication(name)
    with shown_progress(app, name) as progress:
        case = app.send_due(progress=progress, notice=progress.notice)
        if case.is_called_for(publication.newsletter):
            say_where_mail_goes(app)
        dealt = run_until_done(app, case.run(publication.newsletter, wait=wait))
    for wall_time in dealt.missed:
        warn(f"{name}: the slot {wall_time} was missed and is too old to be sent.")
    if dealt.slot:
        say(f"{name}: slot {dealt.slot}")
    if dealt.waits:
        say(f"{name}: {dealt.waits}")
        return 0
    if dealt.sent is None:
        if not dealt.missed:
            say(f"{name}: nothing is due.")
        return 0
    return report(app, dealt.sent)


def say_where_mail_goes(app: App) -> None:
    """Say loudly that nothing leaves the machine, where that is so."""
    if app.captures:
        missing = "SMTP server" if not app.settings.smtp.host else "base_url"
        warn(f"No {missing} is set: nothing leaves this machine; mail goes to {_captured(app)}.")


def _captured(app: App) -> str:
    try:
        return str(app.captured_folder.relative_to(app.home))
    except ValueError:
        return str(app.captured_folder)


def _page(app: App) -> str:
    preview = app.settings.preview
    host = f"[{preview.host}]" if ":" in preview.host else preview.host
    return f"http://{host}:{preview.port}/captured"


def run_until_done(app: App, work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; SIGTERM and Ctrl-C end it cleanly, between two messages."""

    async def guarded() -> T:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, app.stop.set)
        try:
            return await work
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    from digest.delivery.loop import run as run_in_loop

    return run_in_loop(guarded())


def report(app: App, sent: Sent) -> int:
    """Print what came of a send and return the exit code."""
    for warning in sent.warnings:
        warn(warning)
    if sent.ending is Ending.ERRORS:
        print_findings(sent.plan.errors if sent.plan else ())
        say("Nothing was sent.")
        return 1
    if sent.ending is Ending.DECLINED:
        say("Nothing was sent.")
        return 0
    if sent.ending in {Ending.NOTHING, Ending.NOBODY}:
        return _report_nothing(sent)
    assert sent.mailing is not None
    assert sent.delivered is not None
    if sent.resumed and sent.ending is Ending.COMPLETE:
        say(f"Finished what was left of issue {sent.mailing.number}.")
    _remind_of_warnings(sent)
    print_account(app, sent.mailing, sent.delivered.tally)
    if app.captures:
        say(f"Nothing left this machine: the mails are in {_captured(app)}.")
        say(f"To look at them: digest preview, then {_page(app)}")
    return _code(sent)


def _remind_of_warnings(sent: Sent) -> None:
    found = sent.plan.findings if sent.plan else ()
    warnings = sum(one.level is Level.WARNING and not one.waived for one in found)
    if warnings:
        warn(f"It went out with {counted(warnings, 'warning')} of `digest check`.")


def _report_nothing(sent: Sent) -> int:
    plan = sent.plan
    assert plan is not None
    last = plan.issue.number - 1
    since = f" since issue {last}" if last else ""
    if sent.ending is Ending.NOBODY:
        say("There is nobody to send it to: digest subscribers import FILE brings readers.")
        return 1
    if plan.selection.taken:
        say(f"Too thin{since}: {sent.reason}. Nothing was sent and nothing is used up.")
    else:
        say(f"There is nothing new{since}. Nothing was sent.")
    return 0


def _say_paused(sent: Sent) -> int:
    mailing = sent.mailing
    assert mailing is not None
    if at_rest(mailing):
        warn(f"The mailing is paused: {mailing.reason}")
        warn(f"digest resume {mailing.newsletter} lets it go on; nobody was lost.")
        return 1
    assert sent.delivered is not None
    warn(f"The mailing is paused: {sent.delivered.paused}")
    warn("Mend it and run again; nobody was lost.")
    return 1


def _code(sent: Sent) -> int:
    delivered = sent.delivered
    assert delivered is not None
    if delivered.complete:
        return 0
    if delivered.cancelled:
        warn("The mailing was cancelled; what had not left is skipped.")
        return 1
    if delivered.paused:
        return _say_paused(sent)
    if delivered.away:
        warn(f"{delivered.away} Run again later; nobody was lost.")
    elif delivered.stopped:
        warn("Stopped before the end. Run again to send the rest.")
    elif delivered.tally[EntryState.HELD] and delivered.tally.settled:
        warn("Some are held: the server may have taken them. See: digest status.")
        return 1
    elif delivered.next_due:
        due = f"{delivered.next_due:%Y-%m-%d %H:%M:%S} UTC"
        if delivered.tally[EntryState.QUEUED]:
            warn(f"The limits let nothing more out now; the next may leave at {due}.")
        else:
            warn(f"Some are deferred; the next try is at {due}.")
    return AGAIN
