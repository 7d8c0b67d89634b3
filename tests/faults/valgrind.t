#!/bin/sh
# Some verbs under valgrind; `make soak` tries a case of each.
. "$(dirname "$0")/../lib.sh"

for needed in valgrind python3 git age; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed: make deps-test"
done
run valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
    "$BUILD/tests/faults/secrets" lose
status_is 99 'a leak is found'
run "$TOP/tests/faults/valgrind.py" --program "$BUILD/check/vault" --jobs 2
status_is 0 'no error, and no leak'
sed 's/^/# /' "$STDOUT"
done_testing
