#!/bin/sh
# Run the tests once on each database, and say at the end how each went. What touches none of them runs with the first only.
# Usage: tools/test.sh "sqlite postgresql" [pytest arguments]
set -u
cd "$(dirname "$0")/.."
databases="$1"; shift
failed=0; lines=""; once=""
for database in $databases; do
    printf '\n== tests on %s ==\n' "$database"
    log=$(mktemp)
    # The status of pytest, not that of tee, decides.
    { COMITY_TEST_DB="$database" .venv/bin/python -m pytest "$@" $once; echo $? > "$log.status"; } | tee "$log"
    status=$(cat "$log.status"); [ "$status" = 0 ] || failed=1
    lines="$lines
$database: $(grep -E '^=* ?[0-9]+ (passed|failed|error)|no tests ran|(passed|failed|error)' "$log" | tail -n 1 | sed 's/^=* *//; s/ *=*$//')"
    rm -f "$log" "$log.status"
    once="--again"
done
printf '\n== summary ==%s\n' "$lines"
exit $failed
