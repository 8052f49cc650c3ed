#!/bin/sh
# Write the lock files: hashes, no index address, no path.
set -eu
cd "$(dirname "$0")/.."
set -- --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -p 3.11 -q --only-binary :all:
.venv/bin/uv pip compile pyproject.toml "$@" -o requirements/run.lock
.venv/bin/uv pip compile pyproject.toml "$@" --group dev -o requirements/dev.lock
# The peers of the matcher: PyICU and a few others have no wheel and are built where they are installed.
.venv/bin/uv pip compile requirements/peers.in --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
    --no-header -p 3.11 -q -o requirements/peers.lock
