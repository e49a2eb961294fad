"""The preview of the sample: from a saved file to the screen, and what a reader switch costs.

Run it with `python -m benchmarks.preview`; it needs Chromium. The goals are for an idle 2-core
machine: the first page one second after Enter, a saved file on the page after 300 ms. A screen is
drawn when the new mail stands in the frame of both devices and two frames more were painted. What a
switch costs alone, without a browser and without a page, is timed in this process.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep, time
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

from benchmarks.timing import YARDSTICK, start_python
from digest.bootstrap import bootstrap
from digest.paths import shipped
from digest.settings import load_settings
from digest.workflow.sights import Choice
from tests.browser.chromium import SWITCHES, NoBrowserError, browser_path

ROUNDS = 15
SAMPLE, VIEW = "open-class", "/view/open-class/next"
START, FIRST = "start to listening", "start to the first page"
SAVED, SWITCHED = "saved file to the screen", "reader switch to the screen"
ANSWERED, FILLED = "reader switch, the page alone", "reader switch, the mail alone"
READERS = ("markup", "no-name", "long-name", "emoji", "example")
#: Notes when both devices show another mail and it was painted.
_WATCH = """() => {
  window.drawnAt = 0;
  const painted = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
  const panes = [...document.querySelectorAll('[data-pane]')];
  let waiting = panes.length;
  for (const pane of panes) {
    const watcher = new MutationObserver(() => {
      watcher.disconnect();
      waiting -= 1;
      if (!waiting) painted(() => { window.drawnAt = performance.timeOrigin + performance.now(); });
    });
    watcher.observe(pane, { attributes: true, attributeFilter: ['data-drawn'] });
  }
}"""


@contextmanager
def _site() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        home = Path(folder) / "site"
        ignore = shutil.ignore_patterns("sent")
        shutil.copytree(shipped("content"), home / "content", ignore=ignore)
        (home / "digest.toml").write_text("", encoding="utf-8")
        roster = home / "content" / SAMPLE / "subscribers.sample.csv"
        command = [sys.executable, "-m", "digest", "--site", str(home), "subscribers", "import"]
        given = [*command, str(roster), "--consent", "measured"]
        subprocess.run(given, check=True, capture_output=True)
        yield home


@contextmanager
def _preview(home: Path, times: dict[str, list[float]]) -> Iterator[str]:
    """Start a preview and yield its address; how long it took is added to the times."""
    started = perf_counter()
    command = [sys.executable, "-m", "digest", "--site", str(home), "preview", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        found = re.search(r"http://\S+(?=/\.)", process.stderr.readline())
        assert found
        times[START].append(perf_counter() - started)
        with urlopen(found[0] + VIEW) as answer:
            answer.read()
        times[FIRST].append(perf_counter() - started)
        yield found[0]
    finally:
        process.terminate()
        process.wait(10)


def _drawn_after(page: Page, began: float) -> float:
    page.wait_for_function("() => window.drawnAt", timeout=20_000)
    return float(page.evaluate("() => window.drawnAt")) / 1000 - began


def _save(page: Page, file: Path, number: int) -> float:
    text = file.read_text(encoding="utf-8")
    changed = re.sub(r'title = "(?:\d+ )?', f'title = "{number} ', text, count=1)
    page.evaluate(_WATCH)
    began = time()
    file.write_text(changed, encoding="utf-8")
    return _drawn_after(page, began)


def _switch(page: Page, reader: str) -> float:
    page.evaluate(_WATCH)
    began = page.evaluate(
        """(reader) => {
          const began = performance.timeOrigin + performance.now();
          const links = [...document.querySelectorAll('[data-region="readers"] a')];
          links.find((link) => new URL(link.href).searchParams.get('reader') === reader
            || (reader === 'example' && !new URL(link.href).searchParams.has('reader'))).click();
          return began;
        }""",
        reader,
    )
    return _drawn_after(page, float(began) / 1000)


def _timed_answer(url: str) -> float:
    started = perf_counter()
    with urlopen(url) as answer:
        answer.read()
    return perf_counter() - started


def _in_browser(page: Page, home: Path, url: str, times: dict[str, list[float]]) -> None:
    page.goto(url + VIEW)
    page.wait_for_function("() => document.querySelector('#live').dataset.live === 'on'")
    # The gate has judged all editions: what follows is how the page answers all day.
    page.wait_for_selector(".tabs .badge", timeout=60_000)
    file = home / "content" / SAMPLE / "notes" / "next.md"
    readers = cycle(READERS)
    for number in range(ROUNDS + 1):
        measured = {
            SAVED: _save(page, file, number),
            SWITCHED: _switch(page, next(readers)),
            ANSWERED: _timed_answer(f"{url}{VIEW}?reader={next(readers)}"),
        }
        started = perf_counter()
        start_python()
        measured[YARDSTICK] = perf_counter() - started
        sleep(1)  # an editor thinks; the gate judges
        if number:
            for name, seconds in measured.items():
                times[name].append(seconds)


def _filled(home: Path) -> list[float]:
    app = bootstrap(load_settings(home))
    studio = app.studio()
    found: list[float] = []
    for number in range(ROUNDS + 1):
        started = perf_counter()
        for reader in READERS * 4:
            assert studio.show(Choice(newsletter=SAMPLE, reader=reader)).html
        if number:
            found.append((perf_counter() - started) / (4 * len(READERS)))
    app.close()
    return found


def _table(times: dict[str, list[float]]) -> str:
    """Return each median, its slowest, and how many idle interpreters would have started in it."""
    pace = median(times[YARDSTICK])
    lines = [f"The preview of the sample (medians of {ROUNDS} rounds; of 3 for the start)"]
    for name, seconds in times.items():
        middle, slowest = median(seconds) * 1000, max(seconds) * 1000
        beside = "" if name == YARDSTICK else f"  {median(seconds) / pace:6.1f} x python -c pass"
        lines.append(f"  {name:<32} {middle:8.1f} ms (slowest {slowest:7.1f}){beside}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    try:
        path = browser_path()
    except NoBrowserError as error:
        print(f"The preview: {error}")
        return
    names = (START, FIRST, SAVED, SWITCHED, ANSWERED, FILLED, YARDSTICK)
    times: dict[str, list[float]] = {name: [] for name in names}
    with _site() as home:
        for _ in range(4):  # the first one compiles what Python and Jinja keep
            with _preview(home, times):
                pass
        times[START], times[FIRST] = times[START][1:], times[FIRST][1:]
        with _preview(home, times) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
            page = browser.new_page(viewport={"width": 1500, "height": 950})
            _in_browser(page, home, url, times)
            browser.close()
        times[FILLED] = _filled(home)
    print(_table(times))


if __name__ == "__main__":
    main()
