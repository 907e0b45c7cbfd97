#!/bin/sh
# Sets up an environment beside the checkout (or at $OFFRAMP_VENV) and reports on the bundled example repository.
set -eu
cd "$(dirname "$0")/.."
venv=${OFFRAMP_VENV:-.venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --editable .
exec "$venv/bin/offramp" scan fixtures/repos/example -o report.html -o report.json
