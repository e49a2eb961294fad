"""Style elements as the strict clients read them: what they drop, and what leaks out."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.css import Block, Sheet, read_sheet
from digest.rendering.lint.mail import Mail, quoted

NESTED = CheckRule(
    id="nested-at-rule",
    level=Level.WARNING,
    what="an at-rule inside another, or rules inside a rule",
    why="Gmail drops the whole style element that holds one",
    mend="Write the two conditions into one @media with `and`, each rule on its own.",
)
LEAK = CheckRule(
    id="outlook-dark-leak",
    level=Level.ERROR,
    what="a selector list in which only some selectors begin with [data-ogsc] or [data-ogsb]",
    why="the others hold in every client: dark colours on a light mail, words that nobody can read",
    mend="Write [data-ogsc] before each selector of the list.",
)
EXTERNAL = CheckRule(
    id="external-style",
    level=Level.WARNING,
    what="fonts or styles that are fetched: <link>, @import, @font-face, a url() in CSS",
    why="few clients fetch them, Outlook then shows Times, and another server learns who reads",
    mend="Use fonts that are there (theme.toml), and colours instead of background pictures.",
)
UNCLOSED = CheckRule(
    id="broken-css",
    level=Level.WARNING,
    what="braces that do not match in a style element",
    why="what follows is read as something else, or not at all",
    mend="Count the { and the } of each style element.",
)
RULES = (NESTED, LEAK, EXTERNAL, UNCLOSED)

#: Where the templates have them; MJML adds only what keeps the rules.
_FILE = "templates/mail/styles.mjml.j2"
_OUTLOOK_DARK = ("[data-ogsc]", "[data-ogsb]", "[data-ogac]", "[data-ogab]")
#: At-rules that hold no conditions, so that what is inside of them is no nesting.
_PLAIN = ("@font-face", "@keyframes", "@-webkit-keyframes", "@page")


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with style elements."""
    for _, css in mail.html.styles:
        sheet = read_sheet(css)
        for block in sheet.blocks:
            yield from _nested(mail, block)
            yield from _leaks(mail, block)
        yield from _external(mail, sheet)
        if css.count("{") != css.count("}"):
            what = f"{css.count('{')} opening and {css.count('}')} closing braces"
            yield mail.noticed(UNCLOSED, f"a style element has {what}, at {quoted(css)}")
    for link in mail.html.find("link"):
        if "stylesheet" in link.attributes.get("rel", "").lower():
            address = link.attributes.get("href", "")
            yield mail.noticed(EXTERNAL, f"a style sheet is fetched from {quoted(address)}")


def _nested(mail: Mail, block: Block) -> Iterator[Finding]:
    if not block.around or block.around[-1].lower().startswith(_PLAIN):
        return
    inside_rule = not block.around[-1].startswith("@")
    if block.prelude.startswith("@") or inside_rule:
        what = f"{quoted(block.prelude)} stands inside {quoted(block.around[-1])}"
        yield mail.noticed(NESTED, what, file=_FILE)


def _leaks(mail: Mail, block: Block) -> Iterator[Finding]:
    if "[data-og" not in block.prelude:
        return
    leaking = [each for each in block.selectors if not each.startswith(_OUTLOOK_DARK)]
    if leaking:
        what = f"{quoted(leaking[0])} holds in every client, beside {quoted(block.prelude)}"
        yield mail.noticed(LEAK, what, file=_FILE)


def _external(mail: Mail, sheet: Sheet) -> Iterator[Finding]:
    for statement in sheet.statements:
        if statement.lower().startswith("@import"):
            yield mail.noticed(EXTERNAL, f"{quoted(statement)} is fetched")
    for block in sheet.blocks:
        for name, value, _ in block.declarations:
            if "url(" in value.lower() and "url(data:" not in value.lower():
                yield mail.noticed(EXTERNAL, f"{quoted(f'{name}:{value}')} is fetched")
