#!/bin/sh
# Make the virtual environment $1 with a Python that Cardex runs on, unless a working one is there.
set -eu
venv=$1
fits='import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'

if "$venv/bin/python" -c "$fits; import pip" >/dev/null 2>&1; then
    exit 0
fi

without_venv=
for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    "$python" -c "$fits" >/dev/null 2>&1 || continue
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        without_venv=$python
        continue
    fi
    "$python" -m venv --clear "$venv"
    exit 0
done

if [ -n "$without_venv" ]; then
    echo "$without_venv cannot make virtual environments: install its venv package (Debian, Ubuntu: apt-get install python3-venv), then try again." >&2
else
    echo "Cardex needs Python 3.11 to 3.14, and none was found: install one, or name it with PYTHON=/path/to/python." >&2
fi
exit 1
