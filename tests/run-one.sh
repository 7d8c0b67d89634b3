#!/bin/sh
# Runs one test for run.sh: keeps what it says, ends it if it hangs, and fails it if it leaves
# temporary files behind.
set -eu

name=$(echo "$1" | tr / -)
log=$TAP/$name
limit=${TEST_LIMIT:-900} # seconds; for what hangs, far above what the slowest takes on a busy machine
export TMPDIR="$TMP/tmp/$name"
mkdir "$TMPDIR"

echo "$1" >"$log"
status=0
# Under nohup or in a script's background signals are ignored, and sh cannot change that: perl, which
# prove needs as well, gives the test those that its programs must get.
# shellcheck disable=SC2016 # it is perl
perl -e '$SIG{$_} = "DEFAULT" for qw(HUP INT QUIT PIPE); exec @ARGV' \
    timeout -k 10 "$limit" "$1" >>"$log" &
running=$!
trap 'kill "$running" && wait "$running"; exit 130' HUP INT TERM
wait "$running" || status=$?
[ "$status" -ne 124 ] || echo "$1 ran for more than $limit s" >&2
left=$(ls -A "$TMPDIR")
if [ -n "$left" ]; then
    status=1
    echo "$1 left temporary files behind: $left" >&2
fi
tail -n +2 "$log"
echo "exit status $status" >>"$log"
exit "$status"
