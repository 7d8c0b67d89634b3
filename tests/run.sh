#!/bin/sh
# Runs tests side by side, through prove, and ends with the slowest, with what was skipped and why,
# and with the sums.
# usage: tests/run.sh TEST…    from the top of the tree; JOBS at once
. "$(dirname "$0")/lib.sh"
cd "$TOP"
PATH=$PATH:/usr/bin/core_perl # where Arch keeps prove
command -v prove >/dev/null || {
    echo 'there is no prove: make deps-test' >&2
    exit 1
}

# A python3 that is a script (pyenv's) takes longer to find the real one than most tests need it for.
if python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null); then
    mkdir "$TMP/bin"
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$python" >"$TMP/bin/python3"
    chmod +x "$TMP/bin/python3"
    PATH=$TMP/bin:$PATH
fi

export TAP="$TMP/tap"
mkdir "$TAP"
verdict=0
prove --norc --timer --state save --statefile "$TMP/times" --jobs "${JOBS:-2}" \
    --exec tests/run-one.sh "$@" || verdict=1

[ $# -le 10 ] || awk '
    /^  [^ ].*:$/ { test = substr($1, 1, length($1) - 1) }
    $1 == "elapsed:" { printf "slow: %6.2f s  %s\n", $2, test }' "$TMP/times" | sort -rn -k 2 | head -n 10

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
