"""Commands as a person meets them: whole processes, from Enter to the prompt.

Run it with `python -m benchmarks.processes`. `digest --help` has 150 ms as its goal and `build` of
the sample 1.5 s, both on an idle 2-core machine; an interpreter that does nothing, timed in the
same rounds, says how idle this one is. Compiled files are kept, as they are where digest is
installed, also where the environment says PYTHONDONTWRITEBYTECODE.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.timing import YARDSTICK, interleave, report
from digest.paths import shipped

_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
HELP, ALONE, BUILD, CHECK = "digest --help", "digest", "digest build", "digest check"


def _digest(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "digest", *map(str, arguments)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, env=_ENVIRONMENT, **quiet)


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        ignore = shutil.ignore_patterns("sent")
        shutil.copytree(shipped("content"), site / "content", ignore=ignore)
        (site / "digest.toml").write_text("", encoding="utf-8")
        roster = site / "content" / "open-class" / "subscribers.sample.csv"
        _digest("--site", site, "subscribers", "import", roster, "--consent", "measured")
        times = interleave(
            {
                HELP: (lambda: _digest("--help"), 3),
                ALONE: (lambda: _digest("--site", site), 1),
                CHECK: (lambda: _digest("--site", site, "check"), 1),
                BUILD: (lambda: _digest("--site", site, "build", "--out", site / "out"), 1),
            }
        )
    print(report("Commands as processes", times, YARDSTICK))


if __name__ == "__main__":
    main()
