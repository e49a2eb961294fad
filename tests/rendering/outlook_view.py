"""Whether a mail's tags match as Outlook reads them, and as everybody else does.

Written apart from the compiler and the linter, so that none of the three checks itself.
"""

from __future__ import annotations

import re

_VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
_HIDDEN = re.compile(r"<!--\[if ([^\]]+)\]>(?!<!-->)(.*?)<!\[endif\]-->", re.DOTALL)
_REVEALED = re.compile(r"<!--\[if ([^\]]+)\]><!-->(.*?)<!--<!\[endif\]-->", re.DOTALL)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)((?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)>")


def unbalanced(html: str, *, outlook: bool) -> list[str]:
    """Return what does not match; nothing when all is well."""
    text = _REVEALED.sub(lambda found: "" if outlook else found[2], html)
    text = _HIDDEN.sub(lambda found: found[2] if outlook and _is_met(found[1]) else "", text)
    wrong = [f"left over: {each}" for each in re.findall(r"<!--\[if|<!\[endif", text)]
    stack: list[str] = []
    for close, name, rest in _TAG.findall(re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)):
        lower = name.lower()
        if lower in _VOID or rest.rstrip().endswith("/"):
            continue
        if not close:
            stack.append(lower)
        elif not stack or stack.pop() != lower:
            wrong.append(f"</{name}>")
    return wrong + [f"<{name}>" for name in stack]


def _is_met(condition: str) -> bool:
    """Return whether Outlook 2016 meets a condition, as far as mails of ours use them."""
    known = {"lte mso 11": False, "!mso": False, "IE": False, "gte mso 9": True}
    if condition in known:
        return known[condition]
    assert "mso" in condition, condition
    return True
