"""Filling a compiled edition against building the same message with `EmailMessage`.

Run it with `python -m benchmarks.splice`. The goal is a fill 50 times faster. The edition is of a
realistic size (45 KB of HTML, 8 KB of text, English and Chinese mixed) and both contenders fill
the same placeholders for the same reader; "compose" also signs the tokens and the Message-ID.
Pictures are static bytes, so they may cost a fill no more than copying them does: "copying" joins
pieces of the same sizes and nothing else.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from statistics import median

from benchmarks.timing import Rounds, interleave, paired_ratio, report
from digest.message.composer import Composer
from digest.message.markers import fill_html, fill_text
from digest.message.splice import compile_program
from digest.message.tokens import KeyRing
from digest.model.edition import Edition, FrozenEdition, Personal, Placeholder, Rendered
from digest.model.mailing import EntryState, OutboxEntry
from digest.model.newsletter import Letterhead, Mailbox
from digest.model.picture import Picture

SENDER = Mailbox(name="Open Class", address="news@example.org")
LETTERHEAD = Letterhead(newsletter="open-class", name="Open Class", sender=SENDER)
NOON = datetime(2023, 3, 31, 12, tzinfo=UTC)
PARAGRAPH = (
    "Live selling grew ninefold in a year; 直播带货一年增长八倍. Put one stream on the calendar. "
)
#: What an edition shows: nothing, a hero and icons, and as much as passes the check.
PICTURES: dict[str, tuple[int, ...]] = {
    "no pictures": (),
    "100 KB": (80_000, 5_000, 5_000, 5_000, 5_000),
    "1 MB": (1_000_000,),
}
STYLE = ' style="margin:0;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:24px"'


def edition() -> Rendered:
    """Return an edition of 45 KB of HTML and 8 KB of text with five placeholders."""
    marker = {each: f"mk{hashlib.sha256(each.encode()).hexdigest()[:24]}k" for each in Placeholder}
    greeting, leave = marker[Placeholder.GREETING], marker[Placeholder.LEAVE_URL]
    accept, decline = marker[Placeholder.ACCEPT_URL], marker[Placeholder.DECLINE_URL]
    row = f"<tr><td><p{STYLE}>{PARAGRAPH}</p></td></tr>\n"
    half = row * (45_000 // len(row.encode()) // 2)
    links = f'<a href="{accept}">Yes</a> <a href="{decline}">No</a> <a href="{leave}">Leave</a>'
    paragraphs = f"{PARAGRAPH}\n" * (8_000 // len(PARAGRAPH.encode()))
    used = (greeting, leave, accept, decline)
    return Rendered(
        subject="WeChat Open Class 微信公开课: key takeaways",
        preheader="",
        html=f"<html><body><h1>{greeting}</h1><table>{half}</table>{links}{half}</body></html>\n",
        text=f"{greeting}\n\n{paragraphs}\nYes: {accept}\nNo: {decline}\nLeave: {leave}\n",
        markers={text: each for each, text in marker.items() if text in used},
        greeting_named="Hello {name},",
        greeting_plain="Hello,",
    )


def with_pictures(plain: Rendered, *sizes: int) -> Rendered:
    """Return an edition that also shows pictures of these sizes in bytes."""
    noise = random.Random(7)
    pictures = tuple(_picture(noise.randbytes(size)) for size in sizes)
    shown = "".join(f'<img src="cid:{each.content_id}" alt="">' for each in pictures)
    return replace(plain, html=plain.html + shown, pictures=pictures)


def _picture(content: bytes) -> Picture:
    return Picture(
        sha256=hashlib.sha256(content).hexdigest(),
        media_type="image/png",
        width=1200,
        height=400,
        content=content,
    )


def build_plainly(rendered: Rendered, personal: Personal, message_id: str) -> bytes:
    """Return the message as a straightforward program would build it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(SENDER.name, addr_spec=SENDER.address)
    message["To"] = Address(personal.name, addr_spec=personal.address)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(NOON)
    message["Message-ID"] = message_id
    message["List-Id"] = f"{LETTERHEAD.name} <{LETTERHEAD.newsletter}.{SENDER.domain}>"
    message["List-Unsubscribe"] = f"<{personal.links[Placeholder.LEAVE_URL]}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Precedence"] = "bulk"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "en"
    message.set_content(fill_text(rendered, personal), cte="base64")
    message.add_alternative(fill_html(rendered, personal), subtype="html", cte="base64")
    return message.as_bytes()


def contenders() -> dict[str, tuple[Callable[[], object], int]]:
    """Return what is timed, and how often in a round."""
    rendered = edition()
    frozen = FrozenEdition(
        id=1,
        edition=Edition(key="benchmark", language="en", items=(), question=None, audience="all"),
        rendered=rendered,
    )
    composer = Composer(
        LETTERHEAD,
        [frozen],
        base_url="https://news.example.org",
        ring=KeyRing(1, {1: b"t" * 32}),
        message_key=b"m" * 32,
    )
    entry = _entry()
    personal, message_id = composer.personal(entry), composer.message_id(entry)
    program = compile_program(rendered, LETTERHEAD, language="en")
    composer.compile_editions()
    return {
        "EmailMessage": (lambda: build_plainly(rendered, personal, message_id), 20),
        "fill": (lambda: program.fill(personal, date=NOON, message_id=message_id), 2000),
        "compose": (lambda: composer.compose(entry), 2000),
    }


def picture_contenders() -> dict[str, tuple[Callable[[], object], int]]:
    """Return fills of the same edition with ever heavier pictures, and what copying alone costs."""
    plain = edition()
    personal = Composer(
        LETTERHEAD,
        [],
        base_url="https://news.example.org",
        ring=KeyRing(1, {1: b"t" * 32}),
        message_key=b"m" * 32,
    ).personal(_entry())
    found: dict[str, tuple[Callable[[], object], int]] = {}
    for name, sizes in PICTURES.items():
        rendered = with_pictures(plain, *sizes)
        program = compile_program(rendered, LETTERHEAD, language="en")
        fill = partial(program.fill, personal, date=NOON, message_id="<1@example.org>")
        bare = len(rendered.html.encode()) + len(rendered.text.encode())
        pieces = [bytes(size * 78 // 57) for size in (bare // 2, bare // 2, *sizes)]
        found[f"fill, {name}"] = fill, 1000
        found[f"copying, {name}"] = partial(b"".join, pieces), 1000
    return found


def main() -> None:
    """Measure and print."""
    times = interleave(contenders())
    rendered = edition()
    sizes = (
        f"{len(rendered.html.encode()):,} bytes HTML, {len(rendered.text.encode()):,} bytes text"
    )
    print(report(f"One message, {sizes}", times, "EmailMessage"))
    print(f"  fill: {paired_ratio(times, 'EmailMessage', 'fill'):.0f} times as fast (goal: 50)")
    times = interleave(picture_contenders())
    print(report("The same with pictures", times, "fill, no pictures"))
    for name in list(PICTURES)[1:]:
        print(f"  {name}: {_more(times, name)}")


def _more(times: Rounds, name: str) -> str:
    """Say what pictures add to a fill, beside what they add to copying."""
    fill, copying = (
        median(times[f"{kind}, {name}"]) - median(times[f"{kind}, no pictures"])
        for kind in ("fill", "copying")
    )
    return f"{fill * 1e6:.1f} µs more a fill; copying as many bytes, {copying * 1e6:.1f} µs more"


def _entry() -> OutboxEntry:
    return OutboxEntry(
        id=123_456,
        mailing_id=42,
        edition_id=1,
        subscriber_id=123_456,
        subscription_id=123_456,
        recipient="zoe@example.org",
        name="Zoë “Q” O'Neil 山田",
        handle=b"\x01\x23\x45\x67\x89\xab\xcd\xef",
        issue_id=7,
        invitation_id=9,
        state=EntryState.QUEUED,
        attempts=0,
        doubts=0,
        due_at=NOON,
    )


if __name__ == "__main__":
    main()
