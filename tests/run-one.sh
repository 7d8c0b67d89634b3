#!/bin/sh
# Runs one test for run.sh: keeps what it says, and fails it if it leaves temporary files behind.
set -eu

name=$(echo "$1" | tr / -)
log=$TAP/$name
export TMPDIR="$TMP/tmp/$name"
mkdir "$TMPDIR"

echo "$1" >"$log"
status=0
"$1" >>"$log" || status=$?
left=$(ls -A "$TMPDIR")
if [ -n "$left" ]; then
    status=1
    echo "$1 left temporary files behind: $left" >&2
fi
tail -n +2 "$log"
echo "exit status $status" >>"$log"
exit "$status"
