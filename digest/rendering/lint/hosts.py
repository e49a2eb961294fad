"""Where links really lead: look-alike names, users in addresses, hidden and shortened targets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.links import Link, plain_links, split
from digest.rendering.lint.mail import Mail, quoted, words_of
from digest.rendering.lint.scripts import is_mixed, passes_for, skeleton, unicode_host

LOOKALIKE = CheckRule(
    id="lookalike-link",
    level=Level.ERROR,
    what="a host that passes for another: mixed scripts, or nearly the name of a known one",
    why="it is how readers are robbed; filters take the mail for that, rightly or not",
    mend="Open the address, and copy the real one; check who sent it to you.",
)
USERINFO = CheckRule(
    id="userinfo-link",
    level=Level.ERROR,
    what="an address with a user in it, such as https://bank.example@evil.example/",
    why="readers take the user for the host; and a password would be everybody's",
    mend="Take out what stands before the @.",
)
OTHER_SHOWN = CheckRule(
    id="other-domain-shown",
    level=Level.ERROR,
    what="a link whose words show another host than the one it leads to",
    why="clients warn of fraud when they see it, and readers should not have to find out",
    mend="Show the host that it leads to, or words.",
)
SHORTENED = CheckRule(
    id="shortened-link",
    level=Level.WARNING,
    what="a link through a public shortener",
    why="nobody sees where it leads, it dies with the shortener, and blocklists know them all",
    mend="Write the address it leads to.",
)
RULES = (LOOKALIKE, USERINFO, OTHER_SHOWN, SHORTENED)

_SHORTENERS = """
1link.in 3.cn adf.ly amzn.to b23.tv bit.do bit.ly bitly.com bitly.ws bl.ink buff.ly clck.ru cli.gs
cutt.ly db.tt dlvr.it dwz.cn dwz.lc fb.me goo.gl goo.su han.gl hubs.ly ift.tt is.gd j.mp kutt.it
lihi.cc lnk.bio lnkd.in mcaf.ee me2.do mrw.so nav.cx on.fb.me ow.ly ppt.cc ptt.cc qr.ae rb.gy
rebrand.ly reurl.cc s.id shor.by short.gy short.io shorte.st shorturl.at sina.lt sl.al smarturl.it
snip.ly su.pr suo.im suo.nz surl.li t.cn t.co t.ly t1p.de tiny.cc tiny.one tinyurl.com tr.im
trib.al u.jd.com u.nu u.to url.cn urlz.fr v.gd v.ht vk.cc w.url.cn wp.me x.co x.gd y2u.be zpr.io
"""
SHORTENERS = frozenset(_SHORTENERS.split())

_SHOWN = re.compile(
    r"(?:(?P<scheme>https?://)|www\.)?(?P<host>(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?P<rest>[/?#:]\S*)?",
    re.IGNORECASE,
)


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with the hosts of links."""
    links = list(plain_links(mail))
    known = {skeleton(mail.issue.newsletter.sender.domain): mail.issue.newsletter.sender.domain}
    for link in links:
        host = _without_www(link.url.hostname or "")
        address = quoted(link.address)
        if link.url.username is not None or link.url.password is not None:
            yield mail.noticed(USERINFO, f"{address} names a user", about=link.address)
        if host in SHORTENERS:
            yield mail.noticed(SHORTENED, f"{address} is shortened", about=link.address)
        if reason := _lookalike(host, known):
            what = f"{quoted(unicode_host(host))} {reason}"
            yield mail.noticed(LOOKALIKE, what, about=link.address)
        yield from _shown(mail, link, host)


def _lookalike(host: str, known: dict[str, str]) -> str:
    """Return why a host may be taken for another, "" where it may not; remember it."""
    shown = unicode_host(host)
    labels = shown.split(".")
    if mixed := next((label for label in labels if is_mixed(label)), ""):
        return f"mixes scripts in {quoted(mixed)}"
    imitated = next(filter(None, map(passes_for, labels[:-1])), "")
    if imitated and labels[-1].isascii():
        return f"looks like {quoted(imitated)} in another script"
    other = known.setdefault(skeleton(host), shown)
    same = other == shown or other.removeprefix("www.") == shown
    return "" if same else f"looks like {quoted(other)}"


def _shown(mail: Mail, link: Link, host: str) -> Iterator[Finding]:
    """Yield a finding where the words of a link are an address, and not the one it leads to."""
    words = words_of(link.element)
    match = _SHOWN.fullmatch(words) if len(words) < 500 else None
    if match is None:
        return
    url = split(f"https://{words.partition('://')[2] or words}")
    shown = _without_www((url.hostname or "") if url else "")
    if shown and not _belong(unicode_host(shown), unicode_host(host)):
        what = f"the words {quoted(words)} lead to {quoted(unicode_host(host))}"
        yield mail.noticed(OTHER_SHOWN, what, about=link.address)


def _belong(one: str, other: str) -> bool:
    """Return whether two hosts are the same, or one stands beneath the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _without_www(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")
