#!/bin/sh
# unlock keeps the opened identity in the kernel's user keyring, lock forgets it. A user namespace
# has a keyring of its own: what somebody has unlocked here is neither seen nor touched.
if [ -z "${KEYRING_OF_ITS_OWN:-}" ] && unshare --user --map-root-user true 2>/dev/null; then
    KEYRING_OF_ITS_OWN=1 exec unshare --user --map-root-user "$0"
fi
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
[ -n "${KEYRING_OF_ITS_OWN:-}" ] || skip_all 'no user namespace is to be had, and so no keyring to test with'

given vault init -e dev,prod
given vault set "KEY=$MARKER"
given vault set KEY=other -e prod
given vault grant team --passphrase --generate
passphrase=$(cat "$STDOUT")
ok 'the passphrase has four groups of four' matches "$passphrase" '????-????-????-????'
given vault grant boss --passphrase --generate -e prod
boss=$(cat "$STDOUT")
mv "$IDENTITY" "$TMP/identity"

run vault lock
status_is 0
stderr_has 'note: nothing was unlocked'
refuses 3 'no key was given that could open dev' 'ask a reader: vault grant' vault unlock
run pty --expect 'passphrase of team for dev: ' --secret "$passphrase" -- "$BIN" unlock
status_is 0 'unlock asks for the passphrase'
stdout_has 'note: dev is unlocked for 8h'
is 'then nothing is asked' "$(alone "$BIN" get KEY)" "$MARKER"
is 'from another session too' "$(setsid -w "$BIN" get KEY)" "$MARKER"
is 'and from another folder' "$(cd / && "$BIN" get KEY -f "$WORK/vault.toml")" "$MARKER"
ok 'the passphrase is not kept' not has_text "$passphrase" /proc/keys
refuses 3 'none of the keys' 'vault grant NAME age1' vault get KEY -e prod

with "$boss" given sh -c 'cat >"$TMPDIR/p" && chmod 600 "$TMPDIR/p"'
given vault unlock -e prod --for 30m --passphrase-file "$TMPDIR/p"
is 'another environment, beside the first' "$(vault get KEY -e prod)" other
is 'which is still unlocked' "$(vault get KEY)" "$MARKER"
given vault unlock --for 30m
is 'unlocked twice' "$(vault get KEY)" "$MARKER"

mkdir other
given vault keygen -o me.key
given vault init --reader "me=$(cat "$STDOUT")" -f other/vault.toml
given vault set KEY=1 -f other/vault.toml --identity me.key
refuses 3 'no key was given' 'vault keygen' vault get KEY -f other/vault.toml
refuses 3 'none of the keys' '' vault get KEY --identity me.key

run vault lock
status_is 0
stderr_has 'note: locked: what was kept is forgotten'
refuses 3 'no key was given' 'vault keygen' vault get KEY
refuses 3 'no key was given' 'vault keygen' vault get KEY -e prod

# A busy machine may need longer for the second command than the key is kept.
for seconds in 1 4 16 64; do
    given vault unlock --for "${seconds}s" --identity "$TMP/identity"
    run vault get KEY
    [ "$status" -ne 0 ] || break
done
is 'for some seconds' "$(cat "$STDOUT")" "$MARKER"
while "$BIN" get KEY >/dev/null 2>&1; do sleep 0.1; done
refuses 3 'no key was given' 'vault keygen' vault get KEY

for time in 8 h 0h 1y 31d -1h 1.5h 999999999999999999999s 8H '8 h'; do
    refuses 2 'a time is a number' 'vault unlock --for=8h' vault unlock "--for=$time" --identity "$TMP/identity"
done

ssh-keygen -q -t ed25519 -N '' -f ssh.key
given vault grant ssh "$(cat ssh.key.pub)" --identity "$TMP/identity"
refuses 2 'a key that stays in its file' '' vault unlock --identity ssh.key

if command -v strace >/dev/null; then
    refuses 1 'no kernel keyring is available here' '--passphrase-file' \
        strace -o "$TMP/trace" -e trace=add_key -e inject=add_key:error=ENOSYS "$BIN" unlock --identity "$TMP/identity"
    run strace -o "$TMP/trace" -e trace=keyctl -e inject=keyctl:error=EPERM "$BIN" lock
    status_is 0 'nothing is kept where nothing can be'
    stderr_has 'no kernel keyring is available here'
    run strace -o "$TMP/trace" -e trace=keyctl -e inject=keyctl:error=ENOSYS "$BIN" get KEY --identity "$TMP/identity"
    ok 'nothing else needs it' has_text "$MARKER" "$STDOUT"
    refuses 1 'cannot keep it' '' \
        strace -o "$TMP/trace" -e trace=keyctl -e inject=keyctl:error=EINVAL:when=3 "$BIN" unlock --identity "$TMP/identity"
    refuses 3 'no key was given' '' vault get KEY
else
    skip 'where there is no keyring' 'there is no strace: make deps-test'
fi

cp vault.toml good.toml
sed 's/^first-secret = ".../first-secret = "AAA/' good.toml >vault.toml
refuses 5 'the start of the environment' '' vault unlock --identity "$TMP/identity"
finish
