#!/bin/sh
# make demo: what it shows is what happens.
. "$(dirname "$0")/../lib.sh"

run "$TOP/build-aux/demo.sh" "$BIN"
status_is 0 'the demo runs'
stdout_has 'the program sees sk-live-1' 'a program gets its secret'
stdout_has 'prod/stripe' 'the names are listed'
if there_is git 'the diff of a change'; then
    stdout_has '-API_KEY = [' 'the diff of a change has the old line'
    stdout_has '+API_KEY = [' 'and the new one'
    is 'and no other' "$(grep -c '^[-+][A-Za-z]' "$STDOUT")" 2
    stdout_has 'changed  prod     stripe/API_KEY' 'and it is told by name'
fi
is 'no value stands in the file that is shown' \
    "$(grep -c '^[A-Z_]* = .*\(sk-test\|sk-live\|postgres\)' "$STDOUT" || true)" 0
is 'nothing is left in the home of who runs it' "$(find "$HOME" -name identity)" ''
done_testing
