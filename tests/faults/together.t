#!/bin/sh
# Writers, readers and rotators of one vault at once; `make soak` takes 200, 20 and 3. Without a lock
# saves may be lost, as vault(1) says, and that is seen here; the vault is whole all the same.
. "$(dirname "$0")/../lib.sh"

for needed in python3 age; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed"
done
together() {
    run "$TOP/tests/faults/together.py" --program "$BIN" --library "$BUILD/tests/faults/inject.so" "$@"
    sed 's/^/# /' "$STDOUT"
}
together --writers 40 --readers 5 --rotators 2
status_is 0 'at once: nothing that was acknowledged is lost, no read fails'
ok 'at once: all writers wrote, beside reads and rotations' \
    grep -Eq '^40 writes, [1-9][0-9]+ reads, [1-9][0-9]* rotations, 0 wrong states$' "$STDOUT"
together --no-lock --writers 40 --readers 5 --rotators 1 --rounds 3
status_is 0 'flock that does nothing: the vault is whole'
ok 'flock that does nothing: what is lost is seen' \
    grep -Eq ', [1-9][0-9]* lost without a lock, 0 wrong states$' "$STDOUT"
ok 'flock that does nothing: the manual says so' \
    grep -q 'one of two simultaneous' "$TOP/man/vault.1"
done_testing
