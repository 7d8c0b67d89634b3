#!/bin/sh
# OpenSSH keys that have a passphrase: ssh-keygen takes it off a copy in memory, and only where the
# key can help. Nothing of it is left, or seen by another program.
if [ -z "${KEYRING_OF_ITS_OWN:-}" ] && unshare --user --map-root-user true 2>/dev/null; then
    KEYRING_OF_ITS_OWN=1 exec unshare --user --map-root-user "$0"
fi
. "$(dirname "$0")/scene.sh"

for needed in python3 ssh-keygen; do
    command -v $needed >/dev/null || skip_all "there is no $needed: make deps-test"
done
PASS='a phrase of ssh'
ssh=$HOME/.ssh/id_ed25519
mkdir "$HOME/.ssh"
ssh-keygen -q -t ed25519 -N "$PASS" -C 'of a test' -f "$ssh"
public=$(cut -d ' ' -f 1,2 "$ssh.pub")

# A folder of its own in memory, where what is left behind would be seen.
memory=$(mktemp -d /dev/shm/vault-test-XXXXXX) || skip_all 'there is no folder in memory'
trap 'rm -rf "${memory:?}"; chmod -R u+rwx "${TMP:?}"; rm -rf "${TMP:?}"' EXIT
export XDG_RUNTIME_DIR="$memory"

given vault init -e dev,prod
given vault set "KEY=$MARKER"
given vault set KEY=other -e prod
given vault grant sam "$public"
given vault grant carol --passphrase --generate
mv "$IDENTITY" plain.key
cp -p "$ssh" before

asks() { # NAME COMMAND…
    tap_about=$1
    shift
    run pty --expect 'ssh-keygen asks for the passphrase of /.*/id_ed25519' --expect 'passphrase: ' \
        --secret "$PASS" -- "$@"
    status_is 0 "$tap_about"
}
asks 'get, which may start no program' "$BIN" get KEY
stdout_has "$MARKER" 'the value'
stdout_lacks carol 'and nobody else is asked for'
asks 'exec, which is in no cage' "$BIN" exec -- sh -c 'echo "got $KEY"'
stdout_has "got $MARKER" 'the value, in its environment'
asks 'set' "$BIN" set B=1
asks 'doctor, whose cage starts git' "$BIN" doctor
stdout_has 'ssh-agent cannot decrypt' 'doctor says what cannot help'
asks 'a given one' "$BIN" get KEY --identity "$ssh"
run pty --expect 'passphrase of VAULT_IDENTITY' --expect 'passphrase: ' --secret "$PASS" -- \
    env VAULT_IDENTITY="$(cat "$ssh")" "$BIN" get KEY
status_is 0 'and one in a variable'
run pty --expect 'passphrase: ' --secret wrong --expect 'does not open' --expect 'passphrase: ' \
    --secret "$PASS" -- "$BIN" get KEY
status_is 0 'a wrong passphrase is asked for again'
run pty --expect 'passphrase: ' --secret 1 --expect 'passphrase: ' --secret 2 \
    --expect 'passphrase: ' --secret 3 -- "$BIN" get KEY
status_is 3 'three times'
stdout_has "$ssh stays closed" 'then its file is named'
stdout_lacks carol 'and nobody is asked for the passphrase of another reader'

# ---- where it cannot help, nobody is asked for it

run pty -- "$BIN" get KEY -e prod
status_is 3 'a key that does not read an environment'
stdout_lacks 'Enter old' 'is not asked for'
stdout_has "passed over $ssh" 'and is named'
run pty -- "$BIN" get KEY --identity plain.key
stdout_lacks 'ssh-keygen' 'nor one beside a key that opens'
refuses 3 "$ssh has a passphrase" 'vault unlock' alone "$BIN" get KEY
run alone "$BIN" list
status_is 0 'nor where no key is needed'
ssh-keygen -q -t rsa -b 2048 -N "$PASS" -f rsa
refuses 3 'only ssh-ed25519' '' alone "$BIN" get KEY --identity rsa
cp rsa "$ssh"
refuses 3 'no key was given' 'vault keygen' alone "$BIN" get KEY -e prod
stderr_has "passed over $ssh: " 'an RSA key at the usual place is named'
cp before "$ssh"
head -c 200 before >short
chmod 600 short
refuses 3 'damaged SSH private key' '' alone "$BIN" get KEY --identity short

# ---- what is left, and who could see it

ok 'the key itself is as it was' cmp "$ssh" before
is 'nothing is left in memory' "$(ls -A "$memory")" ''
if command -v strace >/dev/null && strace -f -o "$TMP/trace" true 2>/dev/null; then
    run pty --expect 'passphrase: ' --secret "$PASS" -- strace -f -v -s 4096 -o "$TMP/trace" \
        -e trace=execve,/^open,/^unlink,/^rename -e inject=prctl:retval=0:when=1 "$BIN" get KEY
    stdout_has "$MARKER" 'under strace'
    ok 'ssh-keygen was run' grep -q 'execve.*"-p", "-N", ""' "$TMP/trace"
    ok 'the passphrase is in no argument and no variable' not has_text "$PASS" "$TMP/trace"
    ok 'no variable of ours, nor SSH_ASKPASS, is passed' \
        not grep -q 'execve.*ssh-keygen".*\(VAULT_\|ASKPASS\|SSH_\)' "$TMP/trace"
    ok 'the copy lies in memory' grep -q "$memory/vault-[^/]*/key" "$TMP/trace"
else
    skip 'under strace' 'there is no strace'
fi
mkdir empty
run pty -- env PATH="$PWD/empty" "$BIN" get KEY
status_is 3 'without ssh-keygen'
stdout_has 'there is no ssh-keygen' 'which is said'
printf '#!/bin/sh\ntouch %s/hijacked\n' "$PWD" >ssh-keygen
chmod +x ssh-keygen
run pty -- env PATH=".::empty" "$BIN" get KEY
status_is 3 'one in this folder is not run'
ok 'it was not' not test -e hijacked
printf '#!/bin/sh\nfor f; do :; done; cat %s >"$f"\n' "$PWD/plain.key" >empty/ssh-keygen
chmod +x empty/ssh-keygen
run pty -- env PATH="$PWD/empty:$PATH" "$BIN" get KEY
status_is 3 'another key in its place is refused'
stdout_has 'another key' 'and that is said'
is 'again nothing is left in memory' "$(ls -A "$memory")" ''

# ---- unlock

if [ -n "${KEYRING_OF_ITS_OWN:-}" ]; then
    asks 'unlock asks once' "$BIN" unlock
    is 'then nothing is asked' "$(alone "$BIN" get KEY)" "$MARKER"
    given vault unlock -e prod --identity plain.key
    is 'another kept beside it' "$(alone "$BIN" get KEY -e prod)" other
    is 'and the first one still' "$(alone "$BIN" get KEY)" "$MARKER"
    given vault lock
else
    skip 'unlock' 'no user namespace is to be had, and so no keyring to test with'
fi
finish
