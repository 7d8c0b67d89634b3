#!/bin/sh
# What is too long for a test: about SOAK_SECONDS of it, an hour unless said, and one table of what was
# tried, how often, and what was lost.
# usage: soak.sh PROGRAM BUILD    from the top of the tree
set -u

program=$1 build=$2 jobs=${JOBS:-2}
seconds=${SOAK_SECONDS:-3600}
faults=tests/faults
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM
: >"$folder/table"
failed=0

of_an_hour() { # NUMBER
    echo $(($1 * seconds / 3600 + 1))
}

# The last line of what a step says is what it tried, and goes into the table.
step() { # NAME COMMAND…
    name=$1 begun=$(date +%s) verdict='nothing lost'
    shift
    printf '\n=== %s\n' "$name"
    "$@" >"$folder/said" 2>&1 || { verdict=FAILED && failed=$((failed + 1)); }
    cat "$folder/said"
    printf '%-34s %6d s  %-12s  %s\n' "$name" $(($(date +%s) - begun)) "$verdict" \
        "$(tail -n 1 "$folder/said")" >>"$folder/table"
}

# A test that is longer when it is told so.
test_of() { # TEST
    test_status=0
    BUILD=$build BIN=$program "$1" >"$folder/tap" || test_status=$?
    cat "$folder/tap"
    awk '/^ok / { checks++ } /^ok [0-9]+ - [0-9]+ times / { runs += $4 }
        END { printf "%d checks%s\n", checks, runs ? ", " runs " runs" : "" }' "$folder/tap"
    return $test_status
}

fuzz() {
    make --no-print-directory JOBS="$jobs" fuzz FUZZ_SECONDS=$((seconds / 25)) >"$folder/fuzz" 2>&1
    fuzz_status=$?
    cat "$folder/fuzz"
    awk '/^fuzz: .*: Done / { runs += $4; targets++ }
        END { printf "%d runs of %d targets\n", runs, targets; exit targets == 0 }' "$folder/fuzz" &&
        [ $fuzz_status -eq 0 ]
}

memory=/dev/shm
{ [ -d $memory ] && [ -w $memory ]; } || memory=$folder
quick=
[ "$seconds" -ge 1800 ] || quick=--quick

step 'calls that fail' $faults/sweep.py --program "$program" --library "$build/tests/faults/inject.so" \
    --jobs "$jobs" $quick
step 'SIGKILL' $faults/kill.py --program "$program" --kills "$(of_an_hour 2500)" --jobs "$jobs" \
    "$memory" "$folder"
step 'SIGKILL of one writer after another' test_of $faults/writers.t
step 'power cuts' $faults/power.py --program "$program"
step 'writers, readers, rotators' $faults/together.py --program "$program" --rounds "$(of_an_hour 20)"
step 'the same without a lock' $faults/together.py --program "$program" --no-lock \
    --library "$build/tests/faults/inject.so" --rounds "$(of_an_hour 5)"
ROTATIONS=$(of_an_hour 1000)
export ROTATIONS
step 'reads beside rotations' test_of $faults/rotations.t
step 'a case of each verb, in valgrind' $faults/valgrind.py --program "$build/check/vault" --all \
    --jobs "$jobs"
step 'secrets, in valgrind' test_of $faults/secrets.t
EVERY_VERB=1
export EVERY_VERB
for test in tests/attacks/time-*.t; do
    step "every verb on hostile ${test#*time-}" test_of "$test"
done
step 'fuzzing' fuzz

printf '\n'
cat "$folder/table"
[ $failed -eq 0 ]
