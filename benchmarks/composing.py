"""One message of the sample newsletter, from outbox entry to envelope: absolute, and its parts.

Run it with `python -m benchmarks.composing`. The goal is 20 µs of CPU on an idle machine for all:
tokens, links, Message-ID, checks, headers, base64, joining, the envelope. The entries differ, as in
a mailing: nothing is filled twice. The parts are timed alone, so what they add up to is less.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle

from benchmarks.timing import interleave, report
from digest.assembly.editions import edition_of
from digest.assembly.issue import compile_issue
from digest.assembly.selection import select_items
from digest.content.folder import read_publication
from digest.message.composer import Composer
from digest.message.headers import recipient_spec, to_field
from digest.message.links import make_links
from digest.message.message_ids import Namer
from digest.message.splice import compile_program
from digest.message.tokens import KeyRing
from digest.model.audience import Profile
from digest.model.edition import FrozenEdition, Placeholder
from digest.model.envelope import Envelope
from digest.model.mailing import EntryState, OutboxEntry
from digest.model.newsletter import Letterhead
from digest.paths import shipped
from digest.rendering.renderer import Renderer

BASE_URL = "https://news.example.org"
RING = KeyRing(1, {1: b"t" * 32})
KEY = b"m" * 32
DUE = datetime(2023, 4, 3, 7, tzinfo=UTC)
NAMES = ("Ada Lovelace", "", "Zoë Müller", "山田 太郎", "Robin", "O'Neil, Sam", "Lee", "王小明")
WHOLE = "compose"


def sample() -> tuple[Letterhead, FrozenEdition]:
    """Return the sample's letterhead and the edition of who said nothing of themselves."""
    publication, _ = read_publication(shipped("content").parent, "open-class")
    now = datetime(2023, 4, 1, tzinfo=UTC)
    issue = compile_issue(publication, select_items(publication, [], now))
    edition = edition_of(issue, Profile(language="en"))
    rendered = Renderer([shipped("templates")]).render(
        issue, edition, links=frozenset(Placeholder) - {Placeholder.NAME, Placeholder.ADDRESS}
    )
    return Letterhead.of(issue.newsletter), FrozenEdition(id=1, edition=edition, rendered=rendered)


def entries(count: int = 1000) -> list[OutboxEntry]:
    """Return entries of readers with names in several scripts, at a few domains."""
    return [
        OutboxEntry(
            id=number,
            mailing_id=42,
            edition_id=1,
            subscriber_id=number,
            subscription_id=number,
            recipient=f"reader{number}@mail{number % 20}.example.org",
            name=NAMES[number % len(NAMES)],
            handle=number.to_bytes(8, "big"),
            issue_id=7,
            invitation_id=0,
            state=EntryState.QUEUED,
            attempts=0,
            doubts=0,
            due_at=DUE,
        )
        for number in range(100_000, 100_000 + count)
    ]


def contenders() -> dict[str, tuple[Callable[[], object], int]]:
    """Return what is timed, and how often in a round: the whole, then its parts."""
    letterhead, frozen = sample()
    composer = Composer(letterhead, [frozen], base_url=BASE_URL, ring=RING, message_key=KEY)
    composer.compile_editions()
    program = compile_program(frozen.rendered, letterhead, language="en")
    namer, waiting = Namer(KEY), cycle(entries())
    filled = [composer.personal(entry) for entry in entries()]
    people, pieces = cycle(filled), _pieces(composer.compose(entries(1)[0]).content)
    return {
        WHOLE: (lambda: composer.compose(next(waiting)), 3000),
        "Message-ID": (lambda: namer.name(42, next(waiting).id), 3000),
        "links": (lambda: _links(next(waiting)), 3000),
        "address and To": (lambda: _to(next(waiting)), 3000),
        "fill": (lambda: program.fill(next(people), date=DUE, message_id="<1.2.x@x.org>"), 3000),
        "copying as many bytes": (lambda: b"".join(pieces), 3000),
        "an envelope": (_envelope, 3000),
    }


def _pieces(content: bytes) -> list[bytes]:
    return [content[start : start + 20_000] for start in range(0, len(content), 20_000)]


def _links(entry: OutboxEntry) -> object:
    return make_links(BASE_URL, RING, handle=entry.handle, issue_id=7, invitation_id=0)


def _to(entry: OutboxEntry) -> bytes:
    return to_field(entry.name, recipient_spec(entry.recipient))


def _envelope() -> Envelope:
    return Envelope(sender="a", recipient="b", content=b"", wire_ready=True, envelope_id="c")


def main() -> None:
    """Measure and print."""
    _, frozen = sample()
    size = len(frozen.rendered.html.encode()) + len(frozen.rendered.text.encode())
    print(report(f"A message of the sample, {size:,} bytes", interleave(contenders()), WHOLE))
    print("  goal: compose in 20 µs on an idle machine")


if __name__ == "__main__":
    main()
