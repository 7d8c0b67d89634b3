#!/bin/sh
# The examples: each is in the list, has a comment at its top, and is run by a test.
. "$(dirname "$0")/../lib.sh"

cd "$TOP/examples"
for example in */; do
    example=${example%/}
    first=$(sed -n "s/^| \\[$example\\](\\([^)]*\\)).*/\\1/p" README.md)
    ok "$example: in the list" test -n "$first"
    ok "$example: is there" test -f "${first:-none}"
    ok "$example: says what it shows" grep -q -m 1 -E '^(#|//|/\*|""") ?[A-Z]' "${first:-none}"
    ok "$example: run by a test" grep -q "[/ ]$example\>\|MOVING=.*/$example" "$TOP"/tests/examples/[!i]*.t
done
grep -o '](\([^)]*\))' README.md | tr -d '()]' >"$TMP/files"
while read -r file; do
    ok "in the list, and there: $file" test -f "$file"
done <"$TMP/files"

done_testing
