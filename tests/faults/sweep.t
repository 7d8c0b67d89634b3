#!/bin/sh
# Each verb, with calls that fail: a part of the points. `make soak` tries all of them.
. "$(dirname "$0")/../lib.sh"

for needed in python3 git age; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed"
done
# All verbs but two, which read no file.
# ui needs a terminal: tests/fuzz/ui.c drives it.
vault help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p' | grep -v -x -e help -e version -e ui | sort >verbs
ok 'the test reads the verbs out of help' test "$(wc -l <verbs)" -gt 30
run "$TOP/tests/faults/sweep.py" --list
ok 'each verb has a scene' or_tell diff verbs "$STDOUT"
run "$TOP/tests/faults/sweep.py" --program "$BIN" --library "$BUILD/tests/faults/inject.so" \
    --quick --jobs 2
status_is 0 'no failure leaves a wrong state'
ok 'failures were injected' grep -Eq '^[0-9]{3,} points, 0 wrong states$' "$STDOUT"
done_testing
