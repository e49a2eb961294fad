"""`make corpus`: the corpus beside a real MJML 5 (node) and in a real browser (Chromium).

Says for each document whether MJML 5 still writes what `expected/` holds, whether we write the same
but for the known differences, and whether both look the same at 375 and 700 pixels. With `--write`
it writes the generated documents, the expected files and the list of differences anew: look at the
diff before you commit it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.browser.chromium import opened_page
from tests.corpus import comparing
from tests.corpus.differences import DIFFERENCES, LOOKS_DIFFERENT
from tests.corpus.screens import compare, serve_pictures


def main(arguments: list[str]) -> int:
    """Run it; return 1 when something is not as it is written down."""
    if not (comparing.FOLDER / "node_modules" / "mjml").is_dir():
        print("MJML 5 is not installed: npm ci --prefix tests/corpus")
        return 2
    if "--write" in arguments:
        for name, text in comparing.generated().items():
            (comparing.DOCUMENTS / f"{name}.mjml").write_text(text, encoding="utf-8")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        rendered = _rendered(Path(folder))
        if "--write" in arguments:
            _write(rendered)
        wrong = [*_structures(rendered), *_screens(Path(folder))]
    for line in wrong:
        print(line)
    count = len(comparing.names())
    print(f"{count} documents, {len(wrong)} wrong, {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


def _rendered(folder: Path) -> dict[str, str]:
    """Return what MJML 5 makes of each document now."""
    documents = [str(comparing.DOCUMENTS / f"{name}.mjml") for name in comparing.names()]
    script = comparing.FOLDER / "render.mjs"
    subprocess.run(["node", str(script), str(folder), *documents], check=True)
    return {
        name: comparing.trimmed((folder / f"{name}.html").read_text(encoding="utf-8"))
        for name in comparing.names()
    }


def _write(rendered: dict[str, str]) -> None:
    comparing.EXPECTED.mkdir(exist_ok=True)
    for old in comparing.EXPECTED.glob("*.html"):
        old.unlink()
    for name, html in rendered.items():
        (comparing.EXPECTED / f"{name}.html").write_text(html, encoding="utf-8")
    found = defaultdict(list)
    for name in comparing.names():
        for difference in comparing.differences(name):
            found[difference].append(name)
    ordered = {each.name: found[each.name] for each in DIFFERENCES}
    comparing.SEEN.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def _structures(rendered: dict[str, str]) -> list[str]:
    wrong = []
    for name, html in rendered.items():
        if comparing.theirs(name) != html:
            wrong.append(f"{name}: MJML 5 writes something else than expected/{name}.html")
        wrong += [f"{name}: {line}" for line in comparing.unlike(name)]
    return wrong


def _screens(folder: Path) -> list[str]:
    wrong = []
    with opened_page() as page:
        serve_pictures(page)
        for name in comparing.names():
            mine = folder / f"{name}.ours.html"
            mine.write_text(comparing.ours(name), encoding="utf-8")
            screens = compare(page, folder / f"{name}.html", mine)
            known = name in LOOKS_DIFFERENT
            if known and all(screen.is_same for screen in screens):
                wrong.append(f"{name}: looks the same; take it out of LOOKS_DIFFERENT")
            for screen in screens:
                if not screen.is_same and not known:
                    wrong.append(f"{name}: {screen.share:.2%} differs at {screen.width} px")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
