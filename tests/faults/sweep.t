#!/bin/sh
# Each verb, with calls that fail: a part of the points. `make soak` tries all of them.
. "$(dirname "$0")/../lib.sh"

for needed in python3 git age; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed"
done
run "$TOP/tests/faults/sweep.py" --program "$BIN" --library "$BUILD/tests/faults/inject.so" \
    --quick --jobs 2
status_is 0 'no failure leaves a wrong state'
ok 'failures were injected' grep -Eq '^[0-9]{3,} points, 0 wrong states$' "$STDOUT"
done_testing
