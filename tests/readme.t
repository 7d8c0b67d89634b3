#!/bin/sh
# What README.md and docs/*.md say, happens: every block in them is typed.
cd "$(dirname "$0")/.." || exit 1

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
for text in README.md $(grep -l '^ *```' docs/*.md); do
    tests/readme.sh "$text" >"$log.part" || failed=1
    sed -E "s#^(not )?ok [0-9]+ - #&$text: #" "$log.part" >>"$log"
    rm "$log.part"
done
# One plan for all of them. A file that is skipped as a whole counts as one test.
awk '
    /^1\.\.0 # SKIP / { sub(/^1\.\.0/, "ok " ++count " - a file"); print; next }
    /^1\.\./ { next }
    /^(not )?ok [0-9]+ - / { sub(/[0-9]+/, ++count) }
    { print }
    END { print "1.." count + 0 }' "$log"
exit "$failed"
