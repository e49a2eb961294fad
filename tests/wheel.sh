#!/bin/sh
# The wheel is built, installed and used: a checkout can hide a file that the wheel lacks.
set -eu
python=$(cd "$(dirname "${PYTHON:-python3}")" && pwd)/$(basename "${PYTHON:-python3}")
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

"$python" -m build --wheel --no-isolation --outdir "$work" "$top" >"$work/build.log" 2>&1 \
  || { cat "$work/build.log"; exit 1; }
# The dependencies are those of the checkout's environment; only the package itself is the wheel's.
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/lib" "$work"/*.whl
cd "$work"
cat >use.py <<'PY'
import sys
from pathlib import Path

import digest
from digest.cli import main
from digest.paths import shipped

assert Path(digest.__file__).is_relative_to(Path.cwd() / "lib"), digest.__file__
assert "_shipped" in shipped("templates", "mail").parts
assert not shipped("content", "open-class").joinpath("sent").exists()
main()
PY
export PYTHONPATH="$work/lib"
"$python" use.py init site --sample
"$python" use.py --site site check open-class
"$python" use.py --site site build open-class --out built
test -s built/index.html
test "$(ls built/*.eml | wc -l)" -ge 3
echo 'The wheel works.'
