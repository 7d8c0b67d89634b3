#!/bin/sh
# revoke and rotate: in one save or not at all, and honest about what was seen.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

key_of() { # FILE: makes an identity there, and prints its public key
    vault keygen -o "$1" 2>>"$SAID"
}
opens() { # FILE ENV
    vault get KEY -e "$2" --identity "$1" >"$TMP/value" 2>>"$SAID"
}
readers_of() { # ENV
    sed -n "/^\\[vault.env.$1.readers\\]/,/^\\[/p" "${2:-vault.toml}" | sed -n 's/^\([a-z]*\) = .*/\1/p' | tr '\n' ' '
}

given vault init --reader "me=$(key_of me.key)" -e dev,staging,prod
export VAULT_IDENTITY_FILE="$WORK/me.key"
for env in dev staging prod; do
    given vault set "KEY=$MARKER" -e "$env"
done
given vault set stripe/API_KEY=1 stripe/HOOK=2 -e prod
for name in bob carol; do
    given vault grant "$name" "$(key_of "$name.key")" -e dev,prod
done
given vault grant team --passphrase --generate -e dev
cp vault.toml before.toml

# ---- revoke

run vault revoke bob
status_is 0
is 'bob is out of dev' "$(readers_of dev)" 'carol me team '
is 'and of prod' "$(readers_of prod)" 'carol me '
ok 'his key opens dev no more' not opens bob.key dev
ok 'nor prod' not opens bob.key prod
ok "carol's opens prod" opens carol.key prod
stderr_has 'note: bob could read 1 value in dev: rotating does not undo that'
stderr_has 'note: bob could read 3 values in prod: rotating does not undo that'
stderr_has 'hint: vault exposed bob'
ok 'who it is sealed to now' grep -q '^note: prod is encrypted to carol age1' "$STDERR"
ok 'but not to him' not grep -q 'sealed to bob' "$STDERR"
is 'two fingerprints' "$(cut -d = -f 1 "$STDOUT" | tr '\n' ' ')" 'dev prod '
pins=$(paste -s -d , "$STDOUT")
is 'in the form that --pin takes' "$(vault get KEY -e prod --pin "$pins")" "$MARKER"
refuses 5 'not the one that was asked for' '' vault get KEY -e prod --pin "$pins" -f before.toml
stderr_has "$(echo "$pins" | sed 's/.*prod=//')" 'what was expected is said'
refuses 4 'bob is not a reader of any environment' '' vault revoke bob
refuses 4 'carl is not a reader of any environment' 'there is carol' vault revoke carl
refuses 4 'carol is not a reader of staging' '' vault revoke carol -e staging
refuses 4 'there is no environment stagin' 'there is staging' vault revoke carol -e stagin

given vault revoke carol -e prod
ok 'from prod' not opens carol.key prod
ok 'not from dev' opens carol.key dev

run vault revoke team
status_is 0
ok 'a passphrase that nobody reads with goes too' not grep -q '^\[vault.passphrases\]' vault.toml

refuses 1 'me is you' 'ask another reader: vault revoke me' vault revoke me -e dev
refuses 2 'me is the last reader of prod' 'vault env delete prod' vault revoke me -e prod --force
refuses 2 'me is the last reader of' '' vault revoke me -e dev,prod --force
run vault revoke me -e dev --force
status_is 0 'oneself, with --force'
stderr_has 'could have kept it: ask another reader to rotate'
ok 'it is closed' not opens me.key dev
ok 'to nobody else' opens carol.key dev

# What does not open stops all of it.
given vault grant bob "$(sed -n 's/.*public key: //p' bob.key)" -e prod,staging
given vault grant bob "$(sed -n 's/.*public key: //p' bob.key)" -e dev --identity carol.key
refuses 3 'you cannot open dev: nothing was changed' 'ask a reader: vault grant' vault revoke bob
refuses 3 'you cannot open dev: nothing was changed' '' vault revoke bob -e prod,dev

# ---- rotate

old=$(vault get KEY -e prod)
cp vault.toml before.toml
run vault rotate -e prod,staging
status_is 0
is 'the values stay' "$(vault get KEY -e prod)" "$old"
is 'two fingerprints' "$(cut -d = -f 1 "$STDOUT" | tr '\n' ' ')" 'prod staging '
ok 'the past is kept' grep -q '^\[vault.env.prod.past\]' vault.toml
ok 'dev is as it was' same_text "$(sed -n '/^\[vault.env.dev/,/^\[vault.env.prod/p' before.toml)" /dev/stdin <<TEXT
$(sed -n '/^\[vault.env.dev/,/^\[vault.env.prod/p' vault.toml)
TEXT
run vault rotate -e prod --forget-past
status_is 0
ok 'forgotten' not grep -q '^\[vault.env.prod.past\]' vault.toml
stderr_has 'will ask for vault trust'
refuses 3 'none of the keys' 'ask a reader' vault rotate -e dev
refuses 3 'you cannot open dev: nothing was changed' 'ask a reader' vault rotate -e prod,dev
refuses 4 'there is no environment prd' 'there is prod' vault rotate -e prd
run vault rotate -e prod
status_is 0
ok 'nobody is marked who was sealed to before' not has_text 'for the first time' "$STDERR"
given vault grant dora "$(key_of dora.key)" -e prod
rm -r "$XDG_STATE_HOME"
run vault rotate -e prod
ok 'a machine that knows nobody marks everybody' test "$(grep -c 'for the first time from this machine' "$STDERR")" = 3

cp vault.toml kept.toml
cp "$XDG_STATE_HOME/vault/pins" "$TMP/pins"
run sh -c '"$BIN" rotate -e prod >/dev/full'
status_is 1 'the fingerprints cannot be written'
stderr_has 'note: everything was saved; only the output could not be printed'
ok 'and it is' not cmp -s vault.toml kept.toml
mv kept.toml vault.toml
cp "$TMP/pins" "$XDG_STATE_HOME/vault/pins"

# ---- damage, and a reader who was put there by hand

cp vault.toml good.toml
sed 's/^first-secret = ".../first-secret = "AAA/' good.toml >damaged.toml
refuses 5 'the start of the environment' '' vault revoke bob -e prod -f damaged.toml
refuses 5 'the start of the environment' '' vault rotate -e prod -f damaged.toml
eve=$(key_of eve.key)
awk -v key="$eve" '/^bob = / && inside { sub(/bob = \["[^"]*"/, "bob = [\"" key "\"") }
     /^\[/ { inside = $0 == "[vault.env.prod.readers]" } { print }' good.toml >smuggled.toml
ok 'a key was exchanged' grep -q "^bob = \\[\"$eve" smuggled.toml
refuses 5 'bob' '' vault rotate -e prod -f smuggled.toml
refuses 5 'bob' '' vault revoke dora -e prod -f smuggled.toml
refuses 5 'bob' '' vault grant carol "$(sed -n 's/.*public key: //p' carol.key)" -e prod -f smuggled.toml

# ---- readers

run vault readers -f smuggled.toml
status_is 5
ok 'a forged reader is marked' grep -q '^bob .*FORGED .*X25519' "$STDOUT"
stderr_has 'marked FORGED was added by someone'
run vault readers
status_is 0
ok 'one is told oneself' grep -q '^me .*(you)$' "$STDOUT"
ok 'and nobody else' test "$(grep -c '(you)' "$STDOUT")" = 1
stdout_has "your public key is $(sed -n 's/.*public key: //p' me.key)"
stderr_has 'of environments that you cannot open were not checked'
run env -u VAULT_IDENTITY_FILE "$BIN" readers
status_is 0 'without a key'
ok 'nobody is you' not grep -q '(you)' "$STDOUT"
run vault readers --json
ok 'for programs' python3 - "$STDOUT" <<'PYTHON'
import json, sys
rows = json.load(open(sys.argv[1]))
by_name = {row["name"]: row for row in rows}
assert sorted(by_name) == ["bob", "carol", "dora", "me"], by_name
assert by_name["me"]["you"] and not by_name["bob"]["you"]
assert by_name["bob"]["reads"] == {"dev": "unchecked", "prod": "verified", "staging": "verified"}
assert all(row["kind"] == "X25519" for row in rows)
PYTHON
run vault readers -f damaged.toml
status_is 5 'a damaged environment is told'
stderr_has 'the start of the environment'

# ---- what was saved is said where stdout does not take it

if [ -c /dev/full ]; then
    cp vault.toml before
    run sh -c '"$BIN" rotate -e prod,staging >/dev/full'
    status_is 1 'rotate, stdout full'
    stderr_has 'note: everything was saved; only the output could not be printed' 'rotate, stdout full: it is said'
    ok 'rotate, stdout full: it is saved' not cmp -s before vault.toml
    fingerprint=$(sed -n 's/^note: prod=/prod=/p' "$STDERR")
    run vault verify -e prod --pin "$fingerprint"
    status_is 0 'rotate, stdout full: the fingerprint is the new one'
    ok 'rotate, stdout full: of each environment' grep -q '^note: staging=' "$TMP/said"
fi

# ---- the readers that init and env create made

mkdir made
cd made
given vault init
given vault env create qa
run vault rotate -e dev,qa
status_is 0
ok 'nobody is new whom this machine has made a reader' not has_text 'for the first time' "$STDERR"
finish
