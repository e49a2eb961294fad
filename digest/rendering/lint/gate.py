"""The door: one rendered edition in, everything that is wrong with it out.

Pure: the same edition gives the same findings in the same order. The same thing said twice is said
once, and of what happens over and over only the first are told.
"""

from __future__ import annotations

from collections import Counter

from digest.model.edition import Edition, Placeholder, Rendered
from digest.model.finding import Finding
from digest.model.issue import Issue
from digest.rendering.lint.cascade import MOST_ELEMENTS
from digest.rendering.lint.mail import Mail
from digest.rendering.lint.rules import BRIEF, THOROUGH

#: So many findings of one rule are told of an edition; mending those shows the next.
MOST_OF_A_RULE = 10


def lint_edition(
    rendered: Rendered,
    edition: Edition,
    issue: Issue,
    *,
    heaviest: int,
    links: frozenset[Placeholder] = frozenset(),
) -> list[Finding]:
    """Return what is wrong with a rendered edition, in the order in which it is looked for.

    `heaviest` is how many bytes the placeholders of the heaviest reader add to the HTML. `links`
    are the personal links that the mailing offers, as given to the renderer: a mail that does not
    print them is wrong. Without them, only a part that lacks a link of the other part is.
    """
    mail = Mail(rendered, edition, issue, heaviest, links)
    small = len(mail.html.elements) <= MOST_ELEMENTS
    families = (*BRIEF, *THOROUGH) if small else BRIEF
    found: list[Finding] = []
    told: Counter[str] = Counter()
    for family in families:
        for finding in family(mail):
            if told[finding.rule] < MOST_OF_A_RULE and finding not in found:
                told[finding.rule] += 1
                found.append(finding)
    return found
