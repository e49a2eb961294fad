"""The rules about single files: what may be wrong in one while it is read.

No publication is built from a broken file, so an error here can be mended but not waived.
"""

from __future__ import annotations

from digest.model.finding import CheckRule, Level


def _rule(rule_id: str, level: Level, what: str, why: str, mend: str) -> CheckRule:
    return CheckRule(
        id=rule_id,
        level=level,
        what=what,
        why=why,
        mend=mend,
        waivable=level is not Level.ERROR,
    )


RULES: tuple[CheckRule, ...] = (
    _rule(
        "bounds",
        Level.ERROR,
        "a minimum in newsletter.toml is more than its maximum",
        "no issue could ever be filled",
        "lower `min_items`, or raise `max_items`",
    ),
    _rule(
        "dead-link",
        Level.ERROR,
        "a link or a picture leads to a missing file, out of the folder, or to no whole address",
        "a reader clicks and gets nowhere",
        "put the file under `assets/`, or write the whole address",
    ),
    _rule(
        "double",
        Level.ERROR,
        "something that has to be there once stands twice: a figure, a section, a language",
        "one of the two would be lost",
        "delete one, or give it an id of its own",
    ),
    _rule(
        "double-id",
        Level.ERROR,
        "two files claim one id",
        "an issue remembers items by id, and would lose one",
        "rename one of the files",
    ),
    _rule(
        "empty-list",
        Level.ERROR,
        "a list of an audience is empty",
        "it selects nobody",
        "leave the key out",
    ),
    _rule(
        "file-name",
        Level.ERROR,
        "a file's name cannot be an id, or names an unknown language",
        "the file would be left out",
        "rename it",
    ),
    _rule(
        "highlights",
        Level.ERROR,
        "more than four figures of an item are highlighted",
        "more tiles do not fit over an issue",
        "take `highlight = true` from the least important",
    ),
    _rule(
        "misplaced-key",
        Level.ERROR,
        "a key stands below a table that it does not belong to",
        "TOML gives it to that table",
        "move it above the first table",
    ),
    _rule(
        "missing-default",
        Level.ERROR,
        "a translation has no file in the default language",
        "nobody but its readers would get it",
        "write the default, or delete the translation",
    ),
    _rule(
        "missing-key",
        Level.ERROR,
        "a key that has to be there is missing",
        "the item could not be shown",
        "add the key",
    ),
    _rule(
        "newsletter-id",
        Level.ERROR,
        "the newsletter's folder has a name that cannot be an id",
        "the id stands in links and headers",
        "rename the folder to lower-case letters, digits and hyphens",
    ),
    _rule(
        "no-newsletter",
        Level.ERROR,
        "the site has no such newsletter",
        "there is nothing to send",
        "mend the name, or run `digest init`",
    ),
    _rule(
        "order",
        Level.ERROR,
        "something closes before it opens",
        "a reader would come too late, whatever they do",
        "mend one of the two",
    ),
    _rule(
        "restated-key",
        Level.ERROR,
        "a translation says again what it inherits",
        "one day the two would differ",
        "delete the line",
    ),
    _rule(
        "unexpected-file",
        Level.WARNING,
        "a file is not read",
        "what an editor wrote there reaches nobody",
        "rename it, or move it away",
    ),
    _rule(
        "unexpected-folder",
        Level.WARNING,
        "a folder is not read",
        "what an editor wrote there reaches nobody",
        "move its files to where they are read",
    ),
    _rule(
        "unknown-attribute",
        Level.ERROR,
        "an audience names an attribute that newsletter.toml does not declare",
        "it would select nobody",
        "declare it, or mend its name",
    ),
    _rule(
        "unknown-figure",
        Level.ERROR,
        "a translation names a figure that the item does not have",
        "the figure would be shown in the wrong language",
        "mend its id",
    ),
    _rule(
        "unknown-key",
        Level.ERROR,
        "a key is unknown",
        "what it was meant to do would not happen",
        "mend its name",
    ),
    _rule(
        "unknown-language",
        Level.ERROR,
        "a text is in a language that the newsletter does not have",
        "nobody would ever read it",
        "mend the tag, or add it to `languages`",
    ),
    _rule(
        "unknown-section",
        Level.ERROR,
        "a section is unknown",
        "the item would stand nowhere",
        "mend its id, or add the section",
    ),
    _rule(
        "unknown-value",
        Level.ERROR,
        "a value of an attribute is not declared",
        "it would select nobody",
        "mend it, or declare it",
    ),
    _rule(
        "unreadable",
        Level.ERROR,
        "a file cannot be read: not UTF-8, too large, broken TOML",
        "nothing in it reaches a reader",
        "mend the place that is named",
    ),
    _rule(
        "wrong-key",
        Level.ERROR,
        "a key stands in an item of a kind that does not have it",
        "what it was meant to do would not happen",
        "delete it, or change `kind`",
    ),
    _rule(
        "wrong-picture",
        Level.ERROR,
        "a picture of newsletter.toml cannot be shown in a mail",
        "readers would see a broken picture",
        "save it as PNG, JPEG or GIF under `assets/`",
    ),
    _rule(
        "wrong-type",
        Level.ERROR,
        "a value is of the wrong type",
        "what was meant is anybody's guess",
        "write it as the finding says",
    ),
    _rule(
        "wrong-value",
        Level.ERROR,
        "a value cannot be what it is",
        "what was meant is anybody's guess",
        "write it as the finding says",
    ),
)
