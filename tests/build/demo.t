#!/bin/sh
# make demo shows what the README promises, and says so where git is missing for a part of it.
. "$(dirname "$0")/../lib.sh"

demo=$TOP/build-aux/demo.sh
touch here
if command -v git >/dev/null; then
    run "$demo" "$BIN"
    status_is 0 'the demo: done'
    stdout_has 'the program sees sk-live-1' 'a program runs with a secret'
    stdout_has 'first-key = ' 'the file is shown'
    stdout_has '-API_KEY = ["' 'the diff of git is shown'
    stdout_has 'changed  prod     stripe/API_KEY' 'the diff of vault is shown'
else
    skip 'the diff is shown' 'there is no git'
fi

mkdir bin
for tool in sh env sed awk cut dirname basename mktemp mkdir rm; do
    ln -s "$(command -v $tool)" "bin/$tool"
done
run env PATH="$WORK/bin" "$demo" "$BIN"
status_is 0 'without git: done'
stdout_has 'the program sees sk-live-1' 'without git: a program runs with a secret'
stdout_has 'There is no git: make deps' 'without git: what is missing is said'
is 'nothing is left behind' "$(ls)" "bin${newline}here"
is 'nothing is left in the temporary folder' "$(ls -A "$TMPDIR")" ''

done_testing
