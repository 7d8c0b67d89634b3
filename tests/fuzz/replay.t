#!/bin/sh
# Every fuzz target takes every input of its corpus, and has one.
. "$(dirname "$0")/../lib.sh"

for source in "$TOP"/tests/fuzz/*.c; do
    target=$(basename "$source" .c)
    [ "$target" != replay ] || continue
    corpus=$TOP/tests/fuzz/corpus/$target
    inputs=$(find "$corpus" -type f 2>/dev/null | wc -l)

    run "$BUILD/tests/fuzz/$target" "$corpus"
    status_is 0 "$target: exit status 0"
    is "$target: $((inputs)) inputs" "$(tail -n 1 "$STDOUT")" "$((inputs))"
    ok "$target: the corpus is not empty" test "$inputs" -gt 0
done

[ "$tap_tests" -gt 0 ] || skip_all 'there is no fuzz target yet'
done_testing
