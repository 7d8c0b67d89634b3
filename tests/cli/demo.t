#!/bin/sh
# make demo: what it shows is what happens; it says so where git is missing for a part of it.
. "$(dirname "$0")/../lib.sh"

touch here
run "$TOP/build-aux/demo.sh" "$BIN"
status_is 0 'the demo runs'
stdout_has 'first-key = ' 'the file is shown'
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
mkdir bin
for tool in sh env sed awk cut dirname basename mktemp mkdir rm; do
    ln -s "$(command -v $tool)" "bin/$tool"
done
run env PATH="$WORK/bin" "$TOP/build-aux/demo.sh" "$BIN"
status_is 0 'without git: done'
stdout_has 'the program sees sk-live-1' 'without git: a program runs with a secret'
stdout_has 'There is no git: make deps' 'without git: what is missing is said'
is 'nothing is left behind' "$(ls)" "bin${newline}here"
is 'nothing is left in the temporary folder' "$(ls -A "$TMPDIR")" ''
is 'nothing is left in the home of who runs it' "$(find "$HOME" -name identity)" ''
done_testing
