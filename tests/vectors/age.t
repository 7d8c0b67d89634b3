#!/bin/sh
# age's conformance vectors: all pass. Where libsodium has no X-Wing, those with a post-quantum
# identity are skipped. And the runner can tell a failure.
. "$(dirname "$0")/../lib.sh"

runner=$TOP/tests/vectors/age.sh
vectors=$("$TOP/tests/vectors/find.sh" age 2>"$TMP/reason") || skip_all "$(cat "$TMP/reason")"

has_line() { # REGEX FILE: in a vector's head, its body is binary
    LC_ALL=C sed '/^$/q' "$2" | grep -q "$1"
}

has_pq=
! "$BIN" keygen --pq -o pq.key >/dev/null 2>&1 || has_pq=yes
post_quantum=
all=0
skips=0
openable=
for vector in "$vectors"/*; do
    all=$((all + 1))
    if [ -z "$has_pq" ] && has_line '^identity: AGE-SECRET-KEY-PQ-1' "$vector"; then
        post_quantum="$post_quantum$(basename "$vector")$newline"
        skips=$((skips + 1))
    elif has_line '^expect: success$' "$vector" && ! has_line '^compressed:' "$vector"; then
        openable=$vector
    fi
done

run "$runner" "$vectors"
status_is 0 'all vectors: exit status 0'
is 'all vectors: none fails, and the last line says so' "$(tail -n 1 "$STDOUT")" \
    "$((all - skips)) passed, 0 failed, $skips skipped"
ok 'all vectors: there are some' test "$all" -gt 100
is 'the post-quantum ones are skipped, and no other' \
    "$(sed -n 's/^skip \([^:]*\):.*/\1/p' "$STDOUT")" "${post_quantum%"$newline"}"

# One vector that passes, and then one word of it changed.
run_changed() { # SED-SCRIPT
    rm -rf changed
    mkdir changed
    LC_ALL=C sed "1,/^\$/{$1}" "$openable" >changed/vector
    run "$runner" changed
}

ok 'there is a vector that opens' test -n "$openable"
run_changed ''
stdout_is '1 passed, 0 failed, 0 skipped'
for change in 's/^expect: success/expect: no match/' 's/^payload: ......../payload: 00000000/'; do
    run_changed "$change"
    status_is 1 "$change: exit status 1"
    is "$change: one fails" "$(tail -n 1 "$STDOUT")" '0 passed, 1 failed, 0 skipped'
done
run_changed 's/^expect:/expects:/'
stdout_has 'not a vector' 'a file that expects nothing fails'
mkdir later
{ echo 'flavour: new' && cat "$openable"; } >later/vector
run "$runner" later
is 'a vector with a line that is not known is skipped' "$(tail -n 1 "$STDOUT")" \
    '0 passed, 0 failed, 1 skipped'
run "$runner" no-such-folder
status_is 2 'no folder: exit status 2'
done_testing
