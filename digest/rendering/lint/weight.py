"""How heavy a mail is: what Gmail cuts off, and what a telephone has to fetch."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.cascade import MOST_ELEMENTS
from digest.rendering.lint.mail import Mail

#: Gmail clips near 102 kilobytes. A kilobyte is 1000 bytes here: the safe side of both readings.
HEAVY_HTML = 80_000
CLIPPED_HTML = 100_000
MOST_CSS = 16_000
HEAVY_PICTURE = 200_000
HEAVY_PICTURES = 600_000

CLIPPED = CheckRule(
    id="html-clipped",
    level=Level.ERROR,
    what="more than 100 KB of HTML for the heaviest reader, or more than 20,000 elements",
    why="Gmail cuts the mail off, and with its foot the way out",
    mend="Take items out, or shorten templates; plan shows what can wait for the next issue.",
)
HEAVY = CheckRule(
    id="html-heavy",
    level=Level.WARNING,
    what="more than 80 KB of HTML for the heaviest reader",
    why="Gmail cuts a mail off near 102 KB, and a server on the way may add to it",
    mend="Take items out, or shorten templates.",
)
CSS = CheckRule(
    id="css-heavy",
    level=Level.WARNING,
    what="more than 16 KB in all style elements together",
    why="Gmail drops the style element in which the limit is reached and all that follow: no dark "
    "colours, no wide screens",
    mend="Take rules out of templates/mail/styles.mjml.j2.",
)
PICTURE = CheckRule(
    id="heavy-picture",
    level=Level.WARNING,
    what="a picture of more than 200 KB",
    why="on a telephone it comes late or never, and embedded it travels with every copy",
    mend="Save it smaller: twice the size that is shown is enough; JPEG for photographs.",
)
PICTURES = CheckRule(
    id="heavy-pictures",
    level=Level.WARNING,
    what="pictures of more than 600 KB together",
    why="some servers refuse such mail from a sender of many, and readers pay for it",
    mend="Save them smaller, or show fewer.",
)
RULES = (CLIPPED, HEAVY, CSS, PICTURE, PICTURES)


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what is too heavy."""
    size = len(mail.rendered.html.encode("utf-8", "surrogatepass")) + mail.heaviest
    if size > CLIPPED_HTML:
        what = f"the HTML has {_kilobytes(size)} for the heaviest reader; Gmail cuts it off"
        yield mail.noticed(CLIPPED, what)
    elif size > HEAVY_HTML:
        what = f"the HTML has {_kilobytes(size)} for the heaviest reader; above 100 KB it is cut"
        yield mail.noticed(HEAVY, what)
    if len(mail.html.elements) > MOST_ELEMENTS:
        what = f"the HTML has {len(mail.html.elements)} elements; most rules were not looked at"
        yield mail.noticed(CLIPPED, what)
    css = sum(len(text.encode("utf-8", "surrogatepass")) for _, text in mail.html.styles)
    if css > MOST_CSS:
        yield mail.noticed(CSS, f"the style elements have {_kilobytes(css)} together")
    yield from _pictures(mail)


def _pictures(mail: Mail) -> Iterator[Finding]:
    for picture in mail.rendered.pictures:
        if len(picture.content) > HEAVY_PICTURE:
            what = f"the picture has {_kilobytes(len(picture.content))}"
            yield mail.noticed(PICTURE, what, file=picture.file)
    together = sum(len(picture.content) for picture in mail.rendered.pictures)
    if together > HEAVY_PICTURES:
        yield mail.noticed(PICTURES, f"the pictures have {_kilobytes(together)} together")


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} KB"
