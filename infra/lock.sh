#!/bin/sh
# Renews requirements/*.txt: hashes for every platform, no registry's address.
# dev.in holds all packages; its lock constrains the others, so that every set agrees.
set -eu
cd -- "$(dirname -- "$0")/../requirements"

compile() { # set, more options…
    name=$1
    shift
    ../.venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
        ${UPGRADE:+--upgrade} "$@" "$name.in" --output-file "$name.txt"
    echo "requirements/$name.txt"
}

compile dev
for name in local service columns catalogue enrichment identity validate bench; do
    compile "$name" --constraint dev.txt
done
compile model
compile uv
compile checks # for an environment of its own: it pins older versions of what the others have
