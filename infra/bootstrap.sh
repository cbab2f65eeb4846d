#!/bin/sh
# Builds .venv and installs one locked set into it: `sh infra/bootstrap.sh local|dev|bench|validate|checks|model`.
# Does nothing when the set is installed already, as locked. A second word names
# another folder than .venv. POSIX sh, Linux and macOS.
set -eu

set_name=${1:-local}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd -- "$root"
lock=requirements/$set_name.txt
venv=${2:-.venv}
installed=$venv/.installed-$set_name

suitable() { # is $1 a Python that can run us?
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null
}

find_python() {
    # The versions that we test first, so that a brand-new python3 is only the last resort.
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        if [ -n "$candidate" ] && suitable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed, and none was found (tried python3.13, python3.12," >&2
    echo "python3.11 and python3, which is: $(python3 --version 2>&1 || echo missing))." >&2
    echo "Install one (Debian: apt install python3 python3-venv; macOS: brew install python@3.13)" >&2
    echo "or name it: make ${MAKECMDGOALS:-up} PYTHON=/path/to/python3" >&2
    exit 1
}

if [ -f "$installed" ] && cmp -s "$lock" "$installed" && suitable "$venv/bin/python"; then
    exit 0
fi

if ! suitable "$venv/bin/python"; then
    python=$(find_python)
    echo "Creating $venv with $("$python" --version)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv"; then
        echo "\`$python -m venv\` failed; on Debian and Ubuntu: apt install python3-venv" >&2
        rm -rf "$venv"
        exit 1
    fi
fi

# pip installs uv, uv the rest: seconds instead of a minute.
if ! cmp -s requirements/uv.txt "$venv/.installed-uv"; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement requirements/uv.txt
    cp requirements/uv.txt "$venv/.installed-uv"
fi

echo "Installing $lock"
# Copies, not links into uv's cache: a script of a package is changed as it is installed (its first
# line names the interpreter), and with a link it would change in every other environment as well.
export UV_LINK_MODE=copy
# A mirror or certificate may be known to pip only: then pip, slower, does it all.
if ! "$venv/bin/python" -m uv pip install --quiet --python "$venv/bin/python" \
    --require-hashes --requirement "$lock"; then
    echo "uv could not install it; trying pip" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement "$lock"
fi
cp "$lock" "$installed"
