#!/bin/sh
# What the tests need from Debian: a PostgreSQL server that lets the present user create databases, Chromium with an
# Arabic font, gettext, libsodium, Pango. As root it installs and starts them; otherwise it says exactly what is missing.
# Usage: tools/system.sh [sqlite|postgresql]...     (the databases that will be tested)
set -eu
databases="${*:-sqlite postgresql}"
say() { printf '%s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

missing=""
has chromium || missing="$missing chromium"
[ -d /usr/share/fonts/truetype/noto ] || missing="$missing fonts-noto-core"
has msgfmt || missing="$missing gettext"
sodium() { .venv/bin/python -c "import ctypes; ctypes.CDLL('libsodium.so.$1')" 2>/dev/null; }
sodium 23 || sodium 26 || missing="$missing libsodium23"
pango() { .venv/bin/python -c "import ctypes; ctypes.CDLL('libpangoft2-1.0.so.0')" 2>/dev/null; }
pango || missing="$missing libpango-1.0-0 libpangoft2-1.0-0"
has cc || missing="$missing gcc libc6-dev"
case " $databases " in *" postgresql "*) has pg_ctlcluster || missing="$missing postgresql" ;; esac
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! has apt-get; then
        say "The tests need these Debian packages:$missing"
        say "Run as root: apt-get install --no-install-recommends$missing"
        exit 1
    fi
    say "Installing$missing ..."
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing >/dev/null
fi

case " $databases " in *" postgresql "*) ;; *) exit 0 ;; esac
ready() { psql -qAtd postgres -c 'SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolcreatedb' 2>/dev/null | grep -qx 1; }
ready && exit 0
if [ "$(id -u)" != 0 ]; then
    say "PostgreSQL must run and let you create databases. Run as root:"
    say "  pg_lsclusters && pg_ctlcluster VERSION main start && su postgres -c 'createuser --createdb $(id -un)'"
    say "or test on SQLite alone: make test DB=sqlite"
    exit 1
fi
pg_lsclusters -h | while read -r version name _ status _; do
    [ "$status" = online ] || pg_ctlcluster "$version" "$name" start
done
attempt=0
until su postgres -c "psql -qAtc 'SELECT 1'" >/dev/null 2>&1; do
    attempt=$((attempt + 1)); [ "$attempt" -lt 30 ] || { say "PostgreSQL does not start; see /var/log/postgresql"; exit 1; }
    sleep 1
done
su postgres -c "createuser --createdb $(id -un)" 2>/dev/null || su postgres -c "psql -qc 'ALTER ROLE \"$(id -un)\" CREATEDB'"
ready || { say "PostgreSQL runs, but $(id -un) cannot create databases over the local socket; see pg_hba.conf"; exit 1; }
