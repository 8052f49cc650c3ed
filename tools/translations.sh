#!/bin/sh
# Collect the messages of the pages into the catalogues, then compile these.
set -eu
cd "$(dirname "$0")/../src/comity"
django="../../.venv/bin/python -m django"
export DJANGO_SETTINGS_MODULE=comity.settings
$django makemessages --no-location --no-wrap -l fr -l nl -l ar -v 0
$django compilemessages -v 0
