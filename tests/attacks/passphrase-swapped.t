#!/bin/sh
# Promise 16: A passphrase opens an environment as the reader of that name, or not at all.
# Mallory knows or has guessed the passphrase. She replaces the identity that it decrypts with her
# own, or moves it under another reader's name.
. "$(dirname "$0")/people.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
people alice mallory
seal() {
    "$TOP/tests/attacks/passphrases.py" seal "$@" 10
}
by_team() {
    as alice env VAULT_PASSPHRASE=swordfish "$BIN" "$@"
}

# A team passphrase with a low work factor, as another program may have written it.
given as alice vault init -e dev,prod
given as alice vault keygen -o "$TMP/team.key"
given as alice vault grant team "$(cat "$STDOUT")" -e dev
given as alice vault set "KEY=of the team"
given as mallory vault keygen -o "$TMP/hers.key"
with() { # NAME SEALED…: writes the vault with those passphrases
    awk -v more="$1" '{ print } /^id = / { print "\n[vault.passphrases]\n" more }' plain.toml >vault.toml
}
cp vault.toml plain.toml
with "team = \"$(seal swordfish "$TMP/team.key")\""
run by_team get KEY
is 'control: the passphrase opens dev' "$(cat "$STDOUT")" 'of the team'

with "team = \"$(seal swordfish "$TMP/hers.key")\""
attack 5 'the passphrase of team opens another key than team has in dev' 'git log -p' by_team get KEY
attack 5 'the passphrase of team opens another key than team has in dev' '' \
    as alice env VAULT_PASSPHRASE=swordfish VAULT_IDENTITY_FILE="$TMP/people/alice/.config/vault/identity" \
    "$BIN" grant team -e prod
ok 'prod was given to nobody' not grep -q "^team = .*$(sed -n 's/.*public key: //p' "$TMP/hers.key")" vault.toml
attack 125 'another key' '' by_team exec -- echo started

# Under the name of another reader of dev, who has a different key.
with "alice = \"$(seal swordfish "$TMP/team.key")\""
attack 5 'the passphrase of alice opens another key than alice has in dev' '' by_team get KEY
with "alice = \"$(seal swordfish "$TMP/team.key")\"
alice = \"$(seal swordfish "$TMP/team.key")\""
attack 1 'a key that stands here twice' '' by_team get KEY
done_testing
