"""The rules about what texts say: found by proofreading, when every file is right by itself.

An error here stops a send and nothing else; an editor who means it waives it, with the reason.
"""

from __future__ import annotations

from digest.model.finding import CheckRule, Level


def _rule(rule_id: str, level: Level, what: str, why: str, mend: str) -> CheckRule:
    return CheckRule(id=rule_id, level=level, what=what, why=why, mend=mend)


RULES: tuple[CheckRule, ...] = (
    _rule(
        "before-start",
        Level.NOTE,
        "items are older than the newsletter's `start`",
        "they never belong to an issue",
        "nothing, or move `start`",
    ),
    _rule(
        "changed-after-sending",
        Level.WARNING,
        "an item was changed after it was sent",
        "readers have the old text",
        "correct it in a new item",
    ),
    _rule(
        "deadline-passed",
        Level.ERROR,
        "an item closed before today, and is not marked as closed",
        "a reader would try in vain",
        'write `status = "closed"`, take the item out (`hold = true`), or mend `closes`',
    ),
    _rule(
        "doubt-dropped",
        Level.ERROR,
        "prose states an unsettled figure as a fact",
        "a reader takes for certain what nobody is sure of",
        "say in the sentence or the next that it is not sure; take it out of the title, "
        "or make it a question",
    ),
    _rule(
        "empty-note",
        Level.WARNING,
        "a note says nothing",
        "the issue goes out without subject and lead of its own",
        "write it, or delete the file",
    ),
    _rule(
        "expired",
        Level.NOTE,
        "items have expired",
        "they are not sent any more",
        "delete them, or move `expires`",
    ),
    _rule(
        "figure-text",
        Level.ERROR,
        "the text of a figure does not say its number and unit",
        "a tile in large type would be wrong",
        "make `text` agree with `number` and `unit`",
    ),
    _rule(
        "for-nobody",
        Level.WARNING,
        "an item's audience excludes everyone it names",
        "nobody gets it",
        "mend `for`",
    ),
    _rule(
        "impossible-date",
        Level.ERROR,
        "a text names a day that the calendar does not have",
        "a reader cannot come on it",
        "mend the day",
    ),
    _rule(
        "missing-alt",
        Level.ERROR,
        "a picture has no text in its place",
        "who cannot see it learns nothing",
        "write `![what it shows](assets/...)`, or `hero_alt`",
    ),
    _rule(
        "missing-translation",
        Level.WARNING,
        "something is not translated",
        "readers of that language get it in the default language",
        "write the translation",
    ),
    _rule(
        "never-sent",
        Level.WARNING,
        "an item expires before its own date",
        "nobody gets it",
        "mend `expires` or `date`",
    ),
    _rule(
        "no-ask-section",
        Level.WARNING,
        "there are questions, and no section in which invitations stand",
        "nobody is invited",
        "name it: `[assembly] ask_section`",
    ),
    _rule(
        "no-note",
        Level.WARNING,
        "the next issue has no note",
        "subject and lead are made from the items",
        "write `notes/next.md`",
    ),
    _rule(
        "no-postal-address",
        Level.WARNING,
        "newsletter.toml gives no postal address",
        "many countries demand one in every mail",
        '`postal_address = "..."`',
    ),
    _rule(
        "number-disagrees",
        Level.ERROR,
        "a number is no figure of its item and does not stand in the default text, or "
        "stands in a translation in place of another number",
        "a reader believes another magnitude than was told",
        "mend the number, or make it a figure",
    ),
    _rule(
        "number-near-figure",
        Level.WARNING,
        "a number of the default text is a figure but for one digit, and the figure is not said",
        "one of the two may be a slip",
        "mend one of them, or say both",
    ),
    _rule(
        "numbers-unread",
        Level.NOTE,
        "the numbers of a language cannot be read",
        "nobody but the editor compares them",
        "compare them by eye",
    ),
    _rule(
        "past-deadline-in-text",
        Level.WARNING,
        "a title or an advice names a deadline that is past",
        "a reader would try in vain",
        "mend the date",
    ),
    _rule(
        "poor-alt",
        Level.WARNING,
        "the text in a picture's place is only a file name or a word such as 'image'",
        "who cannot see it learns nothing",
        "say what the picture shows",
    ),
    _rule(
        "question-closed",
        Level.WARNING,
        "a question closed before today",
        "nobody is invited to it any more",
        "delete it, or move `closes`",
    ),
    _rule(
        "same-content",
        Level.WARNING,
        "two items say the same",
        "a reader would get it twice",
        "delete one",
    ),
    _rule(
        "same-title",
        Level.WARNING,
        "two items have one title",
        "a reader takes them for the same",
        "say in the title what is different",
    ),
    _rule(
        "says-it-twice",
        Level.WARNING,
        "title and lead, title and advice, or subject and preheader are the same",
        "a reader reads one sentence twice in a row",
        "let one of them say more",
    ),
    _rule(
        "unfinished",
        Level.ERROR,
        "a text still says TODO, TK, XXX or lorem ipsum, or holds the marks of a git conflict",
        "a reader sees an unfinished text",
        "finish it, or set `hold = true`",
    ),
    _rule(
        "wrong-weekday",
        Level.ERROR,
        "a weekday contradicts its date",
        "a reader comes on the wrong day",
        "mend the weekday or the date",
    ),
)
