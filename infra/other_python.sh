#!/bin/sh
# Runs the unit tests on the oldest and the newest Python that we support, 3.11 and 3.13, in
# .venv-3.11 and .venv-3.13, with the arguments of pytest that are given. Leaves out the one that
# .venv has; says so where one is not installed.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd -- "$root"

find_python() { # the interpreter of version $1, on the PATH or one of pyenv's
    if "python$1" -c '' 2>/dev/null; then
        echo "python$1"
    elif command -v pyenv >/dev/null && version=$(pyenv latest "$1" 2>/dev/null); then
        echo "$(pyenv root)/versions/$version/bin/python"
    fi
}

ours=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in 3.11 3.13; do
    [ "$version" != "$ours" ] || continue
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        echo "The unit tests did not run on Python $version: it is not installed here."
        continue
    fi
    PYTHON=$python sh infra/bootstrap.sh dev ".venv-$version"
    echo "The unit tests on Python $version:"
    ".venv-$version/bin/python" -m pytest tests/unit -n auto "$@"
done
