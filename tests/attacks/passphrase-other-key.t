#!/bin/sh
# Promise 16: A passphrase opens an environment as the reader of that name, or not at all.
# Bob reads dev. There he replaces the passphrase's public key with his own, under a valid seal, and
# waits for Alice to make another environment for the passphrase.
. "$(dirname "$0")/people.sh"

people alice bob
key=$TMP/people/alice/.config/vault/identity
by_alice() {
    as alice env VAULT_PASSPHRASE='correct horse battery' VAULT_IDENTITY_FILE="$key" "$BIN" "$@"
}
given by_alice init --passphrase --reader "alice=$(key_of alice)"
given by_alice grant bob "$(key_of bob)"
given by_alice env create control --passphrase --reader "alice=$(key_of alice)"
ok 'control: without the attack it is given' grep -q '^\[vault.env.control\]' vault.toml
given by_alice env delete control -y

sed -n '/^\[vault.passphrases\]/,/^$/p' vault.toml >"$TMP/passphrases"
given as bob vault keygen -o "$TMP/other.key"
given as bob vault grant passphrase "$(cat "$STDOUT")" --replace
awk -v from="$TMP/passphrases" '{ print }
    /^id = / { print ""; while ((getline line < from) > 0) if (line) print line }' vault.toml >changed.toml
mv changed.toml vault.toml
run as alice vault verify
status_is 0 'all that Bob has written has true seals'
attack 5 'the passphrase of passphrase opens another key than passphrase has in dev' 'git log -p' \
    by_alice env create live --passphrase --reader "alice=$(key_of alice)"
ok 'nothing was made' not grep -q '^\[vault.env.live' vault.toml
attack 5 'another key than passphrase has in dev' '' \
    as alice env VAULT_PASSPHRASE='correct horse battery' "$BIN" list --verify

# Nor does it help him if Alice grants the passphrase to an existing environment.
given as alice vault env create live
attack 5 'another key than passphrase has in dev' '' by_alice grant passphrase -e live
attack 3 'the passphrase of passphrase is needed' '' as alice setsid -w "$BIN" grant passphrase -e live
done_testing
