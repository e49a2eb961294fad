"""An edition from parsed content to its ready-to-send program, warm, beside MJML 5 alone.

Run it with `python -m benchmarks.editions`; `npm ci --ignore-scripts --prefix tests/corpus` brings
the peer. The goal is 20 ms on an idle 2-core machine for all of it: arranging, Jinja, preflight,
compiling, the text part and the program that fills placeholders. MJML 5 (Node) only compiles the
same document, in one process that is warm as well and times itself.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.timing import YARDSTICK, report, start_python
from digest.assembly.editions import edition_of
from digest.assembly.issue import compile_issue
from digest.assembly.selection import select_items
from digest.content.folder import read_publication
from digest.message.pictures import PictureParts
from digest.message.splice import compile_program
from digest.model.audience import Profile
from digest.model.edition import Placeholder
from digest.model.issue import Issue
from digest.model.newsletter import Letterhead
from digest.paths import shipped
from digest.rendering.markers import Markers, Reader, canonical_text
from digest.rendering.markup import unmarked
from digest.rendering.pictures import Shown
from digest.rendering.renderer import ISSUE_HTML, Renderer

ROUNDS, CALLS = 7, 10
PEER = "MJML 5 alone"
LINKS = frozenset({Placeholder.LEAVE_URL, Placeholder.ACCEPT_URL, Placeholder.DECLINE_URL})
CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
_NODE = """
import { readFileSync } from 'node:fs'
import mjml2html from 'mjml'
const source = readFileSync(process.argv[1], 'utf8'), calls = Number(process.argv[2])
const once = () => mjml2html(source, { validationLevel: 'skip', fonts: {} })
for (let n = 0; n < calls; n++) await once()
const started = performance.now()
for (let n = 0; n < calls; n++) await once()
console.log((performance.now() - started) / calls / 1000)
"""


class _Peeking(Renderer):
    """A renderer that shows what it hands to the MJML compiler."""

    def mjml(self, issue: Issue, profile: Profile) -> str:
        """Return an edition's document, for a compiler that is not ours."""
        view = self.arrange(issue, edition_of(issue, profile))
        reader = Reader(Markers(canonical_text((view,))), LINKS)
        theme = self._theme
        extra = {"c": theme, "font": theme.font(view.language), "pictures": Shown("")}
        values = self._values(view, reader) | extra
        return unmarked(self._environment.render(ISSUE_HTML, values))


def _ours(renderer: Renderer, issue: Issue, profile: Profile) -> float:
    head, parts = Letterhead.of(issue.newsletter), PictureParts()
    edition = edition_of(issue, profile)
    started = perf_counter()
    for _ in range(CALLS):
        rendered = renderer.render(issue, edition, links=LINKS)
        compile_program(rendered, head, language=edition.language, parts=parts)
    return (perf_counter() - started) / CALLS


def _theirs(document: Path) -> float:
    command = ["node", "--input-type=module", "-e", _NODE, str(document), str(CALLS)]
    said = subprocess.run(command, cwd=CORPUS, check=True, capture_output=True, text=True)
    return float(said.stdout)


def main() -> None:
    """Measure and print."""
    if not (CORPUS / "node_modules" / "mjml").is_dir():
        print("Editions: the peer is not here; npm ci --ignore-scripts --prefix tests/corpus")
        return
    publication, _ = read_publication(shipped("content").parent, "open-class")
    now = datetime(2023, 4, 1, tzinfo=UTC)
    issue = compile_issue(publication, select_items(publication, [], now))
    profiles = {
        f"ours, {language}": Profile(language=language, roles=("merchant",))
        for language in publication.newsletter.languages
    }
    renderer = _Peeking([shipped("templates")])
    times: dict[str, list[float]] = {name: [] for name in (*profiles, PEER, YARDSTICK)}
    with TemporaryDirectory() as folder:
        document = Path(folder) / "edition.mjml"
        document.write_text(renderer.mjml(issue, profiles["ours, en"]), encoding="utf-8")
        for number in range(ROUNDS + 1):
            measured = {name: _ours(renderer, issue, who) for name, who in profiles.items()}
            measured[PEER] = _theirs(document)
            started = perf_counter()
            start_python()
            measured[YARDSTICK] = perf_counter() - started
            for name, seconds in measured.items():
                if number:
                    times[name].append(seconds)
    print(report("An edition, from content to a program that is ready to send", times, PEER))


if __name__ == "__main__":
    main()
