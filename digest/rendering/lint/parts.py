"""What every mail has: both parts, a language, a title."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.mail import Mail, quoted

MISSING_HTML = CheckRule(
    id="missing-html",
    level=Level.ERROR,
    what="an HTML part that says nothing",
    why="most readers would get an empty mail",
    mend="Look at templates/mail/issue.mjml.j2: its blocks print nothing.",
)
MISSING_TEXT = CheckRule(
    id="missing-text",
    level=Level.ERROR,
    what="a text part that says nothing",
    why="readers of plain text get an empty mail, and filters take such mail for spam",
    mend="Write templates/mail/issue.txt.j2.",
)
MISSING_LANG = CheckRule(
    id="missing-lang",
    level=Level.ERROR,
    what="a page without a language",
    why="a screen reader speaks it in the wrong voice, and Chinese is drawn in Japanese shapes",
    mend='Write lang="{{ issue.language }}" on the page.',
)
WRONG_LANG = CheckRule(
    id="wrong-lang",
    level=Level.ERROR,
    what="a page whose language is not the edition's",
    why="a screen reader speaks it in the wrong voice, and Chinese is drawn in Japanese shapes",
    mend='Write lang="{{ issue.language }}" on the page.',
)
MISSING_TITLE = CheckRule(
    id="missing-title",
    level=Level.ERROR,
    what="a page without a title",
    why="it is the first thing that a screen reader says, and the name of the window and the print",
    mend="Write <mj-title>{{ issue.subject }}</mj-title> in the head.",
)
#: Where the site's templates, or the shipped ones, have the page and the text.
_PAGE = "templates/mail/layout.mjml.j2"
_HTML = "templates/mail/issue.mjml.j2"
_TEXT = "templates/mail/issue.txt.j2"
RULES = (MISSING_HTML, MISSING_TEXT, MISSING_LANG, WRONG_LANG, MISSING_TITLE)


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what the mail lacks."""
    if not mail.rendered.text.strip():
        yield mail.noticed(MISSING_TEXT, "the text part is empty", file=_TEXT)
    if not any(_is_said(words) for _, words in mail.html.words) and not mail.html.find("img"):
        yield mail.noticed(MISSING_HTML, "the HTML part is empty", file=_HTML)
        return
    yield from _language(mail)
    titles = [title.text.strip() for title in mail.html.find("title")]
    if not any(titles):
        what = "its <title> is empty" if titles else "it has no <title>"
        yield mail.noticed(MISSING_TITLE, f"the page has no name: {what}", file=_PAGE)


def _is_said(words: str) -> bool:
    return any(map(str.isalnum, words))


def _language(mail: Mail) -> Iterator[Finding]:
    pages = mail.html.find("html")
    said = pages[0].attributes.get("lang", "").strip() if pages else ""
    wanted = mail.edition.language
    if not said:
        what = f"the page does not say that it is in '{wanted}'"
        yield mail.noticed(MISSING_LANG, what, file=_PAGE)
    elif said.lower() != wanted.lower():
        what = f"the page says that it is in {quoted(said)}, but the edition is in '{wanted}'"
        yield mail.noticed(WRONG_LANG, what, file=_PAGE)
