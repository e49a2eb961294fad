"""Everything that is looked for in a rendered edition, in the order of docs/checks.md."""

from __future__ import annotations

from digest.model.finding import CheckRule
from digest.rendering.lint import (
    active,
    contrast,
    features,
    headline,
    hosts,
    images,
    leftovers,
    links,
    parts,
    structure,
    styles,
    ways_out,
    weight,
)
from digest.rendering.lint.mail import Family

RULES: tuple[CheckRule, ...] = (
    *headline.RULES,
    *parts.RULES,
    *ways_out.RULES,
    *links.RULES,
    *hosts.RULES,
    *leftovers.RULES,
    *images.RULES,
    *weight.RULES,
    *structure.RULES,
    *active.RULES,
    *contrast.RULES,
    *styles.RULES,
    *features.RULES,
)

#: What is looked at in any mail, however large.
BRIEF: tuple[Family, ...] = (headline.check, parts.check, weight.check)
#: What is looked at as well in a mail that a reader could get.
THOROUGH: tuple[Family, ...] = (
    ways_out.check,
    links.check,
    hosts.check,
    leftovers.check,
    images.check,
    structure.check,
    active.check,
    contrast.check,
    styles.check,
    features.check,
)
