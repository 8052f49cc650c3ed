#!/bin/sh
# Create .venv-peers with the other matchers of `make bench-match`, unless that was done already.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/peers.lock
stamp=.venv-peers/.lock
sum="$(sha256sum "$lock" | cut -d' ' -f1)"
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && exit 0
say() { printf '%s\n' "$*" >&2; }
if ! pkg-config --exists icu-i18n 2>/dev/null || ! command -v g++ >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing what PyICU is built with ..."
        apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends libicu-dev pkg-config g++ >/dev/null
    else
        say "PyICU cannot be built. On Debian: apt-get install libicu-dev pkg-config g++"; exit 1
    fi
fi
[ -x .venv-peers/bin/python ] || "${PYTHON:-python3}" -m venv .venv-peers
say "Installing $(grep -c '==' "$lock") packages from $lock, each checked against its hash ..."
.venv-peers/bin/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r "$lock"
printf '%s\n' "$sum" > "$stamp"
