"""The web links of an issue, asked for over the network; only when somebody wants that.

Nothing here happens in a send: a server that is slow must not hold up an issue, and one that is
away for a minute must not stop it. Links that carry a personal token are never asked for, since
they are filled only later, and no two mails have the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

from digest.content.probing import Health, Probed
from digest.model.edition import FrozenEdition
from digest.model.finding import CheckRule, Finding, Level
from digest.model.issue import Issue, Item, Note, Question
from digest.rendering.lint.reading import Part, tokens
from digest.workflow.check import Checked
from digest.workflow.gate import in_order
from digest.workflow.gate_rules import ON_NETWORK
from digest.workflow.waivers import apply_waivers

#: More links than this are not asked for in one check.
MOST_LINKS = 200
#: A check ends, whatever the servers do.
MOST_SECONDS = 90.0
_AT_ONCE = 8

_RULES = {
    Health.GONE: ("link-gone", Level.ERROR, "Correct the link."),
    Health.PRIVATE: ("link-private", Level.ERROR, "Link to the public address."),
    Health.SILENT: ("link-silent", Level.WARNING, "Try it in a browser."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckLinks:
    """Ask the servers of an issue's links whether the pages are there."""

    probe: Callable[[str], Probed]
    rules: Callable[[], Mapping[str, CheckRule]]
    most_links: int = MOST_LINKS
    seconds: float = MOST_SECONDS

    def run(self, checked: Checked) -> Sequence[Finding]:
        """Return a check's findings with those about its links among them."""
        plan = checked.plan
        if plan is None:
            return checked.findings
        urls = web_links(checked.editions)
        asked = urls[: self.most_links]
        found = [*self._ask(asked, plan.issue)]
        if len(asked) < len(urls):
            found.append(_unchecked(len(urls) - len(asked), "this is enough for one check"))
        # The gate has judged the waivers themselves; here they only cover what is new.
        waivers = [waiver for waiver in plan.waivers if waiver.rule in ON_NETWORK]
        return in_order([*checked.findings, *apply_waivers(found, waivers, self.rules())])

    def _ask(self, urls: Sequence[str], issue: Issue) -> Iterator[Finding]:
        """Ask several servers at once, but each for one page after the other."""
        until = monotonic() + self.seconds
        hosts: dict[str, list[str]] = {}
        for url in urls:
            hosts.setdefault(urlsplit(url).netloc.lower(), []).append(url)

        def ask_host(links: list[str]) -> list[tuple[str, Probed | None]]:
            return [(url, self.probe(url) if monotonic() < until else None) for url in links]

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="links") as threads:
            answers = [each for part in threads.map(ask_host, hosts.values()) for each in part]
        for url, probed in answers:
            if probed is not None and probed.health is not Health.ALIVE:
                yield _finding(url, probed, issue)
        if late := sum(probed is None for _, probed in answers):
            yield _unchecked(late, f"the {self.seconds:g} seconds for it were up")


def web_links(editions: Iterable[FrozenEdition]) -> list[str]:
    """Return the http and https links of editions, each once; without those with a marker."""
    found: dict[str, None] = {}
    for frozen in editions:
        markers = tuple(frozen.rendered.markers)
        for token in tokens(frozen.rendered.html):
            if token.part is not Part.OPEN or token.text not in ("a", "area"):
                continue
            url = dict(token.attributes).get("href", "").strip().partition("#")[0]
            personal = any(marker in url for marker in markers)
            if url.lower().startswith(("http://", "https://")) and not personal:
                found[url] = None
    return list(found)


def _finding(url: str, probed: Probed, issue: Issue) -> Finding:
    rule, level, hint = _RULES[probed.health]
    return Finding(
        rule=rule,
        level=level,
        file=_written_in(url, issue),
        what=f"{url}: {probed.said}",
        hint=hint,
    )


def _unchecked(count: int, why: str) -> Finding:
    return Finding(
        rule="links-unchecked",
        level=Level.NOTE,
        what=f"{count:,} links were not asked for: {why}",
        hint="Try them by hand.",
    )


def _written_in(url: str, issue: Issue) -> str:
    """Return the file that a link was written in, or newsletter.toml."""
    nouns: list[Item | Question | Note] = [*issue.items, *issue.questions]
    for noun in [*nouns, *([issue.note] if issue.note else [])]:
        for text in noun.texts.values():
            if url in text.body or getattr(text, "link", "") == url:
                return text.file
    return f"content/{issue.newsletter.id}/newsletter.toml"
