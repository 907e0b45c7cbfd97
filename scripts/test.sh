#!/bin/sh
# Sets up an environment beside the checkout (or at $OFFRAMP_VENV) and passes the tests.
set -eu
cd "$(dirname "$0")/.."
venv=${OFFRAMP_VENV:-.venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
"$venv/bin/python" -m pip install --quiet --editable . --group dev
exec "$venv/bin/python" -m pytest "$@"
