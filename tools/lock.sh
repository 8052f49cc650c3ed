#!/bin/sh
# Write both lock files: hashes, no index address, no path.
set -eu
cd "$(dirname "$0")/.."
set -- --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -p 3.11 -q --only-binary :all:
.venv/bin/uv pip compile pyproject.toml "$@" -o requirements/run.lock
.venv/bin/uv pip compile pyproject.toml "$@" --group dev -o requirements/dev.lock
