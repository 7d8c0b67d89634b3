#!/bin/sh
# The pager of list, log and diff: only on a terminal that is too small, and never with values, with
# what opens the vault, or for a coding agent.
. "$(dirname "$0")/repository.sh"

person alice
VAULT_IDENTITY=$(cat "$TMP/keys/alice")
export VAULT_IDENTITY TERM=xterm
unset PAGER VAULT_PAGER LESS
quietly vault init --reader "alice=$(public alice)"
for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
    quietly vault set "app/NAME$number=$MARKER-$number"
    [ "$number" -gt 6 ] || commit "$number"
done
cat >"$TMP/pager" <<'END'
#!/bin/sh
env >"$TMP/pager.env"
tee "$TMP/pager.in"
END
chmod +x "$TMP/pager"
export TMP

# on ROWS COMMAND…: on a terminal with that many rows, with our pager.
on() {
    rows=$1
    shift
    rm -f "$TMP/pager.in" "$TMP/pager.env"
    # shellcheck disable=SC2016
    run pty -- sh -c 'stty rows "$0" cols 100; exec "$@"' "$rows" "$@"
}
paged() {
    [ -s "$TMP/pager.in" ]
}

export VAULT_PAGER="$TMP/pager"
# shellcheck disable=SC2086
for words in 'list --names' log diff; do
    on 5 "$BIN" $words
    status_is 0 "$words: exit status"
    ok "$words: through the pager" paged
    is "$words: all of it, once" "$(grep -c . "$STDOUT")" "$(grep -c . "$TMP/pager.in")"
    ok "$words: the pager has nothing that opens the vault" not grep -q -e '^VAULT_IDENTITY=' -e '^VAULT_PASSPHRASE=' "$TMP/pager.env"
    ok "$words: but less's settings" grep -q '^LESS=FRX$' "$TMP/pager.env"
    on 200 "$BIN" $words
    ok "$words: not if it fits" not paged
    rm -f "$TMP/pager.in"
    run vault $words
    ok "$words: not into a pipe or a file" not paged
    on 5 "$BIN" $words --no-pager
    ok "$words: not with --no-pager" not paged
    on 5 env VAULT_AGENT=guard "$BIN" $words
    ok "$words: not for a coding agent" not paged
    on 5 env TERM=dumb "$BIN" $words
    ok "$words: not on a dumb terminal" not paged
done
# shellcheck disable=SC2086
for words in 'log --reveal' 'diff --reveal'; do
    on 5 "$BIN" $words
    ok "$words: no value goes to a pager" not paged
    ok "$words: and it is shown" has_text "$MARKER" "$STDOUT"
done
on 5 "$BIN" get NAME1
ok 'get has no pager' not paged

on 5 env -u VAULT_PAGER PAGER="$TMP/pager" "$BIN" list --names
ok 'PAGER, without VAULT_PAGER' paged
on 5 env VAULT_PAGER= PAGER="$TMP/pager" "$BIN" list --names
ok 'an empty VAULT_PAGER is none' not paged
on 5 env VAULT_PAGER=cat "$BIN" list --names
ok 'nor is cat' test "$(grep -c NAME "$STDOUT")" = 12
on 5 env VAULT_PAGER="$TMP/nowhere" "$BIN" list --names
status_is 0 'a pager that is not there'
ok 'does not hide the output' test "$(grep -c '^app/NAME' "$STDOUT")" = 12
on 5 env VAULT_PAGER='head -n 2' "$BIN" log
status_is 0 'a pager that is left before the end'
on 5 env VAULT_PAGER='exit 3' "$BIN" list --names
status_is 0 'what a pager answers does not matter'
on 5 "$BIN" list -e nope
status_is 4 'an error ends as without a pager'
ok 'and shows nothing in it' not paged
refuses 2 'does not take --no-pager' '' vault get NAME1 --no-pager
finish
