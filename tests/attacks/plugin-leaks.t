#!/bin/sh
# Promise 35: A plugin gets only its own part, and what it returns is checked.
# tina's plugin writes down its arguments, variables and descriptors, and looks for the terminal.
# shellcheck source=tests/attacks/toy.sh
. "$(dirname "$0")/toy.sh"

[ -e /proc/self/fd ] || skip_all 'there is no /proc'
given as alice vault keygen -o other.key
secret=$(grep AGE-SECRET other.key)
TOY_DUMP=$TMP/dump
export VAULT_IDENTITY_FILE="$TMP/toy.key" VAULT_PIN='' VAULT_AUTHOR=somebody SOME_SETTING=kept

leaks_nothing() { # TEXT: in what it saw
    [ -s "$TOY_DUMP" ] || { echo 'it was not run' && return 1; }
    ! grep -i "$1" "$TOY_DUMP"
}
seen() {
    ok 'no variable of ours' leaks_nothing '^variable VAULT_'
    ok 'no key' leaks_nothing 'AGE-SECRET-KEY\|AGE-PLUGIN-TOY-1'
    ok 'no value' leaks_nothing 'a-value-of-alice'
    ok 'no descriptor but its pipes' leaks_nothing '^descriptor [3-9][0-9]* \(/\|pipe\|socket\).*\(work\|pipe\|toml\|key\|tty\|pts\)'
    is 'one argument' "$(grep -c '^arguments --age-plugin=[a-z]*-v1$' "$TOY_DUMP")" "$(grep -c '^arguments' "$TOY_DUMP")"
    ok 'other settings are the person'\''s own' grep -q '^variable SOME_SETTING=kept$' "$TOY_DUMP"
    ok 'not in the folder of the vault' leaks_nothing "^folder $WORK"
    ok 'no terminal' leaks_nothing '^terminal'
    : >"$TOY_DUMP"
}
makes_only_pins() {
    ! grep O_CREAT "$TMP/trace" | grep -v '/[.]local/state/vault/\|/dev/null\|__pycache__\|/dump"'
}
export TOY_DUMP
run as tina "$TOP/tests/pty.py" -- sh -c 'exec 5<vault.toml 9<other.key; exec "$@"' - "$BIN" get KEY
is 'get' "$status" 0
seen
run as tina sh -c 'exec 5<vault.toml 9<other.key; exec "$@"' - "$BIN" exec -- true
is 'exec' "$status" 0
seen
unset VAULT_IDENTITY_FILE
run as tina env VAULT_IDENTITY="$(cat "$TMP/toy.key")
$secret" VAULT_PASSPHRASE_FILE="$TMP/none" "$BIN" get KEY --identity "$TMP/toy.key"
is 'keys in variables' "$status" 0
seen
run as alice env VAULT_PASSPHRASE=secret VAULT_IDENTITY="$secret" "$BIN" rotate --identity "$TMP/people/alice/.config/vault/identity"
is 'rotate, which wraps a new key' "$status" 0
seen
if command -v strace >/dev/null && strace -f -o "$TMP/trace" true 2>/dev/null; then
    run as tina strace -f -v -s 4096 -o "$TMP/trace" -e trace=execve,openat,open,creat,prctl \
        -e inject=prctl:retval=0 "$BIN" get KEY --identity "$TMP/toy.key"
    is 'under strace: the value' "$(cat "$STDOUT")" a-value-of-alice
    ok 'no key in an argument, a variable or the name of a file' not has_text 'AGE-PLUGIN-TOY-1' "$TMP/trace"
    ok 'no file is made but pins' makes_only_pins
else
    skip 'under strace' 'there is no strace'
fi
done_testing
