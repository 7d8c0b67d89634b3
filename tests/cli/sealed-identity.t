#!/bin/sh
# Identity files under a passphrase: made by keygen and by age -p, opened by both, asked for once
# and only where nothing else opens the environment.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
PASS='correct horse "battery" é'

# ---- keygen

run pty --expect 'Enter for none: ' --secret '' -- "$BIN" keygen
status_is 0 'keygen on a terminal proposes a passphrase; Enter declines it'
ok 'and the identity is plain' has_text 'AGE-SECRET-KEY-1' "$IDENTITY"
rm "$IDENTITY"
run pty -- sh -c '"$BIN" keygen >/dev/null && "$BIN" keygen -o elsewhere.key'
status_is 0 'it proposes none where its output goes elsewhere, or the identity does'
stdout_lacks 'Enter for none'
rm "$IDENTITY"
run pty --expect 'Enter for none: ' --secret 'short' -- "$BIN" keygen
status_is 2 'a short passphrase is refused'
run pty --expect 'Enter for none: ' --secret "$PASS" --expect 'again: ' --secret "$PASS." -- \
    "$BIN" keygen
status_is 1 'and two that differ'
ok 'nothing was made' not test -e "$IDENTITY"
refuses 1 'no terminal' '--generate' alone "$BIN" keygen --passphrase
refuses 2 '--passphrase' '' alone "$BIN" keygen --generate
run pty --expect 'Enter for none: ' --secret "$PASS" --expect 'again: ' --secret "$PASS" -- \
    "$BIN" keygen
status_is 0 'keygen under a passphrase'
public=$(grep -o '^age1[a-z0-9]*' "$STDOUT")
ok 'the file is in armor' has_text 'BEGIN AGE ENCRYPTED FILE' "$IDENTITY"
is 'and private' "$(stat -c %a "$IDENTITY")" 600
given alone "$BIN" keygen --passphrase --generate -o generated.key
is '--generate prints the passphrase, then the public key' \
    "$(sed -E 's/[a-z0-9]{4}-.*/PASS/; s/^age1.*/KEY/' "$STDOUT" | tr '\n' ' ')" 'PASS KEY '

# ---- opening

run pty --expect "passphrase of $IDENTITY: " --secret "$PASS" -- "$BIN" init
status_is 0 'init asks for the passphrase of its reader'
ok 'and its public key reads' has_text "$public" vault.toml
run pty --expect 'passphrase of .*: ' --secret "$PASS" -- sh -c "echo $MARKER | \"\$BIN\" set KEY"
status_is 0 'set'
asks() { # NAME STATUS COMMAND…, which is asked once, and answered
    tap_about=$1 asks_status=$2
    shift 2
    run pty --expect 'passphrase of .*: ' --secret "$PASS" -- "$@"
    status_is "$asks_status" "$tap_about"
}
asks 'get' 0 "$BIN" get KEY
stdout_has "$MARKER" 'the value'
asks 'exec, in all of its environment' 0 "$BIN" exec -- sh -c '! env | grep -F "horse"'
run pty --expect 'passphrase of .*: ' --secret 'wrong' --expect 'does not open it.*: ' \
    --secret "$PASS" -- "$BIN" get KEY
status_is 0 'a wrong passphrase is asked for again'
run pty --expect 'passphrase of .*: ' --secret '1' --expect 'does not.*: ' --secret 2 \
    --expect 'does not.*: ' --secret 3 -- "$BIN" get KEY
status_is 3 'three times'
stdout_has "$IDENTITY" 'then the file is named'
run pty --expect 'passphrase of .*: ' --secret '' -- "$BIN" get KEY
ok 'no answer ends it' test "$status" -ne 0
refuses 3 "$IDENTITY" 'vault unlock' alone "$BIN" get KEY
run alone "$BIN" list
status_is 0 'what needs no key asks for none'
run pty -- "$BIN" readers
status_is 0 'readers asks nobody'
stdout_lacks 'passphrase of'
given env VAULT_IDENTITY="$(cat "$IDENTITY")" setsid -w "$BIN" list
asks 'VAULT_IDENTITY may hold it' 0 env VAULT_IDENTITY="$(cat "$IDENTITY")" "$BIN" get KEY
stdout_has 'passphrase of VAULT_IDENTITY: '

# Other readers' passphrases are not asked for where the person's own key is at hand.
asks 'grant' 0 "$BIN" grant plain "$(grep -o 'age1[a-z0-9]*' elsewhere.key | head -1)"
given vault grant carol --passphrase --generate --identity elsewhere.key
run pty --expect 'passphrase of /.*: ' --secret 1 --expect 'does not.*: ' --secret 2 \
    --expect 'does not.*: ' --secret 3 -- "$BIN" get KEY
status_is 3 'a key that stays closed'
stdout_lacks 'carol' 'nobody else is asked for'
run pty -- "$BIN" get KEY --identity "$IDENTITY" --identity elsewhere.key
status_is 0 'a plain identity goes before one under a passphrase'
stdout_lacks 'passphrase of'

# ---- with the real age

if command -v age >/dev/null; then
    run pty --expect 'Enter passphrase: ' --secret "$PASS" -- age -d -o plain.key "$IDENTITY"
    status_is 0 'age opens what keygen made'
    is 'it is the same identity' "$(age-keygen -y plain.key)" "$public"
    for armor in '' -a; do
        run pty --expect 'Enter passphrase.*: ' --secret "$PASS" --expect 'Confirm.*: ' \
            --secret "$PASS" -- age -p $armor -o "age$armor.key" plain.key
        status_is 0 "age -p $armor"
        chmod 600 "age$armor.key"
        asks "vault opens it: $armor" 0 "$BIN" get KEY --identity "age$armor.key"
    done
    # The factor is bounded before anything is stretched.
    LC_ALL=C sed 's/^\(-> scrypt [^ ]*\) 18$/\1 30/' age.key >hard.key
    chmod 600 hard.key
    asks 'a work factor of 30' 3 "$BIN" get KEY --identity hard.key
    stdout_has 'work factor 30'
    head -c 100 age.key >short.key
    chmod 600 short.key
    refuses 3 'short.key: a damaged identity file' '' alone "$BIN" get KEY --identity short.key
    age -r "$public" -o sealed-to-key plain.key
    chmod 600 sealed-to-key
    refuses 3 'under a passphrase' '' alone "$BIN" get KEY --identity sealed-to-key
    rm plain.key
else
    skip 'both ways with age' 'there is no age: make deps-test'
fi
sed '3s/.*/!!!!/' "$IDENTITY" >damaged.key
chmod 600 damaged.key
refuses 3 'damaged.key: a damaged identity file' '' alone "$BIN" get KEY --identity damaged.key
finish
