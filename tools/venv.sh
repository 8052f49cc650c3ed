#!/bin/sh
# Create .venv and install a hashed lock file, unless that was done already.
# Usage: tools/venv.sh run|dev        (PYTHON names the interpreter, python3 if unset)
set -eu
cd "$(dirname "$0")/.."
lock="requirements/$1.lock"
python="${PYTHON:-python3}"
say() { printf '%s\n' "$*" >&2; }

command -v "$python" >/dev/null 2>&1 || { say "Python 3.11 or newer is missing. On Debian: apt-get install python3 python3-venv"; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "Comity needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Name another: make PYTHON=python3.12 ..."; exit 1; }

sum() { "$python" - "$1" <<'PY'
import hashlib, pathlib, sys
print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())
PY
}
stamp=.venv/.lock
want="$1 $(sum "$lock") $(pwd)"
[ -x .venv/bin/python ] && [ -f "$stamp" ] && grep -qxF "$want" "$stamp" && exit 0

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing python3-venv ..."
        apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3-venv >/dev/null
    else
        say "The venv module is missing. On Debian: apt-get install python3-venv"; exit 1
    fi
fi
sodium() { "$python" -c "import ctypes; ctypes.CDLL('libsodium.so.$1')" 2>/dev/null; }
if ! sodium 23 && ! sodium 26; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing libsodium23 ..."
        apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends libsodium23 >/dev/null
    else
        say "libsodium is missing: searches at partners will be refused. On Debian: apt-get install libsodium23"
    fi
fi
.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || rm -rf .venv
[ -x .venv/bin/python ] || "$python" -m venv .venv
say "Installing $(grep -c '==' "$lock") packages from $lock, each checked against its hash ..."
.venv/bin/python -m pip install -q --disable-pip-version-check --no-input --only-binary :all: --require-hashes -r "$lock"

# The project itself: its sources on the path, and the `comity` command.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$(pwd)/src" > "$site/comity_source.pth"
cat > .venv/bin/comity <<SH
#!/bin/sh
exec "$(pwd)/.venv/bin/python" -m comity.cli "\$@"
SH
chmod 755 .venv/bin/comity
say "Compiling the matcher, once ..."
printf '%s\n' '{"given": "Sara", "dob": "1981-04-12"}' '{"given": "سارة", "dob": "1981-04-12"}' |
    .venv/bin/python -m comity.cli match explain - >/dev/null
if command -v cc >/dev/null 2>&1 && grep -qw avx512ifma /proc/cpuinfo 2>/dev/null; then
    say "Compiling the evaluation of tokens ..."
    .venv/bin/python -m comity.cli probe compile >/dev/null || say "Left aside: indexes are made more slowly."
fi
printf '%s\n' "$want" > "$stamp"
# Whoever can test can also run.
[ "$1" = run ] || printf 'run %s %s\n' "$(sum requirements/run.lock)" "$(pwd)" >> "$stamp"
