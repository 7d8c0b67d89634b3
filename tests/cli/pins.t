#!/bin/sh
# What a machine has accepted, and what it then refuses: two machines that share a vault.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

on() { # MACHINE: from here on
    export HOME="$TMP/$1" XDG_CONFIG_HOME="$TMP/$1/config" XDG_STATE_HOME="$TMP/$1/state"
    mkdir -p "$HOME"
    PINS=$XDG_STATE_HOME/vault/pins
}
fingerprint() { # ENV, as the machine that can open it shows it
    vault verify -e "$1" 2>&1 | sed -n 's/.*its key is //p'
}

on ann
given vault init --reader "ann=$(vault keygen 2>>"$SAID")" -e dev,prod
given vault set "KEY=$MARKER"
given vault set KEY=prod -e prod
ok 'the pins are for oneself alone' test "$(stat -c %a "$PINS")" = 600
on bob
bob=$(vault keygen 2>>"$SAID")
on ann
given vault grant bob "$bob" -e dev,prod
first=$(fingerprint dev)

# ---- the first time

on bob
run vault get KEY
stderr_is "note: dev is opened on this machine for the first time: its key is $first" 'one line, with the fingerprint'
run vault get KEY
stderr_is '' 'the second time nothing is said'
is 'what was pinned' "$(sed -n 's/.* dev //p' "$PINS")" "$first"
refuses 5 'prod: this machine knows the vault, but not this environment of it' 'if you expect it, name it: -e prod' \
    env VAULT_ENV=prod "$BIN" get KEY
run vault get KEY -e prod
status_is 0 'named, it is expected'

# ---- a rotation

cp vault.toml old.toml
on ann
given vault rotate
second=$(sed 's/^dev=//' "$STDOUT")
on bob
run vault get KEY
status_is 0 'a key that the old one vouches for'
stderr_is "note: dev has a new key, which its old one vouches for: $second" 'is accepted at once, and said'
run vault get KEY
stderr_is ''
cp vault.toml new.toml
cp old.toml vault.toml
refuses 5 "its key was rotated since: this checkout is older. It has $first, and this machine knows $second" \
    "git pull; or, to read the older one once: --pin dev=$first" vault get KEY
is 'for once' "$(vault get KEY --pin "dev=$first")" "$MARKER"
refuses 5 'this checkout is older' 'git pull' vault get KEY
refuses 5 '-y does not accept an older key' "git pull; or: vault trust dev --pin dev=$first" vault trust dev -y
cp new.toml vault.toml

# ---- a rotation that forgets

on ann
given vault rotate --forget-past
third=$(sed 's/^dev=//' "$STDOUT")
on bob
refuses 5 "it has another key than this machine knows: $third, and not $second" \
    'ask a reader, outside the repository' vault get KEY
stderr_has 'vault trust dev' 'and what to type then'
refuses 5 'another key' '' vault set KEY=1
refuses 1 'would accept' '-y says yes' alone "$BIN" trust dev
cp "$PINS" "$TMP/pins"
run pty --expect "accept .* as the key of dev\? \[y/N\] \$" --send n -- "$BIN" trust dev
status_is 1 'not accepted'
unchanged 'nothing was pinned' "$PINS" "$TMP/pins"
run pty --expect "accept .* as the key of dev\? \[y/N\] \$" --send y -- "$BIN" trust dev
status_is 0 'accepted'
stdout_has "this machine trusts the key of dev now: $third, and no longer $second"
is 'then it opens' "$(vault get KEY)" "$MARKER"
run vault trust dev
status_is 0
stderr_is "note: this machine trusts this key of dev already: $third" 'nothing to accept'
refuses 4 'there is no environment dve' 'there is dev' vault trust dve -y

# ---- --pin and VAULT_PIN: exactly, and the past is not asked

is 'the right one' "$(vault get KEY --pin "dev=$third")" "$MARKER"
refuses 5 "it should be $second, and is $third" 'ask a reader what vault verify -e dev' vault get KEY --pin "dev=$second"
refuses 5 "it should be $first" '' env "VAULT_PIN=dev=$first" "$BIN" get KEY
is 'the flag goes before the variable' "$(VAULT_PIN="dev=$first" vault get KEY --pin "dev=$third")" "$MARKER"
refuses 2 'a fingerprint is 22 characters' '' vault get KEY --pin dev=short
refuses 2 'a pin is ENV=FINGERPRINT' '' vault get KEY --pin "$third"
on ci
is 'a machine with no state' "$(VAULT_PIN="prod=x" vault get KEY --identity "$TMP/bob/config/vault/identity" --pin "dev=$third")" "$MARKER"
on ann
given vault rotate
fourth=$(sed 's/^dev=//' "$STDOUT")
on ci
refuses 5 "it should be $third, and is $fourth" '' vault get KEY --pin "dev=$third" \
    --identity "$TMP/bob/config/vault/identity"

# ---- replaced as a whole, with a key wrapped to everybody's public keys

on mallory
mkdir forged
given vault init --reader "bob=$bob" -e dev,prod -f forged/vault.toml
on bob
given vault get KEY
cp vault.toml good.toml
cp forged/vault.toml vault.toml
refuses 5 'dev: another vault stood here when this machine last opened it' 'vault trust dev' vault list --verify
refuses 5 'another vault stood here' '' vault get app/KEY -e dev
refuses 5 'another vault stood here' '' vault set KEY=1 -e dev
# The id of the true one, and an environment of their own.
id=$(sed -n 's/^id = //p' good.toml)
sed "s|^id = .*|id = $id|" forged/vault.toml >vault.toml
refuses 5 '' '' vault get app/KEY -e dev
cp good.toml vault.toml
is 'what was there is as good as before' "$(vault get KEY)" "$MARKER"

# ---- where nothing can be remembered

on readonly
identity=$TMP/bob/config/vault/identity
: >"$XDG_STATE_HOME"
run vault get KEY --identity "$identity"
status_is 0 'a pin that cannot be stored is no error'
stderr_has 'for the first time'
run vault get KEY --identity "$identity"
stderr_has 'for the first time' 'it is said again'
refuses 1 '' '' vault trust dev -y --identity "$identity"

# ---- verify --print-pin

on alice
given vault init -e live,test -f two.toml
given vault set A=1 -e live -f two.toml
run vault verify -e live,test --print-pin -f two.toml
pins=$(cat "$STDOUT")
stderr_is ''
ok 'one word' matches "$pins" 'live=??????????????????????,test=??????????????????????'
run vault verify -e live --print-pin -f two.toml
is 'of one' "$(cat "$STDOUT")" "${pins%%,*}"
given vault get A -e live -f two.toml --pin "$pins"
given env VAULT_PIN="$pins" "$BIN" get A -e live -f two.toml
run vault verify -e test,live -f two.toml
is 'verify takes each in turn' "$(sed -n 's/^note: \([a-z]*\) verifies: its key is /\1=/p' "$STDERR" | sort | tr '\n' ,)" "$pins,"
refuses 2 'contradict' '' vault verify --history --print-pin -f two.toml
refuses 2 'one environment' '' vault verify --history -e live,test -f two.toml
refuses 4 'there is no environment no' '' vault verify -e live,no --print-pin -f two.toml
sed '/^\[test/,$s/^created-by = .*/created-by = "x"/; s/^me = /you = /' two.toml >bad.toml
refuses 5 '' '' vault verify -e live,test --print-pin -f bad.toml
finish
