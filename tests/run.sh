#!/bin/sh
# Runs tests side by side, through prove, and ends with what was skipped, why, and the sums.
# usage: tests/run.sh TEST…    from the top of the tree; JOBS at once
. "$(dirname "$0")/lib.sh"
cd "$TOP"
PATH=$PATH:/usr/bin/core_perl # where Arch keeps prove
command -v prove >/dev/null || {
    echo 'there is no prove: make deps-test' >&2
    exit 1
}

export TAP="$TMP/tap"
mkdir "$TAP"
verdict=0
prove --norc --timer --jobs "${JOBS:-2}" --exec tests/run-one.sh "$@" || verdict=1

# Each log begins with the test's name and ends with its exit status. A test that broke off counts
# as one that failed, whatever it said before.
awk '
    FNR == 1 { file = $0; said = bad = telling = 0; planned = "nothing"; next }
    /^not ok / { said++; failed++; bad++; telling = 1; print "failed: " file ": " $0; next }
    /^#/ && telling { print; next }
    { telling = 0 }
    / # SKIP / { skipped++; reason = $0; sub(/.* # SKIP /, "", reason)
                 print "skipped: " file ": " reason }
    /^ok / { said++; if (!/ # SKIP /) passed++ }
    /^1\.\.[1-9]/ || /^1\.\.0 # SKIP / { planned = substr($1, 4) }
    /^exit status / && !bad && ($3 != 0 || planned != said) {
        failed++; print "broke off: " file ": " said " tests of " planned ", " $0 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }
' "$TAP"/* || verdict=1
exit "$verdict"
