#!/bin/sh
# No branch and no address depends on a secret, where keys and base64 are read, values unpadded, seals
# compared: see secrets.c.
. "$(dirname "$0")/../lib.sh"

secrets=$BUILD/tests/faults/secrets
command -v valgrind >/dev/null || skip_all 'there is no valgrind: make deps-test'
cases=$("$secrets")
[ "$cases" != 'without memcheck.h' ] || skip_all "there is no valgrind/memcheck.h: make deps-test"
for case in $cases; do
    run valgrind --quiet --error-exitcode=99 --suppressions="$TOP/tests/faults/secrets.supp" \
        "$secrets" "$case"
    case $case in
    leaky-*) status_is 99 "$case: is found" ;;
    *) status_is 0 "$case: nothing depends on the secret" ;;
    esac
done
done_testing
