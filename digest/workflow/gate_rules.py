"""The rules that need the whole plan: who would get the issue, from whom, and with which values.

The rules about files stand in `content`, those about rendered mail in `rendering`; all of them
together are the catalogue, which docs/checks.md shows and waivers are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from digest.model.finding import CheckRule, Level

RULES: tuple[CheckRule, ...] = (
    CheckRule(
        id="assets-url-is-local",
        level=Level.ERROR,
        what="mail would leave this machine with pictures that only it finds",
        why="every reader would see holes instead of pictures",
        mend="set `[site] assets_url` to the public https address, or delete the key",
        waivable=False,
    ),
    CheckRule(
        id="audience-growth",
        level=Level.ERROR,
        what="the audience is above twice, and 100 more than, that of the last issue sent",
        why="a wrong import or rule would mail people who never asked for it",
        mend="look at `digest plan`; if it is right, set `max_growth` in `[assembly]`, or waive it",
    ),
    CheckRule(
        id="base-url-is-local",
        level=Level.ERROR,
        what="mail would leave this machine with links that lead only to it",
        why="nobody could unsubscribe",
        mend="set `[site] base_url` to the public https address of `digest web`",
        waivable=False,
    ),
    CheckRule(
        id="content",
        level=Level.ERROR,
        what="the next issue cannot be planned",
        why="there is nothing that could be sent",
        mend="as the finding says",
        waivable=False,
    ),
    CheckRule(
        id="dkim-domain",
        level=Level.ERROR,
        what="From is not on the domain that signs (`[dkim] domain`)",
        why="the signature does not count for From (DMARC alignment), so mail goes to spam",
        mend="write From with an address of that domain, or sign with the domain of From",
    ),
    CheckRule(
        id="dkim-key",
        level=Level.WARNING,
        what="a key of `[dkim]` cannot be used here, or has an odd length",
        why="without it nothing is sent; short keys are forged, long ones not always verified",
        mend="as the finding says; make an RSA key of 2048 bits",
    ),
    CheckRule(
        id="doubt-lost",
        level=Level.ERROR,
        what="the value of an unsettled figure stands in the mail without its mark of doubt",
        why="readers take it for a fact",
        mend="print the mark right after the figure or its label, as the shipped templates do",
    ),
    CheckRule(
        id="edition",
        level=Level.ERROR,
        what="an edition cannot be rendered or made into messages",
        why="its readers would get nothing",
        mend="as the finding says: it names the template or the text",
        waivable=False,
    ),
    CheckRule(
        id="empty-name",
        level=Level.WARNING,
        what="a template prints the name, and some readers have none",
        why="they would read a hole",
        mend="print `reader.greeting`, which greets everybody well",
        personal=True,
    ),
    CheckRule(
        id="no-readers",
        level=Level.ERROR,
        what="nobody would get the issue (`check` alone, before the first import: a note)",
        why="a send would send nothing, and a schedule would seem to work",
        mend="`digest subscribers import FILE`; or look at the `for` of the items",
        waivable=False,
    ),
    CheckRule(
        id="note-used",
        level=Level.WARNING,
        what="the note of the next issue went out with an earlier one",
        why="it is not said again, so subject and preheader come from a pattern",
        mend="rewrite it, or `digest new note TITLE`",
    ),
    CheckRule(
        id="nothing-for-some",
        level=Level.NOTE,
        what="for some readers the issue holds nothing, so they get no mail",
        why="that is as it should be, unless a `for` is wrong",
        mend="look at `digest plan`, and `digest why EMAIL` for one of them",
    ),
    CheckRule(
        id="renamed-after-sending",
        level=Level.WARNING,
        what="a new file has the content of an item that was sent",
        why="it is not sent again, which may not be what was meant",
        mend="keep the old name, or change the text if it is news",
    ),
    CheckRule(
        id="unsafe-value",
        level=Level.WARNING,
        what="a reader's name or address cannot stand in a message",
        why="this reader would be refused when the turn comes; all others get their mail",
        mend="correct the name or the address of the reader that the finding names",
        personal=True,
    ),
    CheckRule(
        id="waiver-forbidden",
        level=Level.ERROR,
        what="a waiver names a rule that cannot be waived",
        why="no reason makes it harmless",
        mend="mend what the rule finds, and delete the waiver",
        waivable=False,
    ),
    CheckRule(
        id="waiver-unknown",
        level=Level.ERROR,
        what="a waiver names no rule",
        why="what it was meant for is not waived, or has another name by now",
        mend="take the id from this table",
        waivable=False,
    ),
    CheckRule(
        id="waiver-unused",
        level=Level.NOTE,
        what="a waiver waives nothing",
        why="one day it would hide what nobody has looked at",
        mend="delete it",
    ),
    CheckRule(
        id="link-gone",
        level=Level.ERROR,
        what="a link's page or server does not exist (only with `--network`)",
        why="readers who click meet an error",
        mend="correct the link",
    ),
    CheckRule(
        id="link-private",
        level=Level.ERROR,
        what="a link leads to an address that only some machines reach (only with `--network`)",
        why="readers elsewhere reach nothing, or something else",
        mend="link to the public address",
    ),
    CheckRule(
        id="link-silent",
        level=Level.WARNING,
        what="a link's server did not answer well (only with `--network`)",
        why="it may be away for a moment, or for good",
        mend="try it in a browser, and check again later",
    ),
    CheckRule(
        id="links-unchecked",
        level=Level.NOTE,
        what="not all links were tried over the network (only with `--network`)",
        why="there are more than one check asks for, or the time was up",
        mend="check again, or try the others by hand",
    ),
)

#: What only `digest check --network` finds, so nobody else can say that a waiver waives nothing.
ON_NETWORK = frozenset({"link-gone", "link-private", "link-silent", "links-unchecked"})


@cache
def catalogue() -> Mapping[str, CheckRule]:
    """Return every rule by its id, sorted: those of files, of rendered mail, and of the plan.

    What is looked for in a file and again in the mail (a picture without words) is one rule.
    """
    from digest.content.check_rules import RULES as OF_CONTENT
    from digest.rendering.lint.rules import RULES as OF_MAIL

    found = {rule.id: rule for rule in (*OF_CONTENT, *OF_MAIL, *RULES)}
    return dict(sorted(found.items()))
