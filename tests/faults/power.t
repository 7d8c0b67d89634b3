#!/bin/sh
# A power cut after any system call of a verb that writes: the file is the old one or the new one, and
# nothing was said before the new one was safe.
. "$(dirname "$0")/../lib.sh"

for needed in python3 git age; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed"
done
strace -qq -f -y -o /dev/null true 2>/dev/null || skip_all 'strace cannot trace here: make deps-test'
run "$TOP/tests/faults/power.py" --program "$BIN"
status_is 0 'a power cut leaves the old file or the new one'
ok 'some were tried' grep -Eq '^[0-9]{3,} power cuts of [0-9]{2,} files, 0 wrong states$' "$STDOUT"
sed 's/^/# /' "$STDOUT"
done_testing
