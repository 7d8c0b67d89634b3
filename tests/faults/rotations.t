#!/bin/sh
# Beside rotations: whoever reads or writes meanwhile is never told that the file is older than what
# the machine knows, and the pins stay in the order of the keys. ROTATIONS says how many.
. "$(dirname "$0")/../lib.sh"

ROTATIONS=${ROTATIONS:-40}
vault init 2>/dev/null
vault set A=1 2>/dev/null

beside() { # NAME COMMAND…: again and again, while there are rotations
    name=$1
    shift
    runs=0
    while [ ! -e over ]; do
        "$@" >/dev/null 2>"$name.said" || cat "$name.said" >>"$name.failed"
        runs=$((runs + 1))
    done
    echo "$runs" >"$name.runs"
}
beside get "$BIN" get A &
beside set "$BIN" set B=2 &
beside exec "$BIN" exec -- true &
beside verify "$BIN" readers &
rotated=0
for _ in $(seq "$ROTATIONS"); do
    "$BIN" rotate >>keys 2>rotate.said || break
    rotated=$((rotated + 1))
done
: >over
wait
is "$ROTATIONS rotations" "$rotated $(grep -v '^note: ' rotate.said)" "$ROTATIONS "
for name in get set exec verify; do
    ok "$(cat $name.runs) times $name beside them: none has failed" sh -c "! { [ -e $name.failed ] && head -n 20 $name.failed; }"
    ok "$name was beside them" test "$(cat $name.runs)" -gt 1
done
grep ' dev ' "$XDG_STATE_HOME/vault/pins" | grep -v '^made ' | sed 's/.* dev //' | tail -n "$ROTATIONS" >pinned
sed 's/^dev=//' keys >made
ok 'each key was pinned once, in the order in which they were made' cmp pinned made
done_testing
